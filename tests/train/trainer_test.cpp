#include "cislens/train/trainer.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/train/calibration.hpp"
#include "cislens/train/metrics.hpp"
#include "cislens/train/predict.hpp"

#include "training_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

namespace cislens {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

using namespace test;

using Fixture = TrainingCase;

TEST(Trainer, AnyNumberOfThreadsGivesTheSameBits) {
  Fixture fixture(motif_dataset(90, "TGACTCA"), 75);
  fixture.options.entropy_weight = 0.1;
  fixture.options.entropy_warmup = 0;
  fixture.options.diversity_weight = 0.1;
  fixture.options.max_shift = 3;

  TrainState const one = fixture.run(1);

  for (int const threads : {2, 3}) {
    TrainState const other = fixture.run(threads);
    EXPECT_EQ(other.parameters, one.parameters) << threads;
    EXPECT_EQ(other.best_parameters, one.best_parameters) << threads;
    EXPECT_EQ(other.history.back().train_loss, one.history.back().train_loss) << threads;
    EXPECT_EQ(other.history.back().validation_loss, one.history.back().validation_loss) << threads;
  }
}

/// Sequences so long that each is a group, and so few that threads work on one together.
void make_few_and_long(Fixture& fixture) {
  for (std::size_t i = 0; i < fixture.dataset.bases.size(); ++i) {
    Bases& bases = fixture.dataset.bases[i];
    Bases const piece = bases;
    while (bases.size() < 2500 + 100 * i) bases.insert(bases.end(), piece.begin(), piece.end());
  }
  fixture.config.channels = 16;
  fixture.config.blocks = 2;
  fixture.options.epochs = 2;
  fixture.options.batch_size = 5;
}

TEST(Trainer, FewLongSequencesGiveTheSameBitsWithAnyNumberOfThreads) {
  Fixture fixture(motif_dataset(12, "TGACTCA"), 10);
  make_few_and_long(fixture);
  for (char const* mode : {"exact", "local:50+global:2"}) {
    fixture.config.attention = parse_attention(mode).span;
    fixture.config.summaries = parse_attention(mode).summaries;

    TrainState const one = fixture.run(1);

    for (int const threads : {2, 3, 8}) {
      EXPECT_EQ(fixture.run(threads).parameters, one.parameters) << mode << ", " << threads;
    }
  }
}

TEST(Trainer, HowMemoryIsSavedDoesNotChangeABit) {
  Fixture fixture(motif_dataset(12, "TGACTCA"), 10);
  make_few_and_long(fixture);
  TrainState const plain = fixture.run(2);

  fixture.options.recompute = true;
  TrainState const recomputed = fixture.run(2);
  fixture.options.one_group_at_a_time = true;
  TrainState const one_by_one = fixture.run(2);

  EXPECT_EQ(recomputed.parameters, plain.parameters);
  EXPECT_EQ(one_by_one.parameters, plain.parameters);
}

/// A signal between the last step of an epoch and its validation: the state has the steps and not the line.
TEST(Trainer, AnEpochThatLacksItsValidationGetsItAfterAResume) {
  Fixture fixture(motif_dataset(90, "TGACTCA"), 75);
  TrainState const whole = fixture.run(2);
  TrainState stopped;
  fixture.input.save = [&](TrainState const& state) {
    if (state.history.size() == 1) stopped = state;
  };
  fixture.run(2);
  fixture.input.save = nullptr;
  double const known = 75;
  stopped.epoch_loss = stopped.history.back().train_loss * known;
  stopped.epoch_known = known;
  stopped.history.clear();
  stopped.best_parameters.clear();

  Threads threads(2);
  train(fixture.config, fixture.input, fixture.options, *fixture.backend, threads, fixture.log, stopped);

  ASSERT_EQ(stopped.history.size(), whole.history.size());
  for (std::size_t e = 0; e < whole.history.size(); ++e) {
    EXPECT_EQ(stopped.history[e].epoch, whole.history[e].epoch);
    EXPECT_DOUBLE_EQ(stopped.history[e].train_loss, whole.history[e].train_loss);
    EXPECT_EQ(stopped.history[e].learning_rate, whole.history[e].learning_rate);
    EXPECT_EQ(stopped.history[e].validation_loss, whole.history[e].validation_loss);
  }
  EXPECT_EQ(stopped.best_parameters, whole.best_parameters);
}

TEST(Trainer, WhatIsFrozenStaysAndTheRestLearns) {
  Fixture fixture(motif_dataset(64, "TGACTCAGC"), 48);
  fixture.options.frozen = {"stem.weight", "stem.bias"};
  std::vector<float> const start = initial_state(fixture.config, fixture.options.seed).parameters;

  TrainState const state = fixture.run(2);

  for (ParameterEntry const& entry : layout_of(fixture.config).entries) {
    auto const first = static_cast<std::ptrdiff_t>(entry.offset);
    bool const same = std::equal(start.begin() + first, start.begin() + first + entry.rows * entry.columns,
                                 state.parameters.begin() + first);
    EXPECT_EQ(same, entry.name.starts_with("stem.")) << entry.name;
  }
}

TEST(Trainer, APlantedMotifIsLearned) {
  Fixture fixture(motif_dataset(1000, "TGACTCATCG"), 800);
  fixture.options.epochs = 12;
  fixture.options.learning_rate = 4e-3;
  fixture.options.dropout = 0;

  TrainState const state = fixture.run(2);

  Threads threads(1);
  auto const logits = predict({fixture.config, state.best_parameters}, fixture.dataset,
                              fixture.input.validation, *fixture.backend, threads);
  std::vector<float> labels;
  for (std::int64_t const record : fixture.input.validation)
    labels.push_back(fixture.dataset.target(record, 0));
  EXPECT_GT(auroc(logits, labels), 0.9);
}

TEST(Trainer, TheBestWeightsAreCalibratedTargetByTarget) {
  Fixture fixture(motif_dataset(200, "TGACTCA"), 120);
  fixture.config.targets = 2;
  Dataset& dataset = fixture.dataset;
  dataset.target_names = {"rare in training", "frequent in training"};
  std::vector<float> targets;
  for (std::int64_t i = 0; i < 200; ++i) {
    bool const positive = dataset.targets[i] > 0.5F;
    bool const turned = i < 120 && i % 3 == 0;
    targets.push_back(positive && !turned ? 1.0F : 0.0F);
    targets.push_back(i % 7 == 0 ? nan : positive || turned ? 1.0F : 0.0F);
  }
  dataset.targets = targets;

  TrainState const state = fixture.run(1);

  Threads threads(1);
  auto const logits = predict({fixture.config, state.best_parameters}, dataset, fixture.input.validation,
                              *fixture.backend, threads);
  std::vector<float> labels;
  for (std::int64_t const record : fixture.input.validation) {
    for (int t = 0; t < 2; ++t) labels.push_back(dataset.target(record, t));
  }
  auto const count = std::ssize(labels) / 2;
  ConstView const z(logits.data(), count, 2);
  ConstView const y(labels.data(), count, 2);
  double const mean = loss(LossKind::binary, z, y, 1, {}) / static_cast<double>(known_entries(y));
  // The offset is known to 1e-8 times at most 5, and rounded to the bias's last bit, each logit to its own:
  // both below 4.
  double const rounding = 8.0 * static_cast<double>(std::numeric_limits<float>::epsilon());
  EXPECT_NEAR(mean, state.best_loss, rounding);
  for (std::int64_t t = 0; t < 2; ++t) {
    std::vector<float> scores;
    std::vector<float> own;
    for (std::int64_t i = 0; i < count; ++i) {
      scores.push_back(z.row(i)[t]);
      own.push_back(y.row(i)[t]);
    }
    EXPECT_NEAR(best_offset(LossKind::binary, scores, own), 0, rounding) << t;
  }
}

TEST(Trainer, TheRateRisesToTheTopAndFallsAlongACosine) {
  Fixture fixture(motif_dataset(20, "TGACTCA"), 16);
  fixture.options.epochs = 25;   // of one step each
  fixture.options.warmup = 0.1;  // 2.5 steps: the top is not passed
  fixture.options.patience = 0;
  double const top = fixture.options.learning_rate;

  TrainState const state = fixture.run(1);

  ASSERT_EQ(state.history.size(), 25U);
  auto const rate = [&](int step) { return state.history[static_cast<std::size_t>(step)].learning_rate; };
  EXPECT_NEAR(rate(0), top / 2.5, 1e-12);
  EXPECT_NEAR(rate(1), top * 2 / 2.5, 1e-12);
  EXPECT_NEAR(rate(2), top, 1e-12);
  for (int step = 3; step < 25; ++step) {
    EXPECT_LT(rate(step), rate(step - 1)) << step;
    EXPECT_NEAR(rate(step), top * 0.5 * (1 + std::cos(std::numbers::pi * (step - 2.5) / 22.5)), 1e-12)
        << step;
  }
}

TEST(Trainer, StopsWithoutProgressAndKeepsTheBestWeights) {
  Fixture fixture(motif_dataset(60, "TGACTCA"), 40);
  // Validation labels are the wrong way round: learning makes them worse, so the best epoch is an early one.
  for (std::int64_t const record : fixture.input.validation)
    fixture.dataset.targets[record] = 1 - fixture.dataset.targets[record];
  for (std::int64_t record = 40; record < 60; ++record)
    fixture.dataset.bases[record] = fixture.dataset.bases[record - 40];
  fixture.options.epochs = 40;
  fixture.options.patience = 3;

  TrainState const state = fixture.run(1);

  double lowest = std::numeric_limits<double>::infinity();
  for (EpochRecord const& epoch : state.history) lowest = std::min(lowest, epoch.validation_loss);
  EXPECT_LT(state.history.size(), 40U);
  EXPECT_EQ(state.best_loss, lowest);
  EXPECT_EQ(state.history[static_cast<std::size_t>(state.best_epoch)].validation_loss, lowest);
  EXPECT_EQ(state.history.back().epoch - state.best_epoch, 3);
  EXPECT_NE(state.best_parameters, state.parameters);
}

TEST(Trainer, ALossThatIsNotFiniteIsANumericalError) {
  Fixture fixture(motif_dataset(40, "TGACTCA"), 32);
  fixture.options.loss = LossKind::poisson;
  fixture.options.learning_rate = 1e4;
  fixture.options.clip_norm = 0;

  EXPECT_THROW(fixture.run(1), NumericalError);
}

TEST(Trainer, DamagedParametersAreANumericalError) {
  Fixture fixture(motif_dataset(40, "TGACTCA"), 32);
  Threads threads(1);
  TrainState state = initial_state(fixture.config, 1);
  state.parameters[0] = nan;  // a filter's weight

  EXPECT_THROW(
      train(fixture.config, fixture.input, fixture.options, *fixture.backend, threads, fixture.log, state),
      NumericalError);
}

TEST(Trainer, ABatchWithoutKnownTargetsChangesNothing) {
  Fixture fixture(motif_dataset(16, "TGACTCA"), 16);
  std::fill(fixture.dataset.targets.begin(), fixture.dataset.targets.end(), nan);
  fixture.options.epochs = 1;

  TrainState const state = fixture.run(2);

  EXPECT_EQ(state.parameters, initial_state(fixture.config, 1).parameters);
  EXPECT_EQ(state.step, 1);
  EXPECT_EQ(state.history.at(0).train_loss, 0);
}

TEST(Trainer, UnknownTargetsAreSkipped) {
  Fixture fixture(motif_dataset(60, "TGACTCA"), 48);
  for (std::size_t i = 0; i < 60; i += 3) fixture.dataset.targets[i] = nan;

  TrainState const state = fixture.run(1);

  for (float const value : state.best_parameters) ASSERT_TRUE(std::isfinite(value));
  EXPECT_TRUE(std::isfinite(state.history.back().validation_loss));
}

TEST(Trainer, WithoutKnownValidationTargetsTheLastWeightsAreKept) {
  Fixture fixture(motif_dataset(40, "TGACTCA"), 32);
  for (std::int64_t const record : fixture.input.validation) fixture.dataset.targets[record] = nan;
  fixture.options.patience = 1;
  fixture.options.epochs = 4;

  TrainState const state = fixture.run(1);

  EXPECT_EQ(state.history.size(), 4U);
  EXPECT_EQ(state.best_parameters, state.parameters);
}

TEST(Predict, ARecordDoesNotDependOnItsNeighboursOrThreads) {
  Fixture fixture(motif_dataset(29, "TGACTCA"), 16);
  for (std::size_t i = 0; i < fixture.dataset.bases.size(); ++i)
    fixture.dataset.bases[i].resize(i == 28 ? 9 : 44 + i / 7);  // seven neighbours of one length
  fixture.config.blocks = 2;
  for (Precision const precision : {Precision::float32, Precision::bf16}) {
    Network const network{fixture.config, initial_state(fixture.config, 1).parameters, precision};
    Threads one(1);
    Threads three(3);

    auto const all = predict(network, fixture.dataset, fixture.records, *fixture.backend, three);

    EXPECT_EQ(predict(network, fixture.dataset, fixture.records, *fixture.backend, one), all);
    for (std::int64_t const record : fixture.records) {
      std::int64_t const alone[] = {record};
      EXPECT_EQ(predict(network, fixture.dataset, alone, *fixture.backend, one).at(0), all[record]) << record;
      EXPECT_EQ(predict(network, fixture.dataset, alone, *fixture.backend, three).at(0), all[record]);
    }
  }
}

TEST(Predict, TransformsLogitsToWhatWasAsked) {
  EXPECT_DOUBLE_EQ(transform(Output::probability, 0), 0.5);
  EXPECT_NEAR(transform(Output::probability, -1000), 0, 1e-300);
  EXPECT_DOUBLE_EQ(transform(Output::rate, 0), 1);
  EXPECT_DOUBLE_EQ(transform(Output::value, -3), -3);
}

}  // namespace
}  // namespace cislens
