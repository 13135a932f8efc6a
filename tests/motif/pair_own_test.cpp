#include "cislens/motif/pair_occurrence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace cislens {
namespace {

constexpr std::int64_t width = 8;

/// 1,500 sequences of 200 bases with sites of 5 motifs at random, and in a share of them motif 0 and motif 1
/// side by side. Motif 2 looks like 0: of the sites of 0 a third is called 2, as they could be either. When
/// `partners` is true, sites of 2 that could be nothing else stand beside 1 as well.
struct LookAlikes {
  std::vector<Site> sites;
  SiteReadings readings{{0}, {}};
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;

  explicit LookAlikes(bool partners, std::uint64_t seed) {
    for (std::int64_t s = 0; s < 1500; ++s) {
      Random random(seed, static_cast<std::uint64_t>(s));
      lengths.push_back(200);
      gc.push_back(0.5);
      std::vector<std::pair<Site, int>> own;  // with what else it could be, or -1
      auto const add = [&](std::int64_t start, int motif) {
        Site site{.sequence = s, .start = start, .end = start + width, .strand = '+', .motif = motif};
        if (std::ranges::any_of(own, [&](auto const& other) {
              return start < other.first.end && other.first.start < start + width;
            }))
          return;
        bool const taken = motif == 0 && random.below(3) == 0;
        if (taken) site.motif = 2;
        own.emplace_back(site, taken ? 0 : -1);
      };
      auto const start = static_cast<std::int64_t>(random.below(80));
      double const kind = random.uniform();
      if (kind < 0.25) {
        add(start, 0);
        add(start + 20, 1);
      } else if (partners && kind < 0.33) {
        add(start, 2);
        add(start + 20, 1);
      }
      for (int i = 0; i < 3; ++i)
        add(static_cast<std::int64_t>(random.below(192)), static_cast<int>(random.below(5)));
      std::ranges::sort(own, {}, [](auto const& entry) { return entry.first.start; });
      for (auto const& [site, other] : own) {
        sites.push_back(site);
        if (other >= 0) readings.motifs.push_back(other);
        readings.first.push_back(std::ssize(readings.motifs));
      }
    }
  }
};

PairOccurrence tested(LookAlikes const& world, bool with_readings, int a, int b) {
  Threads threads(2);
  PairOccurrenceOptions options;
  options.permutations = 200;
  auto const pairs = test_pair_occurrence(
      {world.sites, world.lengths, world.gc, 5, with_readings ? &world.readings : nullptr}, options, threads);
  return *std::ranges::find_if(pairs, [&](PairOccurrence const& pair) { return pair.a == a && pair.b == b; });
}

TEST(PairOwn, ALookAlikeOfATruePartnerIsNotCalled) {
  LookAlikes const world(false, 3);

  PairOccurrence const alone = tested(world, false, 1, 2);
  PairOccurrence const told = tested(world, true, 1, 2);
  PairOccurrence const partners = tested(world, true, 0, 1);

  EXPECT_LT(alone.q, 1e-3);
  EXPECT_LT(alone.own_log_p, -1e300);
  EXPECT_EQ(alone.like_a, -1);
  EXPECT_EQ(told.log_p, alone.log_p);
  EXPECT_GT(std::exp(told.own_log_p), 0.01);
  EXPECT_GT(told.q, 0.01);
  EXPECT_EQ(told.like_a, 0);
  EXPECT_EQ(told.like_b, 1);
  EXPECT_LT(static_cast<double>(told.own), told.own_expected + 4 * std::sqrt(told.own_expected));
  EXPECT_LT(partners.q, 1e-6);
  EXPECT_EQ(partners.like_a, -1);
}

TEST(PairOwn, ALookAlikeWithInstancesOfItsOwnIsCalled) {
  PairOccurrence const told = tested(LookAlikes(true, 4), true, 1, 2);
  EXPECT_LT(told.q, 1e-3);
  EXPECT_LT(told.own_log_p, std::log(1e-3));
  EXPECT_EQ(told.like_a, 0);
}

/// Sites with the same other reading whoever stands beside them: p of the own instances is uniform or larger.
TEST(PairOwn, HoldsItsLevelForLookAlikes) {
  int small = 0;
  for (std::uint64_t seed = 10; seed < 40; ++seed)
    small += std::exp(tested(LookAlikes(false, seed), true, 1, 2).own_log_p) <= 0.05 ? 1 : 0;
  EXPECT_LE(small, 6);  // binomial(30, 0.05): more in 0.3 % of cases
}

TEST(StrongerPairs, ExplainByTheStrongestPairThatBothSitesCouldBe) {
  StrongerPairs pairs(5);
  pairs.set(0, 1, 5);
  pairs.set(1, 2, 3);
  pairs.set(3, 4, 9);
  std::vector<std::int32_t> const zero{0}, three{3}, four{4}, none;
  using Pair = std::array<int, 2>;
  EXPECT_EQ(pairs.explain(2, 1, zero, none), (Pair{0, 1}));
  EXPECT_EQ(pairs.explain(1, 2, none, zero), (Pair{0, 1}));
  EXPECT_EQ(pairs.explain(2, 1, three, four), (Pair{3, 4}));  // both sites another
  EXPECT_EQ(pairs.explain(2, 1, three, none), (Pair{-1, -1}));
  EXPECT_EQ(pairs.explain(0, 1, none, std::vector<std::int32_t>{2}), (Pair{-1, -1}));  // a weaker one
}

TEST(SiteArrangement, CountsWindowsByOwnInstancesAndOrientation) {
  auto const site = [](std::int64_t sequence, std::int64_t start, int motif, char strand) {
    return Site{.sequence = sequence, .start = start, .end = start + width, .strand = strand, .motif = motif};
  };
  std::vector<Site> const sites = {site(0, 0, 0, '+'), site(0, 20, 1, '-'), site(0, 40, 0, '+'),
                                   site(1, 0, 1, '+'), site(1, 20, 0, '+'), site(2, 0, 0, '+'),
                                   site(2, 60, 1, '+')};
  SiteReadings const readings{{0, 0, 0, 0, 0, 1, 1, 1}, {2}};  // the site of motif 0 in sequence 1
  std::vector<std::int64_t> const lengths = {100, 100, 100};
  std::vector<int> const strata = {0, 0, 0};
  std::vector<std::array<int, 2>> const wanted = {{0, 1}};
  StrongerPairs stronger(3);
  stronger.set(0, 1, 2);
  PairWindowCounts counts;
  SiteArrangement const arrangement(sites, {}, lengths, strata);
  std::vector<PairWindow> const windows = {{10, 15}};

  arrangement.count_windows(PairSet(3, wanted), windows, stronger, readings, counts);
  EXPECT_EQ(counts.own, (std::vector<std::int32_t>{2}));
  EXPECT_EQ(counts.orientations, (std::vector<std::int32_t>{0, 1, 1, 1}));

  stronger.set(1, 2, 3);
  arrangement.count_windows(PairSet(3, wanted), windows, stronger, readings, counts);
  EXPECT_EQ(counts.own, (std::vector<std::int32_t>{1}));

  std::vector<std::uint8_t> const leans = {0, 0, 0, 1, 0, 0, 0};  // the pair of sequence 1
  SiteArrangement(sites, leans, lengths, strata)
      .count_windows(PairSet(3, wanted), windows, StrongerPairs(3), readings, counts);
  EXPECT_EQ(counts.own, (std::vector<std::int32_t>{1}));
  PairCounts gaps;
  SiteArrangement(sites, leans, lengths, strata).count(PairSet(3, wanted), 15, gaps);
  EXPECT_EQ(gaps.sequences, (std::vector<std::int32_t>{1}));
}

}  // namespace
}  // namespace cislens
