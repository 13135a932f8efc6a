#include "cislens/motif/interaction.hpp"

#include "cislens/base/random.hpp"
#include "cislens/motif/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace cislens {
namespace {

using Tables = std::vector<PresenceCounts>;

/// Sequences with labels: kind 0 both, 1 a alone, 2 b alone, 3 neither.
struct Labelled {
  int stratum, kind;
};

/// What the same sequences give under every choice of labels with the margins of the stratum: how many of the
/// foreground there are, with a, with b. No formula: all 2^n choices are counted.
struct AllLabels {
  double choices = 0, as_many = 0, sum = 0;

  AllLabels(std::vector<Labelled> const& sequences, unsigned labels, int strata) {
    std::vector<unsigned> in_stratum(static_cast<std::size_t>(strata));
    unsigned both = 0, with_a = 0, with_b = 0;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      unsigned const bit = 1U << i;
      in_stratum[static_cast<std::size_t>(sequences[i].stratum)] |= bit;
      if (sequences[i].kind == 0) both |= bit;
      if (sequences[i].kind <= 1) with_a |= bit;
      if (sequences[i].kind == 0 || sequences[i].kind == 2) with_b |= bit;
    }
    for (unsigned other = 0; other < 1U << sequences.size(); ++other) {
      bool same = true;
      for (unsigned const stratum : in_stratum) {
        for (unsigned const margin : {stratum, stratum & with_a, stratum & with_b})
          same = same && std::popcount(other & margin) == std::popcount(labels & margin);
      }
      if (!same) continue;
      choices += 1;
      as_many += std::popcount(other & both) >= std::popcount(labels & both) ? 1 : 0;
      sum += std::popcount(other & both);
    }
  }
};

TEST(Interaction, EqualsAllChoicesOfLabelsCounted) {
  int told = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed, 1);
    int const strata = 1 + static_cast<int>(seed % 3);
    std::vector<Labelled> sequences;
    Tables tables(static_cast<std::size_t>(strata));
    unsigned labels = 0;
    for (int i = 0; i < 17; ++i) {
      Labelled const one{static_cast<int>(random.below(strata)), static_cast<int>(random.below(4))};
      bool const foreground = random.below(one.kind == 0 ? 4 : 2) != 0;
      labels |= foreground ? 1U << i : 0U;
      auto& table = tables[static_cast<std::size_t>(one.stratum)];
      ++(foreground ? table.foreground : table.background)[static_cast<std::size_t>(one.kind)];
      sequences.push_back(one);
    }
    AllLabels const counted(sequences, labels, strata);

    InteractionTest const test = test_interaction(tables);

    if (std::isnan(test.log_p)) {
      EXPECT_EQ(counted.as_many, counted.choices) << seed;
      continue;
    }
    ++told;
    EXPECT_NEAR(std::exp(test.log_p), counted.as_many / counted.choices, 1e-12) << seed;
    EXPECT_NEAR(test.expected, counted.sum / counted.choices, 1e-12) << seed;
  }
  EXPECT_GE(told, 30);
}

/// Computed once by whole numbers of any size (all values of the free count, strata convolved), the estimate
/// by a numerical maximum of the likelihood times the root of the information: Python's fractions, scipy 1.x.
TEST(Interaction, EqualsValuesOfAnotherProgram) {
  struct Known {
    Tables tables;
    double expected, z, log2_odds, log_p;
  };
  PresenceCounts const plain{{12, 5, 4, 9}, {6, 11, 10, 8}};
  for (Known const& known :
       {Known{{plain}, 9.59985533739, 2.35522328683, 3.38523738, -3.65787498342},
        Known{{{{40, 3, 2, 0}, {10, 30, 28, 25}}}, 40.0395149482, -0.201721373208, 3.22330809, 0},
        Known{{{{0, 7, 9, 3}, {4, 2, 1, 6}}}, 2.36705202312, -3.44557275599, -7.40843216, 0},
        Known{{plain, {{3, 0, 1, 2}, {1, 5, 6, 20}}, {{30, 12, 9, 14}, {14, 20, 25, 18}}},
              37.7071594059,
              3.93300769761,
              3.13782435,
              -9.22845600468},
        Known{{{{1316, 176, 446, 62}, {137, 1671, 1854, 2338}}},
              1267.2654637,
              14.5843858366,
              3.33134656,
              -67.3592507988},
        Known{{{{200, 0, 0, 50}, {5, 80, 90, 60}}},
              163.651402304,
              16.5894191865,
              18.8769953,
              -157.143507861}}) {
    InteractionTest const test = test_interaction(known.tables);

    EXPECT_NEAR(test.expected, known.expected, 1e-9 * known.expected);
    EXPECT_NEAR(test.z, known.z, 1e-9 * std::abs(known.z));
    EXPECT_NEAR(test.log2_odds, known.log2_odds, 1e-6);
    EXPECT_NEAR(test.log_p, known.log_p, 1e-9 * std::max(1.0, std::abs(known.log_p)));
  }
}

