#include "cislens/motif/pair_differential.hpp"

#include "cislens/motif/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace cislens {
namespace {

constexpr std::int64_t width = 8;
constexpr std::int64_t length = 200;

Site site(std::int64_t sequence, std::int64_t start, int motif, char strand) {
  return {.sequence = sequence, .start = start, .end = start + width, .strand = strand, .motif = motif};
}

/// How a set of sequences is made: each gets sites of three motifs at random, and a share of the sequences
/// gets, besides, motif 0 with motif 1 behind it, 12 bases apart.
struct Recipe {
  std::int64_t sequences = 300;
  double sites_of_0 = 0.6;  ///< alone, mean a sequence, as the next two
  double sites_of_1 = 0.6;
  double sites_of_2 = 0.6;
  double pairs = 0;  ///< share of sequences
  double brings_along =
      0;  ///< share of the sites of motif 0 that stand with a motif 1; `sites_of_0` counts them
};

struct Set {
  std::vector<Site> sites;
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;

  Set(Recipe const& recipe, std::uint64_t seed) {
    for (std::int64_t s = 0; s < recipe.sequences; ++s) {
      Random random(seed, static_cast<std::uint64_t>(s));
      lengths.push_back(length);
      gc.push_back(0.5);
      std::vector<Site> own;
      auto const add = [&](std::int64_t start, int motif) {
        Site const wanted = site(s, start, motif, random.below(2) == 0 ? '+' : '-');
        bool const free = std::ranges::none_of(
            own, [&](Site const& other) { return wanted.start < other.end && other.start < wanted.end; });
        if (free && wanted.end <= length) own.push_back(wanted);
      };
      auto const place = [&] { return static_cast<std::int64_t>(random.below(length - width)); };
      auto const add_pair = [&] {
        std::int64_t const start = static_cast<std::int64_t>(random.below(length - 2 * width - 12));
        add(start, 0);
        add(start + width + 12, 1);
      };
      auto const number = [&](double mean) {  // 0 to 4 of them: binomial
        int count = 0;
        for (int i = 0; i < 4; ++i) count += random.uniform() < mean / 4 ? 1 : 0;
        return count;
      };
      if (random.uniform() < recipe.pairs) add_pair();
      for (int i = number(recipe.sites_of_0); i > 0; --i) {
        if (random.uniform() < recipe.brings_along)
          add_pair();
        else
          add(place(), 0);
      }
      for (int i = number(recipe.sites_of_1); i > 0; --i) add(place(), 1);
      for (int i = number(recipe.sites_of_2); i > 0; --i) add(place(), 2);
      std::ranges::sort(own, {}, &Site::start);
      sites.insert(sites.end(), own.begin(), own.end());
    }
  }
  PairSites input() const { return {sites, lengths, gc, 3}; }
};

struct Comparison {
  std::vector<PairOccurrence> pairs;
  std::vector<PairDifferential> differences;

  Comparison(Set const& foreground, Set const& background, Threads& threads) {
    PairOccurrenceOptions options;
    options.permutations = 200;
    pairs = test_pair_occurrence(foreground.input(), options, threads);
    differences =
        test_pair_differential(pairs, foreground.input(), background.input(), {}, {}, options, threads);
  }
  PairDifferential const* of(int a, int b) const {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].a == a && pairs[i].b == b) return &differences[i];
    }
    return nullptr;
  }
};

TEST(PairDifferential, FairShareIsTheLargestOfWhatItCouldBe) {
  // No more than by chance: all that counts is what chance gives.
  EXPECT_DOUBLE_EQ(fair_share({10, 10, 1000, 50, 60}, {20, 20, 1000, 90, 80}), 1.0 / 3);
  // All sites are in pairs, 10 here and 30 there: 1 of 10 by chance meetings, but 1 of 4 of the sites.
  EXPECT_DOUBLE_EQ(fair_share({10, 1, 1000, 10, 10}, {30, 9, 1000, 30, 30}), 0.25);
  // The other way round meetings say more.
  EXPECT_DOUBLE_EQ(fair_share({30, 9, 1000, 30, 30}, {10, 1, 1000, 10, 10}), 0.9);
  // Equally frequent motifs: that exchanged sites stand in the window too hardly counts.
  EXPECT_DOUBLE_EQ(fair_share({100, 20, 1000, 200, 200}, {0, 0, 1000, 200, 200}), 0.6);
  // 30 sites of each motif are there by chance: 70 true ones against 30, not 100 against 60.
  EXPECT_NEAR(fair_share({70, 1e-9, 1000, 100, 100, 30, 30}, {30, 1e-9, 1000, 60, 60, 30, 30}), 49.0 / 58,
              1e-9);
  // Shuffles hold more than can be by chance where 90 of 100 sites are in pairs: in both sets 10 are taken
  // off.
  EXPECT_NEAR(fair_share({90, 1e-9, 1000, 100, 100, 80, 80}, {0, 1e-9, 1000, 100, 100, 80, 80}), 0.5, 1e-9);
}

TEST(PairDifferential, FindsThePairThatOnlyTheForegroundHas) {
  Threads threads(2);
  Set const with({.sequences = 600, .pairs = 0.1}, 1);
  Set const without({.sequences = 900, .sites_of_0 = 0.9, .sites_of_1 = 0.9}, 2);

  Comparison const found(with, without, threads);

  PairDifferential const& planted = *found.of(0, 1);
  EXPECT_LT(planted.q, 1e-4);
  EXPECT_GT(planted.log2_ratio, 1);
  EXPECT_LE(planted.window_first, 12);
  EXPECT_GE(planted.window_last, 12);
  EXPECT_GT(planted.in_foreground, 50);
  EXPECT_GT(planted.background_sequences, planted.in_background);
  for (PairDifferential const& pair : found.differences)
    EXPECT_TRUE(&pair == &planted || pair.q > 0.01) << pair.q;
  // Turned round there is nothing more in the foreground.
  Comparison const turned(without, with, threads);
  EXPECT_GT(std::exp(turned.of(0, 1)->log_p), 0.5);
  EXPECT_LT(turned.of(0, 1)->log2_ratio, -1);
}

