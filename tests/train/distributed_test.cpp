#include "cislens/base/errors.hpp"
#include "cislens/train/ranks.hpp"

#include "support/guarded_backend.hpp"
#include "support/temporary_folder.hpp"
#include "training_case.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace cislens {
namespace {

using namespace test;
using namespace std::chrono_literals;

/// What one process ends with.
struct Outcome {
  TrainState state;
  int saved = 0;
  std::string error;
};

/// Trains with so many processes, a thread each.
std::vector<Outcome> train_together(int size, std::function<void(int rank, TrainingCase&)> const& change) {
  testing_support::TemporaryFolder const folder;
  std::vector<Outcome> outcomes(static_cast<std::size_t>(size));
  std::vector<std::thread> processes;
  for (int rank = 0; rank < size; ++rank) {
    processes.emplace_back([&, rank] {
      Outcome& mine = outcomes[static_cast<std::size_t>(rank)];
      try {
        Ranks ranks({rank, size, rank, "test", "job", "", 0}, folder.path("meeting"), 20s);
        TrainingCase training(motif_dataset(90, "TGACTCA"), 75);
        training.options.epochs = 2;
        training.input.ranks = &ranks;
        training.input.save = [&](TrainState const&) { ++mine.saved; };
        change(rank, training);
        mine.state = training.run(1);
      } catch (Error const& error) {
        mine.error = error.what();
      }
    });
  }
  for (std::thread& process : processes) process.join();
  return outcomes;
}

void expect_same_curve(TrainState const& a, TrainState const& b, double limit) {
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t e = 0; e < a.history.size(); ++e) {
    EXPECT_NEAR(a.history[e].train_loss, b.history[e].train_loss, limit);
    EXPECT_NEAR(a.history[e].validation_loss, b.history[e].validation_loss, limit);
    EXPECT_NEAR(a.history[e].validation_auroc, b.history[e].validation_auroc, 0.05);
  }
}

TEST(Distributed, AnyNumberOfProcessesGivesTheSameCurve) {
  auto const as_it_is = [](int, TrainingCase&) {};
  TrainState const alone = train_together(1, as_it_is)[0].state;

  for (int const size : {2, 3, 4}) {
    auto const outcomes = train_together(size, as_it_is);

    for (Outcome const& outcome : outcomes) {
      EXPECT_EQ(outcome.error, "");
      expect_same_curve(outcome.state, alone, 1e-4);
      EXPECT_EQ(outcome.state.parameters, outcomes[0].state.parameters);
      EXPECT_EQ(outcome.state.best_parameters, outcomes[0].state.best_parameters);
    }
    EXPECT_EQ(outcomes[0].saved, 2);
    for (int rank = 1; rank < size; ++rank) EXPECT_EQ(outcomes[static_cast<std::size_t>(rank)].saved, 0);
  }
}

TEST(Distributed, DevicesShareABatch) {
  auto const on_device = [](int, TrainingCase& training) {
    for (Bases& bases : training.dataset.bases) bases.resize(60);
    training.backend = &guarded_backend();
    training.options.dropout = 0.2;
  };
  TrainState const alone = train_together(1, on_device)[0].state;

  auto const outcomes = train_together(2, on_device);

  for (Outcome const& outcome : outcomes) {
    EXPECT_EQ(outcome.error, "");
    expect_same_curve(outcome.state, alone, 1e-4);
  }
  EXPECT_EQ(outcomes[0].state.parameters, outcomes[1].state.parameters);
}

TEST(Distributed, OneThatFailsEndsAll) {
  auto const started = std::chrono::steady_clock::now();

  auto const outcomes = train_together(3, [](int rank, TrainingCase& training) {
    training.input.before_epoch = [rank](int epoch) {
      if (rank == 1 && epoch == 1) throw Error("lost");
    };
  });

  EXPECT_EQ(outcomes[1].error, "lost");
  EXPECT_NE(outcomes[0].error.find("rank 1 of 3 is gone"), std::string::npos) << outcomes[0].error;
  EXPECT_NE(outcomes[2].error.find("is gone"), std::string::npos) << outcomes[2].error;
  EXPECT_EQ(outcomes[0].saved, 2);  // after the first epoch, and when the other was gone
  EXPECT_LT(std::chrono::steady_clock::now() - started, 60s);
}

}  // namespace
}  // namespace cislens
