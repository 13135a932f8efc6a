#include "../../src/train/groups.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace cislens {
namespace {

NetworkConfig pool_of_two() {
  NetworkConfig config;
  config.pool = 2;
  return config;
}

constexpr PassLimits limits{4, 2048};

TEST(Groups, ShortSequencesGoTogetherAndLongOnesAlone) {
  NetworkConfig const config = pool_of_two();

  EXPECT_EQ(pass_size(config, 200, limits), 4);
  EXPECT_EQ(pass_size(config, 1024, limits), 4);
  EXPECT_EQ(pass_size(config, 1026, limits), 3);
  EXPECT_EQ(pass_size(config, 2048, limits), 2);
  EXPECT_EQ(pass_size(config, 5000, limits), 1);
  EXPECT_EQ(pass_size(config, 1'000'000, limits), 1);
  EXPECT_EQ(pass_size(config, 1, limits), 4);
}

TEST(Groups, EverySequenceIsInOne) {
  for (std::int64_t count : {0, 1, 4, 5, 63}) {
    std::vector<std::int64_t> lengths(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) lengths[i] = 100 * (count - i);

    std::int64_t next = 0;
    for (Group const& group : cut_groups(pool_of_two(), lengths, limits)) {
      EXPECT_EQ(group.first, next);
      EXPECT_GE(group.count, 1);
      next += group.count;
    }

    EXPECT_EQ(next, count);
  }
}

TEST(Groups, ThreadsWorkTogetherWhereAThirdWouldBeIdle) {
  EXPECT_FALSE(better_one_by_one(1, 1));
  EXPECT_TRUE(better_one_by_one(1, 2));
  EXPECT_FALSE(better_one_by_one(2, 2));
  EXPECT_FALSE(better_one_by_one(3, 2));
  EXPECT_TRUE(better_one_by_one(5, 8));
  EXPECT_FALSE(better_one_by_one(6, 8));
  EXPECT_TRUE(better_one_by_one(8, 16));
}

}  // namespace
}  // namespace cislens