TEST(Interaction, WhereMarginsLeaveNothingFreeNothingIsTold) {
  for (Tables const& tables :
       {Tables{}, Tables{{{0, 0, 0, 0}, {0, 0, 0, 0}}}, Tables{{{30, 0, 20, 0}, {10, 0, 40, 0}}},  // b in all
        Tables{{{0, 20, 0, 30}, {0, 10, 0, 50}}},  // b in none
        Tables{{{30, 10, 10, 20}, {0, 0, 0, 0}}},  // no background
        Tables{{{50, 0, 0, 0}, {3, 20, 20, 40}}},  // both in all of the foreground: needed, or each enough?
        Tables{{{0, 0, 0, 50}, {3, 20, 20, 40}}}}) {
    InteractionTest const test = test_interaction(tables);

    for (double const value : {test.expected, test.z, test.log2_odds, test.log_p})
      EXPECT_TRUE(std::isnan(value)) << value;
  }
  // Such a stratum beside another changes nothing but what is expected.
  PresenceCounts const told{{12, 5, 4, 9}, {6, 11, 10, 8}};
  InteractionTest const alone = test_interaction(Tables{told});
  InteractionTest const beside = test_interaction(Tables{told, {{50, 0, 0, 0}, {3, 20, 20, 40}}});
  EXPECT_EQ(beside.log_p, alone.log_p);
  EXPECT_EQ(beside.log2_odds, alone.log2_odds);
  EXPECT_DOUBLE_EQ(beside.expected, alone.expected + 50);
}

/// Sequences whose labels have no interaction: in each stratum the shares of the kinds in the background, and
/// by how much the logit of the label rises with a and with b.
struct Additive {
  struct Stratum {
    int foreground, background;
    std::array<double, 4> shares;
    double a, b;
  };
  char const* name;
  std::vector<Stratum> strata;
  double least_p05;        ///< share of p up to 0.05 that must be there: the test is not blind
  double least_naive_p05;  ///< how often a simpler test says so
  bool wald_fails;         ///< and a normal deviate of the whole table says too often

  Tables draw(Random& random) const {
    Tables tables;
    for (Stratum const& stratum : strata) {
      PresenceCounts& table = tables.emplace_back();
      std::array<double, 4> shares = stratum.shares;
      draw(random, stratum.background, shares, table.background);
      shares[0] *= std::exp(stratum.a + stratum.b);
      shares[1] *= std::exp(stratum.a);
      shares[2] *= std::exp(stratum.b);
      draw(random, stratum.foreground, shares, table.foreground);
    }
    return tables;
  }

 private:
  static void draw(Random& random, int sequences, std::array<double, 4> const& weights,
                   std::array<std::int64_t, 4>& counts) {
    double const sum = weights[0] + weights[1] + weights[2] + weights[3];
    for (int i = 0; i < sequences; ++i) {
      double left = random.uniform() * sum;
      std::size_t kind = 0;
      while (kind < 3 && left >= weights[kind]) left -= weights[kind++];
      ++counts[kind];
    }
  }
};

PresenceCounts together(Tables const& tables) {
  PresenceCounts sum;
  for (PresenceCounts const& table : tables) {
    for (std::size_t i = 0; i < 4; ++i) {
      sum.foreground[i] += table.foreground[i];
      sum.background[i] += table.background[i];
    }
  }
  return sum;
}

