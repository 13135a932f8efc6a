#include "cislens/base/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace cislens {
namespace {

TEST(Threads, DoEveryItemOnce) {
  for (int const count : {1, 2, 5}) {
    Threads threads(count);
    std::vector<int> done(1000);
    std::atomic<bool> worker_in_range = true;

    for (int round = 0; round < 3; ++round) {
      threads.for_each(1000, [&](std::int64_t item, int worker) {
        ++done[item];
        if (worker < 0 || worker >= count) worker_in_range = false;
      });
    }

    EXPECT_EQ(done, std::vector<int>(1000, 3));
    EXPECT_TRUE(worker_in_range);
    EXPECT_EQ(threads.count(), count);
  }
}

TEST(Threads, DoNothingForNoItems) {
  Threads threads(3);

  threads.for_each(0, [](std::int64_t, int) { FAIL(); });
}

TEST(Threads, CountZeroMeansTheCpusOfThisProcess) {
  EXPECT_GE(available_cpus(), 1);
  EXPECT_EQ(Threads(0).count(), available_cpus());
}

// Item 3 throws late, item 4 at once: whoever is first, the message is that of the smaller item.
TEST(Threads, ThrowWhatTheSmallestFailingItemThrew) {
  Threads threads(4);
  std::string message;
  try {
    threads.for_each(8, [](std::int64_t item, int) {
      if (item == 3) std::this_thread::sleep_for(std::chrono::milliseconds(30));
      if (item >= 3) throw std::runtime_error(std::to_string(item));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
  } catch (std::runtime_error const& error) {
    message = error.what();
  }
  EXPECT_EQ(message, "3");

  std::atomic<int> done = 0;
  threads.for_each(10, [&](std::int64_t, int) { ++done; });
  EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace cislens
