#include "cislens/motif/pair_occurrence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace cislens {
namespace {

constexpr std::int64_t width = 8;

Site site(std::int64_t sequence, std::int64_t start, int motif, char strand) {
  return {.sequence = sequence, .start = start, .end = start + width, .strand = strand, .motif = motif};
}

/// Sequences of 200 bases with a few sites of `motifs` motifs each, everything at random; and in a share of
/// them motif 0 and motif 1 side by side, 12 bases apart, motif 1 on the other strand.
struct World {
  std::vector<Site> sites;
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;
  int motifs = 6;

  /// @param places  pairs stand in one of two places, by the strand that they are read from
  World(std::int64_t sequences, double pairs, std::uint64_t seed, bool places = false) {
    for (std::int64_t s = 0; s < sequences; ++s) {
      Random random(seed, static_cast<std::uint64_t>(s));
      lengths.push_back(200);
      gc.push_back(0.3 + 0.4 * random.uniform());
      std::vector<Site> own;
      auto const add = [&](Site const& wanted) {
        bool const free = std::ranges::none_of(
            own, [&](Site const& other) { return wanted.start < other.end && other.start < wanted.end; });
        if (free && wanted.start >= 0 && wanted.end <= 200) own.push_back(wanted);
      };
      if (random.uniform() < pairs) {
        auto start = static_cast<std::int64_t>(random.below(150));
        bool const turned = random.below(2) == 1;
        if (places) start = turned ? 110 : 40;
        add(site(s, start, turned ? 1 : 0, '+'));
        add(site(s, start + width + 12, turned ? 0 : 1, '-'));
      }
      std::uint64_t const more = random.below(5);
      for (std::uint64_t i = 0; i < more; ++i) {
        add(site(s, static_cast<std::int64_t>(random.below(192)), static_cast<int>(random.below(6)),
                 random.below(2) == 0 ? '+' : '-'));
      }
      std::ranges::sort(own, {}, &Site::start);
      sites.insert(sites.end(), own.begin(), own.end());
    }
  }
  PairSites input() const { return {sites, lengths, gc, motifs}; }
};

PairOccurrence const& find(std::vector<PairOccurrence> const& pairs, int a, int b) {
  return *std::ranges::find_if(pairs, [&](PairOccurrence const& pair) { return pair.a == a && pair.b == b; });
}

TEST(PairOf, OrientationIsReadFromTheLowerMotif) {
  std::vector<Site> const sites = {site(0, 10, 0, '+'), site(0, 30, 1, '+'), site(0, 50, 1, '-'),
                                   site(0, 70, 0, '-')};
  auto const name = [&](std::int64_t i, std::int64_t j) {
    return std::string(name_of(pair_of(sites, i, j).orientation));
  };
  EXPECT_EQ(name(0, 1), "++");
  EXPECT_EQ(name(0, 2), "+-");
  EXPECT_EQ(name(2, 3), "++");  // read from the other strand: 0 forward, then 1 forward
  EXPECT_EQ(name(1, 3), "+-");  // a> <b read from the other strand
  EXPECT_EQ(name(3, 1), "+-");
  EXPECT_EQ(pair_of(sites, 0, 1).gap, 12);
  EXPECT_EQ(pair_of(sites, 2, 1).a, 1);
}

TEST(SiteArrangement, CountsASequenceOnceAtEveryGap) {
  std::vector<Site> const sites = {site(0, 0, 0, '+'), site(0, 30, 1, '+'), site(0, 41, 0, '+'),
                                   site(1, 0, 0, '+'), site(1, 60, 1, '+')};
  std::vector<std::int64_t> const lengths = {100, 100};
  std::vector<int> const strata = {0, 0};
  std::vector<std::array<int, 2>> const wanted = {{0, 0}, {0, 1}, {1, 1}};
  PairCounts counts;
  SiteArrangement(sites, {}, lengths, strata).count(PairSet(2, wanted), 52, counts);

  EXPECT_EQ(counts.gaps_of(0)[33], 1);
  EXPECT_EQ(counts.gaps_of(1)[3], 1);
  EXPECT_EQ(counts.gaps_of(1)[22], 1);  // the other site of motif 0
  EXPECT_EQ(counts.gaps_of(1)[52], 1);  // the edge of what is looked at
  EXPECT_EQ(counts.sequences, (std::vector<std::int32_t>{1, 2, 0}));
  EXPECT_EQ(std::ranges::count(counts.gaps, 0), 3 * 53 - 4);
}

TEST(SiteArrangement, ExchangesKeepWhatTheyPromise) {
  World const world(300, 0.3, 1);
  std::vector<int> strata;
  for (std::size_t s = 0; s < world.lengths.size(); ++s) strata.push_back(static_cast<int>(s % 2));
  SiteArrangement arrangement(world.sites, {}, world.lengths, strata);
  std::vector<std::array<int, 2>> all;
  for (int a = 0; a < 6; ++a) {
    for (int b = a; b < 6; ++b) all.push_back({a, b});
  }
  PairSet const set(6, all);
  PairCounts before;
  PairCounts after;
  // A window of the whole sequence: the number of sequences with both motifs changes, their sum stays within
  // what sites per sequence allow; no pair overlaps, so all gaps are counted.
  arrangement.count(set, 200, before);
  Random random(1, 1);
  for (int i = 0; i < 5; ++i) arrangement.permute(random);
  arrangement.count(set, 200, after);

  EXPECT_NE(before.gaps, after.gaps);
  int const found =
      find(test_pair_occurrence(world.input(), {}, *std::make_unique<Threads>(1)), 0, 1).gaps[12];
  EXPECT_GT(found, 60);
  EXPECT_LT(after.gaps_of(set.index(0, 1))[12], found / 3);
}

TEST(PairOccurrence, FindsAPlantedPairItsGapAndItsOrientation) {
  World const world(1500, 0.15, 2);
  Threads threads(2);
  auto const pairs = test_pair_occurrence(world.input(), {}, threads);
  ASSERT_EQ(pairs.size(), 21U);

  PairOccurrence const& planted = find(pairs, 0, 1);
  EXPECT_LT(planted.q, 1e-6);
  EXPECT_EQ(planted.gap, 12);
  EXPECT_LT(planted.gap_q, 1e-6);
  EXPECT_LT(planted.orientation_q, 1e-6);
  EXPECT_LE(planted.window_first, 12);
  EXPECT_GE(planted.window_last, 12);
  EXPECT_EQ(planted.orientation, PairOrientation::towards);
  for (PairOccurrence const& pair : pairs) {
    EXPECT_TRUE(&pair == &planted || pair.q > 0.01) << pair.a << ' ' << pair.b;
  }
}

/// Sites that are exchanged keep place and strand: pairs of chance would look like those planted.
TEST(PairOccurrence, TellsOrientationsAlsoOfPairsThatHaveTheirPlaces) {
  World const world(1500, 0.15, 2, true);
  Threads threads(2);

  PairOccurrence const planted = find(test_pair_occurrence(world.input(), {}, threads), 0, 1);

  EXPECT_LT(planted.orientation_q, 1e-6);
  EXPECT_EQ(orientation_text(planted), "+-");
}

TEST(PairOccurrence, AStrandThatIsNotKnownIsNotTold) {
  World const world(1500, 0.15, 2);  // 0> <1
  Threads threads(2);
  auto const orientation = [&](double of_a, double of_b) {
    std::vector<double> const certainty = {of_a, of_b, 1, 1, 1, 1};
    PairSites input = world.input();
    input.strand_certainty = certainty;
    return find(test_pair_occurrence(input, {}, threads), 0, 1);
  };
  EXPECT_EQ(orientation_text(orientation(1, 1)), "+-");
  EXPECT_EQ(orientation_text(orientation(0.5, 1)), ".-");
  EXPECT_LT(orientation(0.5, 1).orientation_q, 1e-6);
  EXPECT_EQ(orientation_text(orientation(1, 0.5)), "+.");
  EXPECT_LT(orientation(1, 0.5).orientation_q, 1e-6);
  EXPECT_TRUE(std::isnan(orientation(0.5, 0.5).orientation_q));
}

/// A motif that stands for look-alikes may have a direction at most of its sites and none at those of one
/// pair.
TEST(PairOccurrence, AStrandThatChangesFromInstanceToInstanceIsNotTold) {
  Threads threads(2);
  auto const orientation = [&](int motif_that_turns, bool same_motif) {
    World world(1500, 0.15, 2);  // 0> <1
    Random random(7, 1);
    for (Site& site : world.sites) {
      if (site.motif == motif_that_turns && random.below(2) == 1)
        site.strand = site.strand == '+' ? '-' : '+';
    }
    for (Site& site : world.sites) {
      if (same_motif && site.motif == 1) site.motif = 0;
    }
    PairOccurrence const pair = find(test_pair_occurrence(world.input(), {}, threads), 0, same_motif ? 0 : 1);
    EXPECT_LT(pair.orientation_q, 1e-6);
    return orientation_text(pair);
  };
  EXPECT_EQ(orientation(-1, false), "+-");
  EXPECT_EQ(orientation(0, false), ".-");
  EXPECT_EQ(orientation(1, false), "+.");
  EXPECT_EQ(orientation(-1, true), "+-");
}

/// Two of one motif, both the same way round: by chance twice as frequent as either other orientation.
TEST(PairOccurrence, TwoOfOneMotifReadTheSameFromEitherEnd) {
  World world(1500, 0.15, 2);
  Threads threads(2);
  auto const orientation = [&](bool right_turns) {
    World same = world;
    Random random(7, 1);
    for (std::size_t i = 0; i + 1 < same.sites.size(); ++i) {
      Site& left = same.sites[i];
      Site& right = same.sites[i + 1];
      if (left.sequence != right.sequence || left.motif + right.motif != 1 || left.motif == right.motif)
        continue;
      if (right.start - left.end != 12) continue;
      left.strand = '+';
      right.strand = right_turns && random.below(2) == 1 ? '-' : '+';
      left.motif = right.motif = 0;
    }
    PairOccurrence const pair = find(test_pair_occurrence(same.input(), {}, threads), 0, 0);
    EXPECT_LT(pair.orientation_q, 1e-3);
    return orientation_text(pair);
  };
  EXPECT_EQ(orientation(false), "++");
  std::string const told = orientation(true);
  EXPECT_TRUE(told == "+." || told == ".-") << told;
}

/// Under the null p is uniform or larger; 40 worlds of 21 pairs.
TEST(PairOccurrence, CallsNothingWhereSitesAreIndependent) {
  Threads threads(2);
  PairOccurrenceOptions options;
  options.permutations = 200;
  int calls = 0;
  std::map<double, double> below;
  double tests = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    World const world(300, 0, 100 + seed);
    for (PairOccurrence const& pair : test_pair_occurrence(world.input(), options, threads)) {
      calls += pair.q < 0.05 || pair.gap_q < 0.05 || pair.orientation_q < 0.05 ? 1 : 0;
      ++tests;
      for (double const limit : {0.01, 0.05, 0.2, 0.5}) below[limit] += std::exp(pair.log_p) <= limit ? 1 : 0;
    }
  }
  EXPECT_LE(calls, 6);
  for (auto const& [limit, count] : below) {
    // Four standard deviations of a binomial count above what is expected.
    EXPECT_LE(count, tests * limit + 4 * std::sqrt(tests * limit)) << limit;
  }
  EXPECT_GE(below[0.5], 0.3 * tests);  // and not much larger either
}

TEST(PairOccurrence, DoesNotDependOnThreads) {
  World const world(300, 0.1, 3);
  PairOccurrenceOptions options;
  options.permutations = 50;
  std::vector<std::vector<double>> results;
  for (int const count : {1, 2, 3}) {
    Threads threads(count);
    auto& numbers = results.emplace_back();
    for (PairOccurrence const& pair : test_pair_occurrence(world.input(), options, threads))
      numbers.insert(numbers.end(),
                     {pair.z, pair.log_p, pair.gap_log_p, pair.orientation_log_p, pair.expected});
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(PairOccurrence, NothingToTestIsNoError) {
  Threads threads(1);
  EXPECT_TRUE(test_pair_occurrence({{}, {}, {}, 3}, {}, threads).empty());
  World const few(10, 0.5, 4);
  EXPECT_TRUE(test_pair_occurrence(few.input(), {}, threads).empty());
}

}  // namespace
}  // namespace cislens