/// Two sets in which motifs are not equally frequent, but are as much a pair in one as in the other.
struct Equal {
  char const* name;
  Recipe foreground, background;
  double least_below_half;  ///< share of p-values; less than half where the three answers differ
};

class PairDifferentialNull : public ::testing::TestWithParam<Equal> {};

TEST_P(PairDifferentialNull, EquallyMuchAPairIsNotCalled) {
  constexpr int runs = 40;
  Threads threads(2);
  double tests = 0;
  double below_1_in_20 = 0;
  double below_half = 0;
  int called = 0;
  int more_by_count = 0;
  for (int run = 0; run < runs; ++run) {
    auto const seed = static_cast<std::uint64_t>(100 + 2 * run);
    Set const foreground(GetParam().foreground, seed);
    Set const background(GetParam().background, seed + 1);
    Comparison const found(foreground, background, threads);
    for (PairDifferential const& pair : found.differences) {
      if (std::isnan(pair.log_p)) continue;
      ++tests;
      below_1_in_20 += pair.log_p <= std::log(0.05) ? 1 : 0;
      below_half += pair.log_p <= std::log(0.5) ? 1 : 0;
    }
    called += std::ranges::any_of(found.differences, [](auto const& pair) { return pair.q <= 0.05; });
    PairDifferential const& first = *found.of(0, 1);
    auto const foreground_pairs = std::ranges::find_if(
        found.pairs, [](PairOccurrence const& pair) { return pair.a == 0 && pair.b == 1; });
    more_by_count +=
        fisher_log_p({foreground_pairs->sequences, std::ssize(foreground.lengths), first.background_sequences,
                      std::ssize(background.lengths)}) <= std::log(0.05);
  }

  // Four standard deviations of a binomial count above what is expected.
  EXPECT_LE(below_1_in_20, 0.05 * tests + 4 * std::sqrt(0.05 * tests));
  EXPECT_GE(below_half, GetParam().least_below_half * tests);  // and not blind either
  EXPECT_LE(called, 0.05 * runs + 4 * std::sqrt(0.05 * runs));
  // The trap: by their plain counts they are "more frequent" in half of the runs and more.
  EXPECT_GE(more_by_count, runs / 2);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, PairDifferentialNull,
    ::testing::Values(Equal{"no_pairs", {.sites_of_0 = 1, .sites_of_1 = 1, .sites_of_2 = 1}, {}, 0.2},
                      Equal{"same_share_along",
                            {.sites_of_0 = 1.0, .brings_along = 0.4},
                            {.sites_of_0 = 0.5, .brings_along = 0.4},
                            0.1},
                      Equal{"partner_also_alone",
                            {.sites_of_0 = 0.9, .sites_of_1 = 0.9, .brings_along = 0.3},
                            {.sites_of_0 = 0.6, .sites_of_1 = 0.45, .brings_along = 0.3},
                            0.1}),
    [](auto const& equal) { return equal.param.name; });

/// A composite element, rarer in the foreground, of motifs that hardly stand alone: its ratio to chance is
/// higher there, for the rarer a motif the higher that can be.
TEST(PairDifferential, ARarerCompositeElementIsNotCalled) {
  Threads threads(2);
  int called = 0;
  int higher_ratio = 0;
  for (std::uint64_t run = 0; run < 20; ++run) {
    Set const foreground({.sequences = 900, .sites_of_0 = 0.02, .sites_of_1 = 0.02, .pairs = 0.15},
                         300 + run);
    Set const background({.sequences = 900, .sites_of_0 = 0.04, .sites_of_1 = 0.04, .pairs = 0.3}, 400 + run);
    PairDifferential const& pair = *Comparison(foreground, background, threads).of(0, 1);
    ASSERT_FALSE(std::isnan(pair.log_p));
    called += pair.log_p <= std::log(0.05) ? 1 : 0;
    double const share = pair.foreground_chance / (pair.foreground_chance + pair.background_chance);
    higher_ratio +=
        binomial_log_p(pair.in_foreground, pair.in_foreground + pair.in_background, share) <= std::log(0.05);
  }
  EXPECT_LE(called, 4);
  EXPECT_GE(higher_ratio, 15);
}

TEST(PairDifferential, WhatTheBackgroundHardlyHasIsNotTested) {
  Threads threads(1);
  Set const foreground({.pairs = 0.1}, 1);
  Set const empty({.sequences = 50, .sites_of_0 = 0, .sites_of_1 = 0, .sites_of_2 = 0}, 2);

  Comparison const found(foreground, empty, threads);

  ASSERT_FALSE(found.differences.empty());
  for (PairDifferential const& pair : found.differences) {
    EXPECT_TRUE(std::isnan(pair.log_p));
    EXPECT_TRUE(std::isnan(pair.q));
    EXPECT_EQ(pair.background_sequences, 0);
  }
}

TEST(PairDifferential, DoesNotDependOnThreads) {
  std::vector<std::vector<double>> results;
  for (int const count : {1, 3}) {
    Threads threads(count);
    auto& numbers = results.emplace_back();
    for (PairDifferential const& pair :
         Comparison(Set({.pairs = 0.1}, 1), Set({.sites_of_0 = 1}, 2), threads).differences)
      numbers.insert(numbers.end(), {pair.log_p, pair.foreground_chance, pair.background_expected});
  }
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace cislens
