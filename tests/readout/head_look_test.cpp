#include "cislens/readout/head_look.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace cislens {
namespace {

using Kind = AttentionSpan::Kind;

bool sees(AttentionSpan const& span, std::int64_t i, std::int64_t j) {
  if (span.kind == Kind::local) return std::abs(i - j) <= span.width;
  return span.kind == Kind::exact || i / span.width == j / span.width;
}

int bin_of(std::int64_t distance) {
  int bin = 0;
  while (distance >= distance_bin(bin).end) ++bin;
  return bin;
}

TEST(HeadLook, EvenAttentionEqualsTheDenseMatrix) {
  for (AttentionSpan const& span :
       {AttentionSpan{}, AttentionSpan{Kind::local, 5}, AttentionSpan{Kind::chunk, 8}}) {
    for (std::int64_t const tokens : {1, 2, 31, 33, 70}) {
      EvenLook dense;
      for (std::int64_t i = 0; i < tokens; ++i) {
        double seen = 0;
        for (std::int64_t j = 0; j < tokens; ++j) seen += sees(span, i, j) ? 1 : 0;
        for (std::int64_t j = 0; j < tokens; ++j) {
          if (!sees(span, i, j)) continue;
          double const weight = 1 / (seen * static_cast<double>(tokens));
          dense.distance += weight * static_cast<double>(std::abs(i - j));
          dense.profile[bin_of(std::abs(i - j))] += weight;
        }
      }

      EvenLook const look = even_look(span, tokens);

      EXPECT_NEAR(look.distance, dense.distance, 1e-9);
      for (std::size_t b = 0; b < look.profile.size(); ++b)
        EXPECT_NEAR(look.profile[b], dense.profile[b], 1e-12);
      EXPECT_NEAR(std::accumulate(look.profile.begin(), look.profile.end(), 0.0), 1, 1e-12);
    }
  }
}

TEST(HeadLook, QuantilesAndLocalShare) {
  DistanceProfile profile{};
  profile[0] = 0.25;  // the token itself
  profile[3] = 0.5;   // 4 to 7 tokens
  profile[5] = 0.25;  // 16 to 31

  EXPECT_DOUBLE_EQ(profile_quantile(profile, 0.5), 6);
  EXPECT_DOUBLE_EQ(profile_quantile(profile, 0.25), 1);
  EXPECT_DOUBLE_EQ(profile_quantile(profile, 1), 32);
  EXPECT_DOUBLE_EQ(local_share(profile), 0.75);
  EXPECT_TRUE(std::isnan(profile_quantile(DistanceProfile{}, 0.5)));
}

}  // namespace
}  // namespace cislens
