#include "cislens/base/machine.hpp"

#include "cislens/base/version.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cislens {
namespace {

TEST(Machine, FeaturesThatNeedOthersComeWithThem) {
  std::vector<std::string> const features = cpu_features();
  auto const has = [&](char const* name) { return std::ranges::count(features, name) == 1; };

  EXPECT_TRUE(!has("avx512bw") || has("avx512f"));
  EXPECT_TRUE(!has("avx2") || has("avx"));
}

TEST(Machine, SaysHowMuchMemoryThereIs) {
  EXPECT_GT(memory_limit_bytes(), std::int64_t{1} << 26);
  EXPECT_FALSE(cpu_model().empty());
}

TEST(Version, IsThreeNumbers) {
  EXPECT_EQ(std::ranges::count(version(), '.'), 2);
  EXPECT_FALSE(compiler().empty());
}

}  // namespace
}  // namespace cislens
