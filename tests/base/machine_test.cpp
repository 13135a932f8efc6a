#include "cislens/base/machine.hpp"

#include "cislens/base/version.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cislens {
namespace {

TEST(Machine, TheBestLevelIsSupportedAndSoIsEveryLevelBelowIt) {
  std::string const best = best_isa();
  ASSERT_TRUE(supports_isa(best));

  for (std::string const& level : isa_levels()) {
    EXPECT_TRUE(level > best || supports_isa(level)) << level;
  }
  EXPECT_TRUE(supports_isa("portable"));
  EXPECT_FALSE(supports_isa("x86-64-v9"));
}

TEST(Machine, LevelThreeMeansAvx2AndFma) {
  std::vector<std::string> const features = cpu_features();
  auto const has = [&](char const* name) { return std::ranges::count(features, name) == 1; };

  EXPECT_TRUE(!supports_isa("x86-64-v3") || (has("avx2") && has("fma")));
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
