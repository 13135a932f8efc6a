#include "cislens/base/errors.hpp"
#include "cislens/motif/pair_occurrence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace cislens {
namespace {

constexpr std::int64_t width = 8;

Site site(std::int64_t sequence, std::int64_t start, int motif) {
  return {.sequence = sequence, .start = start, .end = start + width, .strand = '+', .motif = motif};
}

/// 3,000 sequences of 200 bases with sites of 5 motifs at random. In some of them motif 1 stands between 0
/// and 2: so 0 and 2 are near each other only because both stand by 1. When `together` is true, 0 and 2 also
/// stand side by side in other sequences, without 1.
struct Chain {
  std::vector<Site> sites;
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;

  explicit Chain(bool together) {
    for (std::int64_t s = 0; s < 3000; ++s) {
      Random random(5, static_cast<std::uint64_t>(s));
      lengths.push_back(200);
      gc.push_back(0.5);
      std::vector<Site> own;
      auto const add = [&](Site const& wanted) {
        if (std::ranges::none_of(
                own, [&](Site const& other) { return wanted.start < other.end && other.start < wanted.end; }))
          own.push_back(wanted);
      };
      auto const start = static_cast<std::int64_t>(random.below(130));
      double const kind = random.uniform();
      if (kind < 0.12) {
        add(site(s, start, 0));
        add(site(s, start + 15, 1));
        add(site(s, start + 30, 2));
      } else if (together && kind < 0.24) {
        add(site(s, start, 0));
        add(site(s, start + 30, 2));
      }
      for (int i = 0; i < 3; ++i)
        add(site(s, static_cast<std::int64_t>(random.below(192)), static_cast<int>(random.below(5))));
      std::ranges::sort(own, {}, &Site::start);
      sites.insert(sites.end(), own.begin(), own.end());
    }
  }
};

PairOccurrence tested(Chain const& chain, int a, int b) {
  Threads threads(2);
  PairOccurrenceOptions options;
  options.permutations = 200;
  auto const pairs = test_pair_occurrence({chain.sites, chain.lengths, chain.gc, 5}, options, threads);
  return *std::ranges::find_if(pairs, [&](PairOccurrence const& pair) { return pair.a == a && pair.b == b; });
}

TEST(PairDirect, APairThatAThirdMotifBringsTogetherIsNotDirect) {
  Chain const chain(false);
  PairOccurrence const outer = tested(chain, 0, 2);
  EXPECT_LT(outer.q, 1e-3);
  EXPECT_FALSE(outer.direct);
  EXPECT_EQ(outer.via, 1);
  EXPECT_GT(outer.direct_p, 0.05);
}

TEST(PairDirect, APairThatStandsWithoutTheThirdIsDirect) {
  Chain const chain(true);
  PairOccurrence const outer = tested(chain, 0, 2);
  EXPECT_TRUE(outer.direct);
  EXPECT_LT(outer.direct_p, 0.05);
}

TEST(PairDirect, PairsThatAreNotCalledAreNotAsked) {
  PairOccurrence const other = tested(Chain(false), 3, 4);
  EXPECT_FALSE(other.direct);
  EXPECT_TRUE(std::isnan(other.direct_p));
  EXPECT_EQ(other.via, -1);
}

TEST(SiteArrangement, CountsPairsWithoutAThird) {
  std::vector<Site> const sites = {site(0, 0, 0),  site(0, 20, 1), site(1, 0, 0),  site(1, 20, 1),
                                   site(1, 40, 2), site(2, 0, 0),  site(2, 20, 1), site(2, 90, 2)};
  std::vector<std::int64_t> const lengths = {100, 100, 100};
  std::vector<int> const strata = {0, 0, 0};
  SiteArrangement const arrangement(sites, {}, lengths, strata);
  std::vector<std::int32_t> counts;
  std::vector<PairTriple> const triples = {{0, 1, 2, 0, 50}, {0, 1, 3, 0, 50}, {0, 1, 3, 0, 11}};
  arrangement.count_without(triples, 50, counts);
  EXPECT_EQ(counts, (std::vector<std::int32_t>{1 + 1, 3, 0}));
}

TEST(SiteArrangement, SitesOutsideTheirSequencesAreRefused) {
  std::vector<std::int64_t> const lengths = {100};
  std::vector<int> const strata = {0};
  for (Site const& strange : {site(0, 93, 0), site(1, 0, 0), site(0, -1, 0)}) {
    std::vector<Site> const sites = {strange};
    EXPECT_THROW(SiteArrangement(sites, {}, lengths, strata), ShapeError) << strange.start;
  }
}

}  // namespace
}  // namespace cislens
