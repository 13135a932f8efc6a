#include "cislens/motif/pwm.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cislens {
namespace {

MotifMatrix ebox() {
  return {"ebox",
          "",
          {{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0.5, 0.5, 0}, {0.25, 0.25, 0.25, 0.25}, {0, 0, 0.1, 0.9}},
          40};
}

MotifMatrix random_motif(int width, std::uint64_t seed) {
  Random random(seed, 0);
  MotifMatrix motif{"m", "", {}, 50};
  for (int i = 0; i < width; ++i) {
    std::array<double, 4> row{};
    double sum = 0;
    for (auto& p : row) sum += p = std::pow(random.uniform(), 3) + 1e-3;
    for (auto& p : row) p /= sum;
    motif.rows.push_back(row);
  }
  return motif;
}

TEST(Background, CountsBasesWithoutN) {
  std::vector<Bases> const sequences = {encode_bases("AANNA"), encode_bases("CG"), {}};

  auto const plain = estimate_background(sequences, false);
  auto const symmetric = estimate_background(sequences, true);

  EXPECT_DOUBLE_EQ(plain.probability[0], 4.0 / 9);
  EXPECT_DOUBLE_EQ(plain.probability[3], 1.0 / 9);
  EXPECT_DOUBLE_EQ(symmetric.probability[0], 5.0 / 18);
  EXPECT_EQ(symmetric.probability[0], symmetric.probability[3]);
  EXPECT_EQ(symmetric.probability[1], symmetric.probability[2]);
  EXPECT_EQ(estimate_background({}, true), Background{});
}

TEST(MotifMatrixFunctions, ReverseComplementTwiceIsTheMotif) {
  auto const motif = ebox();

  auto const other = reverse_complement(motif);

  EXPECT_EQ(other.rows[0], (std::array<double, 4>{0.9, 0.1, 0, 0}));
  EXPECT_EQ(reverse_complement(other).rows, motif.rows);
  EXPECT_EQ(other.id, motif.id);
}

TEST(MotifMatrixFunctions, ConsensusAndInformation) {
  auto const motif = ebox();

  EXPECT_EQ(iupac_consensus(motif), "CASNT");
  EXPECT_EQ(iupac_consensus(reverse_complement(motif)), "ANSTG");
  EXPECT_EQ(iupac_consensus({"", "", {{0.4, 0.3, 0.28, 0.02}}, 0}), "V");
  double const last = 2 + 0.1 * std::log2(0.1) + 0.9 * std::log2(0.9);
  EXPECT_NEAR(information_bits(motif, Background{}), 2 + 2 + 1 + 0 + last, 1e-12);
  auto const logo = logo_information(motif);
  double const correction = 3 / (2 * std::log(2.0) * 40);
  EXPECT_NEAR(logo[0], 2 - correction, 1e-12);
  EXPECT_EQ(logo[3], 0);
}

TEST(MotifMatrixFunctions, TrimDropsWeakEnds) {
  MotifMatrix motif = ebox();
  motif.rows.push_back({0.3, 0.2, 0.25, 0.25});
  motif.rows.insert(motif.rows.begin(), {0.25, 0.25, 0.25, 0.25});

  EXPECT_EQ(trim_ends(motif, Background{}, 0.25).rows, ebox().rows);
  EXPECT_EQ(trim_ends(motif, Background{}, 3).width(), 0);
}

TEST(LogOdds, FollowsTheFormula) {
  Background const background{{0.3, 0.2, 0.2, 0.3}};

  auto const pwm = log_odds(ebox(), background, 1);

  double const p = (40 * 0.9 + 0.3) / 41;
  EXPECT_EQ(pwm.scores[4][3], std::lround(100 * std::log2(p / 0.3)));
  EXPECT_EQ(reverse_complement(pwm).scores[0][0], pwm.scores[4][3]);
  EXPECT_THROW(log_odds(ebox(), background, 0), Error);
}

TEST(ScoreDistribution, EqualsEnumerationOfAllWords) {
  Background const background{{0.3, 0.2, 0.2, 0.3}};
  auto const pwm = log_odds(random_motif(6, 3), background, 1);
  ScoreDistribution const distribution(pwm, background);
  std::vector<std::pair<int, double>> words;
  for (int word = 0; word < 4096; ++word) {
    int score = 0;
    double p = 1;
    for (int i = 0; i < 6; ++i) {
      score += pwm.scores[i][word >> 2 * i & 3];
      p *= background.probability[word >> 2 * i & 3];
    }
    words.emplace_back(score, p);
  }
  for (int limit : {0, 1, 100, 2047, 4095}) {
    int const score = words[limit].first;
    double expected = 0;
    for (auto const& [other, p] : words) expected += other >= score ? p : 0;
    EXPECT_NEAR(distribution.p(score) / expected, 1, 1e-12);
    int const threshold = distribution.threshold(expected * (1 + 1e-12));
    EXPECT_LE(threshold, score);  // lower when no word scores in between
    EXPECT_EQ(distribution.p(threshold), distribution.p(score));
    EXPECT_GT(distribution.p(threshold - 1), distribution.p(threshold));
  }
  EXPECT_EQ(distribution.p(distribution.min_score()), 1);
  EXPECT_EQ(distribution.p(distribution.max_score() + 1), 0);
  EXPECT_GT(distribution.p(distribution.max_score()), 0);
  EXPECT_EQ(distribution.threshold(0), distribution.max_score() + 1);
}

TEST(MedianScore, HalfOfTheEmittedWordsReachIt) {
  MotifMatrix const motif = random_motif(6, 4);
  Pwm const pwm = log_odds(motif, Background{}, 1);

  int const median = median_score(motif, pwm);

  double reached = 0;
  double above = 0;
  for (int word = 0; word < 4096; ++word) {
    int score = 0;
    double p = 1;
    for (std::size_t i = 0; i < 6; ++i) {
      score += pwm.scores[i][word >> 2 * i & 3];
      p *= motif.rows[i][word >> 2 * i & 3];
    }
    reached += score >= median ? p : 0;
    above += score > median ? p : 0;
  }
  EXPECT_GE(reached, 0.5 - 1e-12);
  EXPECT_LT(above, 0.5);
}

TEST(ScoreDistribution, SmallestTailOfALongMotifKeepsItsDigits) {
  MotifMatrix const motif{"a", "", std::vector<std::array<double, 4>>(30, {1, 0, 0, 0}), 100};
  ScoreDistribution const distribution(log_odds(motif, Background{}, 1), Background{});

  EXPECT_NEAR(distribution.p(distribution.max_score()) * std::pow(4.0, 30), 1, 1e-12);
}

TEST(ScoreDistribution, OfAnEmptyMotif) {
  ScoreDistribution const distribution(Pwm{}, Background{});

  EXPECT_EQ(distribution.p(0), 1);
  EXPECT_EQ(distribution.threshold(0.5), 1);
}

}  // namespace
}  // namespace cislens
