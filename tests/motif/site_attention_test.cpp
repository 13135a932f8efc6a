#include "cislens/motif/site_attention.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cislens {
namespace {

TEST(SignedRank, IsExactForFew) {
  // Three differences, all positive: 1 of 8. W = 5 of 6 (ranks 2 and 3): sums 5 and 6, 2 of 8.
  EXPECT_NEAR(std::exp(signed_rank_log_p(std::vector{1.0, 2.0, 3.0})), 1.0 / 8, 1e-12);
  EXPECT_NEAR(std::exp(signed_rank_log_p(std::vector{-1.0, 2.0, 3.0, 0.0})), 2.0 / 8, 1e-12);
  EXPECT_NEAR(std::exp(signed_rank_log_p(std::vector{-1.0, -2.0})), 1, 1e-12);
  EXPECT_EQ(signed_rank_log_p(std::vector{0.0}), 0);
}

TEST(SignedRank, TheNormalTakesOverWithoutAStep) {
  // Ties send a set of the same size through the approximation.
  std::vector<double> few, tied;
  for (int i = 1; i <= 24; ++i) {
    few.push_back(i % 4 == 0 ? -i : i);
    tied.push_back(i % 4 == 0 ? -i : i);
  }
  tied[0] = tied[1];
  EXPECT_NEAR(signed_rank_log_p(few), signed_rank_log_p(tied), 0.1);
}

/// Two heads over records of 20 bases: head 0 gives everything but a little to the site of motif 0.
struct Made {
  Made() {
    Random random(3, 1);
    for (int r = 0; r < 12; ++r) {
      std::vector<float>& values = received.emplace_back(40);
      std::int64_t const start = static_cast<std::int64_t>(random.below(15));
      for (std::size_t l = 0; l < 40; ++l) values[l] = static_cast<float>(0.5 + 0.1 * random.uniform());
      for (std::int64_t l = start; l < start + 4; ++l) values[l] = 2;
      sites.push_back({r, start, start + 4, '+', 0});
      if (r < 2) sites.push_back({r, 0, 3, '+', 1});
    }
  }

  std::vector<SiteAttention> read(int heads) const {
    SiteAttentionSums sums(heads, 2);
    for (std::size_t r = 0; r < received.size(); ++r) {
      std::vector<Site> own;
      for (Site const& site : sites) {
        if (site.sequence == static_cast<std::int64_t>(r)) own.push_back(site);
      }
      sums.add({20, received[r]}, own);
    }
    return sums.result(5);
  }

  std::vector<std::vector<float>> received;
  std::vector<Site> sites;
};

TEST(SiteAttention, FindsTheHeadThatLooksAtTheMotif) {
  Made const made;

  auto const all = made.read(2);

  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].records, 12);
  EXPECT_NEAR(all[0].at_sites, 2, 1e-6);
  EXPECT_NEAR(all[0].enrichment, 2 / all[0].elsewhere, 1e-6);
  EXPECT_NEAR(all[0].p, std::exp2(-12), 1e-9);
  EXPECT_GT(all[2].p, 0.01);
  EXPECT_EQ(all[1].records, 2);
  EXPECT_TRUE(std::isnan(all[1].p)) << "too few records";
  ASSERT_NE(favourite(all, 0, 0.05), nullptr);
  EXPECT_EQ(favourite(all, 0, 0.05)->motif, 0);
  EXPECT_EQ(favourite(all, 1, 0.01), nullptr);
}

TEST(SiteAttention, SitesMustFit) {
  Made made;
  EXPECT_THROW(made.read(3), ShapeError);
  made.sites[0].end = 25;
  EXPECT_THROW(made.read(2), ShapeError);
  EXPECT_TRUE(SiteAttentionSums(2, 0).result(5).empty());
}

}  // namespace
}  // namespace cislens
