#include "cislens/motif/pair_interaction.hpp"

#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace cislens {
namespace {

constexpr std::int64_t length = 200;

/// Sequences with sites of motifs 0, 1, 2 far apart; a true site has p 1e-6, one by chance p 5e-4.
struct Set {
  std::vector<Site> sites;
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;

  void add(std::vector<std::pair<int, double>> const& motifs, double gc_share) {
    std::int64_t start = 10;
    for (auto const& [motif, p] : motifs) {
      sites.push_back({.sequence = std::ssize(lengths),
                       .start = start,
                       .end = start + 8,
                       .strand = '+',
                       .motif = motif,
                       .p = p});
      start += 20;
    }
    lengths.push_back(length);
    gc.push_back(gc_share);
  }
  PairSites input() const { return {sites, lengths, gc, 3}; }
};

/// Motifs 0, 1 and 2 with these shares, each by itself, true ones; and all by chance in one of ten.
struct Recipe {
  double share_0 = 0.3, share_1 = 0.3, share_2 = 0.3;
  bool never_both = false;  ///< a sequence with 0 and 1 is drawn again
};

void fill(Set& set, Recipe const& recipe, std::int64_t sequences, double gc, Random& random) {
  std::array<double, 3> const shares{recipe.share_0, recipe.share_1, recipe.share_2};
  for (std::int64_t s = 0; s < sequences; ++s) {
    std::vector<std::pair<int, double>> own;
    std::array<bool, 3> holds{};
    do {
      for (std::size_t m = 0; m < 3; ++m) holds[m] = random.uniform() < shares[m];
    } while (recipe.never_both && holds[0] && holds[1]);
    for (int m = 0; m < 3; ++m) {
      if (holds[static_cast<std::size_t>(m)] && random.uniform() < 0.9) own.emplace_back(m, 1e-6);
      if (random.uniform() < 0.1) own.emplace_back(m, 5e-4);
    }
    set.add(own, gc + 0.01 * random.uniform());
  }
}

Set shuffles(std::int64_t sequences) {
  Set set;
  Random random(99, 9);
  fill(set, {0, 0, 0}, sequences, 0.5, random);
  return set;
}

std::vector<PairOccurrence> all_pairs() {
  std::vector<PairOccurrence> pairs;
  for (int a = 0; a < 3; ++a) {
    for (int b = a; b < 3; ++b) {
      PairOccurrence& pair = pairs.emplace_back();
      pair.a = a;
      pair.b = b;
    }
  }
  return pairs;
}

std::vector<PairInteraction> test_sets(Set const& foreground, Set const& background,
                                       PairOccurrenceOptions const& options, Threads& threads) {
  Set const chance = shuffles(std::ssize(foreground.lengths));
  Set const other_chance = shuffles(std::ssize(background.lengths));
  return test_pair_interaction(all_pairs(), foreground.input(), background.input(), chance.sites,
                               other_chance.sites, options, threads);
}

constexpr std::size_t pair_01 = 1, pair_02 = 2, pair_12 = 4;  // of all_pairs

TEST(PairInteraction, TheBestSiteOfASequenceCounts) {
  Set set;
  set.add({{0, 5e-4}, {0, 1e-6}, {2, 1e-4}}, 0.5);
  set.add({}, 0.5);
  set.add({{0, 1e-5}}, 0.5);

  auto const p = smallest_p(set.sites, 3);

  EXPECT_EQ(p, (std::vector<std::vector<double>>{{1e-6, 1e-5}, {}, {1e-4}}));
}

TEST(PairInteraction, PresenceEndsWhereSequencesDifferMostFromShuffles) {
  // Up to 1e-6 3 of 10 against none, up to 1e-5 6 against 1, up to 1e-4 8 against 4:
  // (here - there) / sqrt((here + there) (2 n - here - there) / 2 n) is 1.88, 2.34 and 1.83.
  std::vector<double> const p{1e-6, 1e-6, 1e-6, 1e-5, 1e-5, 1e-5, 1e-4, 1e-4};
  std::vector<double> const shuffled{1e-5, 1e-4, 1e-4, 1e-4};
  EXPECT_EQ(presence_limit(p, shuffled, 10), 1e-5);
  EXPECT_EQ(presence_limit(p, {}, 10), 1e-4);
  EXPECT_EQ(presence_limit(p, p, 10), 0);
  EXPECT_EQ(presence_limit({}, shuffled, 10), 0);
  std::vector<double> const all(10, 1e-5);  // in all sequences and in all shuffles
  EXPECT_EQ(presence_limit(all, all, 10), 0);
}

TEST(PairInteraction, CountsSequencesByWhatTheyHold) {
  Threads threads(1);
  PairOccurrenceOptions options;
  options.min_expected = 1;
  Set foreground, background, nothing;
  for (int i = 0; i < 6; ++i) foreground.add({{0, 1e-6}, {1, 1e-6}, {0, 1e-6}}, 0.5);
  for (int i = 0; i < 3; ++i) foreground.add({{0, 1e-6}, {1, 9e-4}}, 0.5);  // 1 is weaker than in shuffles
  for (int i = 0; i < 2; ++i) foreground.add({{1, 1e-6}}, 0.5);
  foreground.add({}, 0.5);
  background.add({{0, 1e-6}, {1, 1e-6}}, 0.5);
  for (int i = 0; i < 4; ++i) background.add({{0, 1e-6}}, 0.5);
  for (int i = 0; i < 5; ++i) background.add({{1, 1e-6}}, 0.5);
  for (int i = 0; i < 9; ++i) background.add({}, 0.5);
  Set chance;
  for (int i = 0; i < 8; ++i) chance.add({{1, 5e-4}}, 0.5);

  auto const results = test_pair_interaction(all_pairs(), foreground.input(), background.input(),
                                             chance.sites, nothing.sites, options, threads);

  PairInteraction const& pair = results[pair_01];
  EXPECT_EQ(pair.counts.foreground, (std::array<std::int64_t, 4>{6, 3, 2, 1}));
  EXPECT_EQ(pair.counts.background, (std::array<std::int64_t, 4>{1, 4, 5, 9}));
  EXPECT_EQ(pair.site_p_a, 1e-6);
  EXPECT_EQ(pair.site_p_b, 1e-6);
  std::vector<PresenceCounts> const table{pair.counts};
  EXPECT_EQ(pair.test.log_p, test_interaction(table).log_p);
  EXPECT_NEAR(pair.q, std::exp(pair.test.log_p), 1e-12);  // the only one tested
  for (std::size_t const other : {std::size_t{0}, pair_02, std::size_t{3}, pair_12, std::size_t{5}}) {
    EXPECT_TRUE(std::isnan(results[other].test.log_p)) << other;
    EXPECT_TRUE(std::isnan(results[other].q)) << other;
  }

  options.min_expected = 4;  // 10 hold neither, 12 of 31 sequences are of the foreground: 3.9
  EXPECT_TRUE(std::isnan(test_pair_interaction(all_pairs(), foreground.input(), background.input(),
                                               chance.sites, nothing.sites, options, threads)[pair_01]
                             .test.log_p));
}

TEST(PairInteraction, WithoutABackgroundOrSitesNothingIsTested) {
  Threads threads(2);
  Set empty, some, everywhere;
  Random random(3, 1);
  fill(some, {}, 300, 0.5, random);
  for (int i = 0; i < 300; ++i) everywhere.add({{0, 1e-6}, {1, 1e-6}, {2, 1e-6}}, 0.5);
  Set siteless;
  for (int i = 0; i < 300; ++i) siteless.add({}, 0.5);

  for (auto const& [foreground, background] :
       {std::pair(&some, &empty), std::pair(&empty, &some), std::pair(&empty, &empty),
        std::pair(&everywhere, &everywhere), std::pair(&siteless, &siteless)}) {
    auto const results = test_sets(*foreground, *background, {}, threads);
    ASSERT_EQ(results.size(), 6U);
    for (PairInteraction const& pair : results) EXPECT_TRUE(std::isnan(pair.q));
  }
  EXPECT_TRUE(test_pair_interaction({}, some.input(), some.input(), {}, {}, {}, threads).empty());
}

TEST(PairInteraction, FindsMotifsThatAreBothNeededAndNoOthers) {
  std::vector<std::vector<double>> results;
  for (int const count : {1, 3}) {
    Threads threads(count);
    Set foreground, background;
    Random random(4, 1);
    fill(foreground, {1, 1, 0.6}, 800, 0.5, random);  // 0 and 1 in all
    fill(background, {.share_0 = 0.5, .share_1 = 0.5, .never_both = true}, 1600, 0.5, random);

    auto const found = test_sets(foreground, background, {}, threads);

    EXPECT_LT(found[pair_01].q, 1e-3);
    EXPECT_GT(found[pair_01].test.log2_odds, 1);
    for (std::size_t const other : {pair_02, pair_12}) EXPECT_GT(found[other].q, 0.05);
    auto& numbers = results.emplace_back();
    for (PairInteraction const& pair : found)
      if (!std::isnan(pair.q)) numbers.insert(numbers.end(), {pair.test.log_p, pair.test.log2_odds, pair.q});
  }
  EXPECT_EQ(results[0], results[1]);
}

/// Labels that each motif helps, none needing the other, and those that only a class of GC explains.
TEST(PairInteraction, AdditiveLabelsAreNotCalled) {
  constexpr int runs = 60;
  Threads threads(2);
  int called = 0;
  int called_without_strata = 0;
  for (int run = 0; run < runs; ++run) {
    Random random(static_cast<std::uint64_t>(500 + run), 1);
    Set foreground, background;
    fill(foreground, {0.9, 0.9, 0.6}, 300, 0.6, random);  // rich, and there motifs are frequent
    fill(foreground, {0.3, 0.3, 0.2}, 300, 0.4, random);
    fill(background, {0.8, 0.8, 0.5}, 100, 0.6, random);
    fill(background, {0.2, 0.2, 0.2}, 800, 0.4, random);
    auto const calls = [&](std::int64_t stratum) {
      PairOccurrenceOptions options;
      options.stratum = stratum;
      auto const found = test_sets(foreground, background, options, threads);
      return std::ranges::any_of(found, [](PairInteraction const& pair) { return pair.q <= 0.05; }) ? 1 : 0;
    };
    called += calls(200);
    called_without_strata += calls(100'000);
  }

  // Four standard deviations of a binomial count above what is expected.
  EXPECT_LE(called, 0.05 * runs + 4 * std::sqrt(0.05 * runs));
  EXPECT_GE(called_without_strata, runs / 2);  // the trap: two kinds of sequences
}

}  // namespace
}  // namespace cislens