double wald_log_p(PresenceCounts const& table) {
  constexpr std::array<double, 4> sign{1, -1, -1, 1};
  double gamma = 0;
  double variance = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double const here = static_cast<double>(table.foreground[i]) + 0.5;
    double const there = static_cast<double>(table.background[i]) + 0.5;
    gamma += sign[i] * std::log(here / there);
    variance += 1 / here + 1 / there;
  }
  return normal_log_p(gamma / std::sqrt(variance));
}

class InteractionNull : public ::testing::TestWithParam<Additive> {};

TEST_P(InteractionNull, AdditiveLabelsAreCalledAsOftenAsTheySay) {
  constexpr int runs = 4000;
  Random random(7, 3);
  int tested = 0, below_05 = 0, below_001 = 0, naive_05 = 0, wald_001 = 0;
  for (int run = 0; run < runs; ++run) {
    Tables const tables = GetParam().draw(random);
    InteractionTest const test = test_interaction(tables);
    PresenceCounts const all = together(tables);
    auto const sum = [](std::array<std::int64_t, 4> const& counts) {
      return counts[0] + counts[1] + counts[2] + counts[3];
    };
    naive_05 += fisher_log_p({all.foreground[0], sum(all.foreground), all.background[0],
                              sum(all.background)}) <= std::log(0.05);
    wald_001 += wald_log_p(all) <= std::log(0.001);
    if (std::isnan(test.log_p)) continue;
    ++tested;
    below_05 += test.log_p <= std::log(0.05);
    below_001 += test.log_p <= std::log(0.001);
  }

  // Four standard deviations of a binomial count above what is expected.
  EXPECT_LE(below_05, 0.05 * runs + 4 * std::sqrt(0.05 * runs));
  EXPECT_LE(below_001, 0.001 * runs + 4 * std::sqrt(0.001 * runs));
  EXPECT_GE(below_05, GetParam().least_p05 * runs);
  EXPECT_GE(tested, runs / 2);
  // The traps: "both are more frequent here", and a normal deviate where cells are small or strata are mixed.
  EXPECT_GE(naive_05, GetParam().least_naive_p05 * runs);
  if (GetParam().wald_fails) {
    EXPECT_GT(wald_001, 0.001 * runs + 4 * std::sqrt(0.001 * runs));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, InteractionNull,
    ::testing::Values(Additive{"few", {{60, 60, {0.09, 0.21, 0.21, 0.49}, 1, 1}}, 0.01, 0.5, false},
                      Additive{"nearly_all_of_the_foreground_hold_both",
                               {{300, 900, {0.1, 0.3, 0.3, 0.3}, 3, 3}},
                               0.015,
                               0.95,
                               true},
                      Additive{"many", {{2000, 3000, {0.02, 0.28, 0.31, 0.39}, 0.5, 0.5}}, 0.03, 0.5, false},
                      // Half of the foreground is rich in G and C, where both motifs are frequent by chance.
                      Additive{"classes_of_gc",
                               {{150, 50, {0.36, 0.24, 0.24, 0.16}, 0.2, 0.2},
                                {150, 900, {0.01, 0.09, 0.09, 0.81}, 0.2, 0.2}},
                               0.02,
                               0.95,
                               true}),
    [](auto const& additive) { return additive.param.name; });

TEST(Interaction, FindsOneOfMiddlingSize) {
  // logit: each motif alone adds 0.5, both together 1 more.
  Additive const labels{"", {{300, 600, {0.1, 0.3, 0.3, 0.3}, 0.5, 0.5}}, 0, 0, false};
  Additive interacting = labels;
  int called = 0;
  double sum = 0;
  constexpr int runs = 200;
  Random random(5, 1);
  for (int run = 0; run < runs; ++run) {
    PresenceCounts table = labels.draw(random)[0];
    interacting.strata[0].shares[0] = 0.1 * std::exp(1.0);  // the foreground's: a logit of 1 more with both
    table.foreground = interacting.draw(random)[0].foreground;
    InteractionTest const test = test_interaction(Tables{table});
    called += test.log_p <= std::log(0.05);
    sum += test.log2_odds;
  }

  EXPECT_GE(called, runs / 2);
  // The root of the sum of 1 / mean over the eight cells, in log2, is 0.44; four standard errors of 200 runs.
  EXPECT_NEAR(sum / runs, 1 / std::log(2.0), 4 * 0.44 / std::sqrt(200.0));
}

}  // namespace
}  // namespace cislens
