#include "cislens/motif/motif_exchange.hpp"

#include "cislens/motif/pair_occurrence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cislens {
namespace {

constexpr std::int64_t width = 8;

/// Sequences of 200 bases. Motif 0 stands once or twice in each, motifs 1 to 4 fall where chance puts them:
/// each of them independent of all others.
struct World {
  std::vector<Site> sites;
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;
  std::vector<int> strata;

  World(std::int64_t sequences, std::uint64_t seed) {
    for (std::int64_t s = 0; s < sequences; ++s) {
      Random random(seed, static_cast<std::uint64_t>(s));
      lengths.push_back(200);
      gc.push_back(0.5);
      strata.push_back(static_cast<int>(s % 2));
      std::vector<Site> own;
      auto const add = [&](int motif) {
        auto const start = static_cast<std::int64_t>(random.below(193));
        bool const free = std::ranges::none_of(
            own, [&](Site const& other) { return start < other.end && other.start < start + width; });
        if (free)
          own.push_back({.sequence = s,
                         .start = start,
                         .end = start + width,
                         .strand = random.below(2) == 0 ? '+' : '-',
                         .motif = motif});
      };
      for (std::uint64_t i = 0; i <= random.below(2); ++i) add(0);
      for (int motif = 1; motif < 5; ++motif) {
        for (double left = std::exp(-0.8), u = random.uniform(), p = left, n = 1; u > left;
             p *= 0.8 / n, left += p, n += 1)
          add(motif);  // a Poisson number
      }
      std::ranges::sort(own, {}, &Site::start);
      sites.insert(sites.end(), own.begin(), own.end());
    }
  }
};

/// Everything that stands in an arrangement, as (sequence, site).
std::set<std::pair<std::int64_t, std::int64_t>> placed(MotifExchange const& exchange) {
  std::set<std::pair<std::int64_t, std::int64_t>> found;
  exchange.for_each_neighbours(200, [&](std::int64_t s, PlacedSite const& left, PlacedSite const& right) {
    EXPECT_GE(right.start, left.end);
    found.insert({s, left.site()});
    found.insert({s, right.site()});
  });
  return found;
}

TEST(MotifExchange, MovesOneMotifAndKeepsWhatItPromises) {
  World const world(400, 1);
  SiteArrangement const others(world.sites, {}, world.lengths, world.strata);
  MotifExchange exchange(others, world.strata, 1);
  Random random(1, 1);
  for (int i = 0; i < 5; ++i) exchange.permute(random);

  std::map<std::int64_t, int> before, after;  // sites of motif 1 by sequence
  int moved = 0;
  for (Site const& site : world.sites) before[site.sequence] += site.motif == 1 ? 1 : 0;
  for (auto const& [sequence, number] : placed(exchange)) {
    Site const& site = world.sites[static_cast<std::size_t>(number)];
    if (site.motif != 1) {
      EXPECT_EQ(site.sequence, sequence);  // all others stay
      continue;
    }
    EXPECT_EQ(site.sequence % 2, sequence % 2);  // within a stratum
    ++after[sequence];
    moved += site.sequence != sequence ? 1 : 0;
  }
  EXPECT_GT(moved, 200);
  // As many sequences with one, two, three sites. Those alone in their sequence are seen by nobody.
  std::map<int, int> numbers_before, numbers_after;
  for (auto const& [sequence, count] : before) ++numbers_before[count];
  for (auto const& [sequence, count] : after) ++numbers_after[count];
  for (int n = 2; n < 5; ++n) EXPECT_EQ(numbers_before[n], numbers_after[n]) << n;
}

TEST(MotifExchange, CountsWhatSiteArrangementCountsBeforeAnythingMoves) {
  World const world(300, 2);
  SiteArrangement const all(world.sites, {}, world.lengths, world.strata);
  std::vector<std::array<int, 2>> const wanted = {{0, 2}, {1, 2}, {2, 2}, {2, 4}};
  PairSet const set(5, wanted);
  PairCounts expected, counts;
  all.count(set, 30, expected);
  MotifExchange(all, world.strata, 2).count(set, 30, counts);
  EXPECT_EQ(counts.gaps, expected.gaps);
  EXPECT_EQ(counts.sequences, expected.sequences);

  std::vector<PairTriple> const triples = {{0, 2, 1, 0, 20}, {2, 2, 3, 5, 20}, {2, 4, 0, 0, 30}};
  std::vector<std::int32_t> expected_triples, found_triples;
  all.count_without(triples, 30, expected_triples);
  MotifExchange(all, world.strata, 2).count_without(triples, 30, found_triples);
  EXPECT_EQ(found_triples, expected_triples);
}

/// Long sequences are looked through piece by piece: that shows neither in what is counted nor in what fits.
TEST(MotifExchange, LongSequencesAreCountedInFull) {
  constexpr std::int64_t length = 6000;
  World world(0, 0);
  for (std::int64_t s = 0; s < 6; ++s) {
    Random random(3, static_cast<std::uint64_t>(s));
    world.lengths.push_back(length);
    world.strata.push_back(0);
    for (std::int64_t start = 0; start + width <= length; start += width + std::int64_t(random.below(12)))
      world.sites.push_back({.sequence = s,
                             .start = start,
                             .end = start + width,
                             .strand = random.below(2) == 0 ? '+' : '-',
                             .motif = static_cast<std::int32_t>(random.below(3))});
  }
  SiteArrangement all(world.sites, {}, world.lengths, world.strata);
  MotifExchange exchange(all, world.strata, 2);
  std::vector<std::array<int, 2>> const wanted = {{0, 2}, {1, 2}, {2, 2}};
  PairCounts expected, counts;
  all.count(PairSet(3, wanted), 30, expected);
  exchange.count(PairSet(3, wanted), 30, counts);
  EXPECT_EQ(counts.gaps, expected.gaps);

  Random random(1, 1);
  exchange.permute(random);
  all.permute(random);

  for (std::int32_t const reach : {20, 1500}) {
    std::multiset<std::array<std::int64_t, 3>> near, within;
    auto const add_to = [&](auto& pairs) {
      return [&, reach](std::int64_t s, PlacedSite const& left, PlacedSite const& right) {
        EXPECT_GE(right.start, left.end);
        if (right.start - left.end <= reach) pairs.insert({s, left.site(), right.site()});
      };
    };
    exchange.for_each_neighbours(reach, add_to(near));
    exchange.for_each_neighbours(length, add_to(within));
    EXPECT_EQ(near, within) << reach;
    EXPECT_GT(near.size(), 500U);
  }
  all.for_each_neighbours(20, [](std::int64_t, PlacedSite const& left, PlacedSite const& right) {
    EXPECT_GE(right.start, left.end);
  });
}

/// That motif 0 stands once or twice in every sequence makes the number of sites less spread than chance
/// would. Exchanges of all motifs that keep this number expect 12 % too few pairs of motifs 1 to 4, and 11 %
/// too many of a motif with itself.
TEST(MotifExchange, AMotifInEverySequenceDoesNotMakeTheOthersPartners) {
  Threads threads(2);
  PairOccurrenceOptions options;
  options.permutations = 100;
  double sequences = 0;
  double expected = 0;
  double own = 0;
  double own_expected = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    World const world(3000, seed);
    for (PairOccurrence const& pair :
         test_pair_occurrence({world.sites, world.lengths, world.gc, 5}, options, threads)) {
      (pair.a == pair.b ? own : sequences) += static_cast<double>(pair.sequences);
      (pair.a == pair.b ? own_expected : expected) += pair.expected;
    }
  }
  EXPECT_NEAR(sequences / expected, 1, 3 / std::sqrt(expected));
  EXPECT_NEAR(own / own_expected, 1, 3 / std::sqrt(own_expected));
}

}  // namespace
}  // namespace cislens
