#include "cislens/motif/enrichment.hpp"

#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>
#include <vector>

namespace cislens {
namespace {

MotifMatrix sharp(std::string_view word) {
  MotifMatrix motif{"m", "", {}, 100};
  for (char const letter : word) {
    std::array<double, 4> row{0.01, 0.01, 0.01, 0.01};
    row[encode_base(letter)] = 0.97;
    motif.rows.push_back(row);
  }
  return motif;
}

/// Random sequences of 60 bp; the first `with` of them carry the word, every second one on the other strand.
std::vector<Bases> sequences(int count, int with, std::string_view word, std::uint64_t seed) {
  std::vector<Bases> result;
  Random random(seed, 0);
  for (int i = 0; i < count; ++i) {
    Bases& bases = result.emplace_back(60);
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
    if (i >= with) continue;
    Bases const site = i % 2 == 0 ? encode_bases(word) : reverse_complement(encode_bases(word));
    std::copy(site.begin(), site.end(), bases.begin() + 20);
  }
  return result;
}

TEST(Enrichment, CountsHeldOutSequencesAtTheFittedThreshold) {
  std::string_view const word = "TGACGTCATT";
  auto const fit_positives = sequences(200, 150, word, 1);
  auto const fit_controls = sequences(200, 0, word, 2);
  auto const holdout_positives = sequences(100, 60, word, 3);
  auto const holdout_controls = sequences(100, 0, word, 4);
  std::vector<MotifMatrix> const motifs{sharp(word), sharp("CCCAAACCCG")};
  Threads threads(2);

  auto const result = test_enrichment(
      motifs, {fit_positives, fit_controls, holdout_positives, holdout_controls}, Background{}, threads);

  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[0].counts.positives_with, 60);
  EXPECT_EQ(result[0].counts.controls_with, 0);
  // The hypergeometric tail has one term: C(100, 60) / C(200, 60).
  EXPECT_NEAR(result[0].log_p, -54.592957, 1e-5);
  EXPECT_GT(result[1].log_p, -6);
}

TEST(Enrichment, CountsSayHowManyTimesMoreOften) {
  EXPECT_DOUBLE_EQ((HoldoutCounts{99, 31, 199, 3}).enrichment(), (32.0 / 100) / (4.0 / 200));
  EXPECT_TRUE(std::isnan(HoldoutCounts{}.enrichment()));
}

/// 1 / C(8, 4): all positives carry it, no control does.
TEST(Enrichment, FewSequencesHaveASmallestP) {
  EXPECT_NEAR(std::exp(least_log_p(4, 4)), 1.0 / 70, 1e-12);
  EXPECT_EQ(least_log_p(0, 7), 0);
}

TEST(Enrichment, AnEmptyPartSaysNothing) {
  std::vector<MotifMatrix> const motifs{sharp("TGACGTCATT")};
  auto const some = sequences(30, 30, "TGACGTCATT", 5);
  Threads threads(1);

  auto const result = test_enrichment(motifs, {some, some, some, {}}, Background{}, threads);

  EXPECT_EQ(result[0].log_p, 0);
}

}  // namespace
}  // namespace cislens
