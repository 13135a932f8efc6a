#include "cislens/model/memory_plan.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/train/training_memory.hpp"

#include "support/on_kernels.hpp"
#include "training_case.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cislens {
namespace {

using namespace test;

/// A device of which so many bytes are free, as long as it lives.
struct ShortMemory {
  explicit ShortMemory(std::int64_t bytes) { guarded_available = static_cast<std::size_t>(bytes); }
  ~ShortMemory() { guarded_available = std::size_t{1} << 40; }
};

/// The length of the difference of two parameter blocks, over the length of one.
double distance(std::vector<float> const& a, std::vector<float> const& b) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto const x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    difference += (x - y) * (x - y);
    size += x * x;
  }
  return std::sqrt(difference / size);
}

/// The same sums in another order. AdamW makes whole steps of gradients that are nothing but rounding, as
/// those of the keys' biases, which change no logit.
constexpr double rounding = 1e-3;

TEST(DeviceTraining, GoesAsOnTheCpu) {
  TrainingCase training(motif_dataset(90, "TGACTCA"), 75);
  training.options.dropout = 0;  // whose elements are numbered by group on the CPU
  training.options.entropy_weight = 0.1;
  training.options.entropy_warmup = 0;
  training.options.diversity_weight = 0.1;
  training.options.epochs = 2;
  training.options.frozen = {"stem.bias"};
  TrainState const cpu = training.run(2);

  training.backend = &guarded_backend();
  TrainState const device = training.run(2);

  EXPECT_LT(distance(cpu.parameters, device.parameters), rounding);
  for (std::size_t e = 0; e < cpu.history.size(); ++e) {
    EXPECT_NEAR(cpu.history[e].train_loss, device.history[e].train_loss, 1e-4);
    EXPECT_NEAR(cpu.history[e].validation_loss, device.history[e].validation_loss, 1e-4);
  }
}

/// A network and a set so small that an emulated device takes seconds.
struct TinyCase : TrainingCase {
  TinyCase() : TrainingCase(motif_dataset(24, "TGACTCA"), 16) {
    for (Bases& bases : dataset.bases) bases.resize(bases.size() / 2);
    config.channels = 16;
    config.ffn_channels = 16;
    config.filter_width = 7;
    options.dropout = 0;
    options.epochs = 2;
  }
};

TEST_P(OnKernels, TrainingGoesAsOnTheCpu) {
  for (char const* mode : {"exact", "local:4+global:2"}) {
    TinyCase training;
    training.config.attention = parse_attention(mode).span;
    training.config.summaries = parse_attention(mode).summaries;
    training.options.entropy_weight = 0.1;
    training.options.entropy_warmup = 0;
    TrainState const cpu = training.run(1);

    training.backend = &backend.load();
    TrainState const device = training.run(1);

    for (std::size_t e = 0; e < cpu.history.size(); ++e) {
      EXPECT_NEAR(cpu.history[e].train_loss, device.history[e].train_loss, 1e-4) << mode;
      EXPECT_NEAR(cpu.history[e].validation_loss, device.history[e].validation_loss, 1e-4) << mode;
    }
    EXPECT_LT(distance(cpu.parameters, device.parameters), rounding) << mode;
  }
}

