#include "cislens/train/ranks.hpp"

#include "cislens/base/errors.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <vector>

namespace cislens {
namespace {

using namespace std::chrono_literals;

/// What each of several ranks, a thread each, ended with; empty: with nothing to say.
std::vector<std::string> run_ranks(int size, std::filesystem::path const& file,
                                   std::function<void(Ranks&)> const& work) {
  std::vector<std::string> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        Ranks ranks({rank, size, rank, "test", "job", "", 0}, file, 20s);
        work(ranks);
      } catch (Error const& error) {
        errors[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return errors;
}

TEST(Ranks, SumsAreAddedInTheOrderOfRanks) {
  for (int const size : {1, 2, 3, 4}) {
    testing_support::TemporaryFolder const folder;
    std::vector<std::vector<float>> results(static_cast<std::size_t>(size));
    auto const value = [](int rank, std::size_t i) { return 1.0F / static_cast<float>(3 + 7 * rank + i); };

    auto const errors = run_ranks(size, folder.path("meeting"), [&](Ranks& ranks) {
      std::vector<float>& mine = results[static_cast<std::size_t>(ranks.rank())];
      for (std::size_t i = 0; i < 100000; ++i) mine.push_back(value(ranks.rank(), i));
      ranks.sum(std::span(mine));
      double counted[1] = {1};
      ranks.sum(std::span<double>(counted));
      EXPECT_EQ(counted[0], ranks.size());
    });

    for (std::string const& error : errors) EXPECT_EQ(error, "");
    for (std::size_t i = 0; i < 100000; i += 997) {
      float expected = value(0, i);
      for (int rank = 1; rank < size; ++rank) expected += value(rank, i);
      for (auto const& result : results) EXPECT_EQ(result[i], expected);
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path("meeting")));
  }
}

TEST(Ranks, ARankThatLeavesEndsTheOthers) {
  testing_support::TemporaryFolder const folder;

  auto const errors = run_ranks(3, folder.path("meeting"), [&](Ranks& ranks) {
    double values[2] = {1, 2};
    ranks.sum(std::span<double>(values));
    if (ranks.rank() == 1) throw Error("left");
    ranks.sum(std::span<double>(values));
  });

  EXPECT_NE(errors[0].find("rank 1 of 3 is gone"), std::string::npos) << errors[0];
  EXPECT_EQ(errors[1], "left");
  EXPECT_NE(errors[2].find("rank 0 of 3 is gone"), std::string::npos) << errors[2];
}

TEST(Ranks, RanksThatDoDifferentThingsAreToldApart) {
  testing_support::TemporaryFolder const folder;

  auto const sizes = run_ranks(2, folder.path("a"), [](Ranks& ranks) {
    std::vector<float> values(static_cast<std::size_t>(10 + ranks.rank()));
    ranks.sum(std::span(values));
  });
  auto const numbers = run_ranks(3, folder.path("b"), [](Ranks& ranks) {
    ranks.require_same(0xFEDCBA9876543210ULL, "this");
    ranks.require_same(ranks.rank() == 2 ? 0x0100 : 0x0001, "their inputs");
  });

  EXPECT_NE(sizes[0].find("same options and inputs?"), std::string::npos) << sizes[0];
  for (std::string const& error : numbers)
    EXPECT_NE(error.find("the ranks differ in their inputs"), std::string::npos) << error;
}

TEST(Ranks, WhoDoesNotComeIsWaitedForInVain) {
  testing_support::TemporaryFolder const folder;
  auto const start = std::chrono::steady_clock::now();

  EXPECT_THROW(Ranks({0, 2, 0, "test", "job", "", 0}, folder.path("meeting"), 1s), Error);
  EXPECT_THROW(Ranks({1, 2, 1, "test", "job", "", 0}, folder.path("meeting"), 1s), Error);

  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_FALSE(std::filesystem::exists(folder.path("meeting")));
}

RankPlace place_in(std::map<std::string, std::string> const& variables) {
  return rank_place([&](char const* name) {
    auto const found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(RankPlace, ReadsWhatLaunchersSay) {
  RankPlace const torchrun = place_in({{"RANK", "3"},
                                       {"WORLD_SIZE", "4"},
                                       {"LOCAL_RANK", "1"},
                                       {"MASTER_ADDR", "node1"},
                                       {"MASTER_PORT", "29500"}});
  EXPECT_EQ(torchrun.launcher, "torchrun");
  EXPECT_EQ(torchrun.rank, 3);
  EXPECT_EQ(torchrun.size, 4);
  EXPECT_EQ(torchrun.local_rank, 1);
  EXPECT_EQ(torchrun.first_host, "node1");
  EXPECT_EQ(torchrun.port, 29501);

  RankPlace const slurm = place_in(
      {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}, {"SLURM_JOB_ID", "77"}, {"SLURM_STEP_ID", "1"}});
  EXPECT_EQ(slurm.launcher, "Slurm");
  EXPECT_EQ(slurm.job, "77.1");
  EXPECT_EQ(slurm.port, 0);

  EXPECT_EQ(place_in({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}}).launcher, "OpenMPI");
}

TEST(RankPlace, RefusesWhatIsNotThereOrNotANumber) {
  EXPECT_THROW(place_in({}), UsageError);
  EXPECT_THROW(place_in({{"RANK", "4"}, {"WORLD_SIZE", "4"}}), UsageError);
  EXPECT_THROW(place_in({{"RANK", "one"}, {"WORLD_SIZE", "4"}}), UsageError);
  EXPECT_THROW(place_in({{"RANK", "0"}, {"WORLD_SIZE", "0"}}), UsageError);
}

}  // namespace
}  // namespace cislens
