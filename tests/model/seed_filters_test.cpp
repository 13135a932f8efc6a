#include "cislens/model/seed_filters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace cislens {
namespace {

MotifMatrix motif_of(std::string const& word, double sharpness) {
  MotifMatrix motif;
  for (char const letter : word) {
    auto& row = motif.rows.emplace_back();
    for (std::size_t b = 0; b < 4; ++b) row[b] = "ACGT"[b] == letter ? sharpness : (1 - sharpness) / 3;
  }
  return motif;
}

/// What filter c answers to a word that begins `start` columns into it.
double response(MutableWeights const& weights, std::int64_t c, std::string const& word, std::int64_t start) {
  double sum = static_cast<double>(weights.stem_bias.data[c]);
  for (std::size_t i = 0; i < word.size(); ++i) {
    auto const base = static_cast<std::int64_t>(std::string("ACGT").find(word[i]));
    sum += static_cast<double>(weights.stem.row(4 * (start + static_cast<std::int64_t>(i)) + base)[c]);
  }
  return sum;
}

double score(MotifMatrix const& motif, std::string const& word) {
  double sum = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    double const p = motif.rows[i][std::string("ACGT").find(word[i])];
    sum += std::log2((p + 0.01) / 1.04 / 0.25);
  }
  return sum;
}

TEST(SeedFilters, AnswerByTheShareOfTheBestScore) {
  NetworkConfig config;
  config.filter_width = 11;
  config.channels = 8;
  Tensor block = initial_parameters(config, 1);
  MutableWeights const weights = bind_weights(config, block.view().data);
  float const untouched = weights.stem.row(0)[2];
  std::vector<MotifMatrix> const motifs = {motif_of("ACGTACG", 0.8), motif_of("TTTTTTGCATTTTTTT", 0.7)};

  EXPECT_EQ(seed_filters(config, motifs, 0.3, weights), 2);

  // 7 columns lie in the middle of 11; the consensus gives 3, 30 % of its score 0, in between a straight
  // line.
  double const best = score(motifs[0], "ACGTACG");
  EXPECT_NEAR(response(weights, 0, "ACGTACG", 2), 3, 1e-5);
  for (std::string const word : {"ACGTACA", "ACGTAAA", "ACGAAAA", "TTTTTTT"}) {
    double const share = score(motifs[0], word) / best;
    EXPECT_NEAR(response(weights, 0, word, 2), 3 * (share - 0.3) / 0.7, 1e-4) << word;
  }
  for (std::int64_t const row : {0, 7, 36, 43}) EXPECT_EQ(weights.stem.row(row)[0], 0) << row;
  // Of 16 columns the first 11, where all are as good.
  EXPECT_NEAR(response(weights, 1, "TTTTTTGCATT", 0), 3, 1e-5);
  EXPECT_EQ(weights.stem.row(0)[2], untouched);
}

TEST(SeedFilters, AFlatMotifLeavesItsFilterAndNoFilterIsLeftForTheLast) {
  NetworkConfig config;
  config.channels = 4;
  config.heads = 2;
  Tensor block = initial_parameters(config, 1);
  MutableWeights const weights = bind_weights(config, block.view().data);
  float const before = weights.stem.row(0)[0];
  std::vector<MotifMatrix> const motifs(5, motif_of("AAAA", 0.25));

  EXPECT_EQ(seed_filters(config, motifs, 0.3, weights), 4);

  EXPECT_EQ(weights.stem.row(0)[0], before);
  EXPECT_EQ(weights.stem_bias.data[0], 0);
}

}  // namespace
}  // namespace cislens