TEST_P(OnKernels, LogitsAreTheCpusWithinATenThousandth) {
  TinyCase training;
  for (HeadKind const head : {HeadKind::pooled, HeadKind::additive}) {
    training.config.head = head;
    if (head == HeadKind::additive) training.config.ffn_channels = 0;
    Network const network{training.config, initial_state(training.config, 1).parameters};
    Threads threads(1);
    auto const cpu = predict(network, training.dataset, training.records, *training.backend, threads);

    auto const device = predict(network, training.dataset, training.records, backend.load(), threads);

    for (std::size_t i = 0; i < cpu.size(); ++i) EXPECT_NEAR(cpu[i], device[i], 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, OnKernels, kernel_backends(), kernel_name);

TEST(DeviceTraining, HowABatchIsCutChangesRoundingAlone) {
  TrainingCase training(motif_dataset(90, "TGACTCA"), 75);
  for (Bases& bases : training.dataset.bases) bases.resize(60);
  training.backend = &guarded_backend();
  training.options.dropout = 0.3;
  training.options.epochs = 2;
  TrainState const whole = training.run(1);

  training.options.pass_tokens = 100;  // three sequences
  TrainState const cut = training.run(1);

  EXPECT_NE(cut.parameters, whole.parameters);
  EXPECT_LT(distance(cut.parameters, whole.parameters), rounding);
}

TEST(DeviceTraining, GoesOnFromASavedStateBitForBit) {
  TrainingCase training(motif_dataset(90, "TGACTCA"), 75);
  training.backend = &guarded_backend();
  TrainState saved;
  training.input.save = [&](TrainState const& state) {
    if (state.history.size() == 1) saved = state;
  };
  TrainState const whole = training.run(1);

  training.input.save = nullptr;
  training.run(1, saved);

  EXPECT_EQ(saved.parameters, whole.parameters);
  EXPECT_EQ(saved.second_moment, whole.second_moment);
  EXPECT_EQ(saved.best_parameters, whole.best_parameters);
}

TEST(DevicePredict, GivesTheCpusBits) {
  TrainingCase training(motif_dataset(29, "TGACTCA"), 16);
  Network const network{training.config, initial_state(training.config, 1).parameters};
  Threads threads(2);
  auto const cpu = predict(network, training.dataset, training.records, *training.backend, threads);

  auto const device = predict(network, training.dataset, training.records, guarded_backend(), threads);

  EXPECT_EQ(cpu, device);
}

TEST(DeviceMemory, FewerSequencesAtATimeWhereItIsShort) {
  TrainingCase training(motif_dataset(29, "TGACTCA"), 16);
  PassOptions const pass{false, false, 0, 0, Keep::nothing};
  std::int64_t const bases = 60;
  PassLimits const wide = fitting_pass(guarded_backend(), training.config, bases, pass, 0);
  std::int64_t const all = std::numeric_limits<std::int64_t>::max();
  auto const of = [&](std::int64_t sequences) {
    return pass_memory(guarded_backend(), nullptr, training.config, {sequences, bases}, pass, all).total();
  };

  ShortMemory const memory(of(10));
  PassLimits const narrow = fitting_pass(guarded_backend(), training.config, bases, pass, 0);

  EXPECT_EQ(pass_size(training.config, bases, wide), 64);
  std::int64_t const fitting = pass_size(training.config, bases, narrow);
  EXPECT_LT(fitting, 10);
  EXPECT_GE(fitting, 4);
}

TEST(DeviceMemory, ThePlanHoldsWhatTrainingTakes) {
  TrainingCase training(motif_dataset(64, "TGACTCA"), 64);
  training.backend = &guarded_backend();
  training.options.epochs = 1;
  training.options.batch_size = 64;
  Threads threads(2);
  std::vector<std::int64_t> lengths;
  for (Bases const& bases : training.dataset.bases) lengths.push_back(std::ssize(bases));
  std::size_t const before = GuardedPages::all().bytes();
  std::size_t during = 0;
  training.input.save = [&](TrainState const&) { during = GuardedPages::all().bytes() - before; };

  MemoryPlan const plan = plan_training(training.config, training.options, lengths, guarded_backend(),
                                        threads, std::numeric_limits<std::int64_t>::max());
  training.run(2);

  auto const pages = std::int64_t{16} * 4096;  // what rounding up to pages takes
  EXPECT_LE(static_cast<std::int64_t>(during), plan.total() + pages);
  EXPECT_GE(static_cast<std::int64_t>(during), plan.total() - pages);
}

}  // namespace
}  // namespace cislens
