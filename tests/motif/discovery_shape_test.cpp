#include "cislens/motif/discovery_shape.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

using discovery_sequences::rows_of;

constexpr std::array<double, 4> uniform{0.25, 0.25, 0.25, 0.25};

MotifModel model_of(std::string const& consensus) {
  MotifModel model;
  model.columns = rows_of(consensus, 0.9);
  return model;
}

TEST(Consensus, OneTwoOrAnyBase) {
  MotifColumns const columns{{0.9, 0.05, 0.03, 0.02}, {0.45, 0.05, 0.45, 0.05}, {0.3, 0.3, 0.2, 0.2}};

  EXPECT_EQ(consensus(columns), "ARN");
}

TEST(LowComplexity, RepeatsAreAndMotifsAreNot) {
  for (char const* repeat : {"AAAAAAAA", "CACACACACA", "AATAATAATAAT", "TTTNTTTT"}) {
    EXPECT_TRUE(low_complexity(rows_of(repeat, 0.9), uniform)) << repeat;
  }
  for (char const* motif : {"GGGGCGGGG", "GCGCATGCGC", "TGACGTCA", "AAAAGAGGAAGTG", "GCCACGCCCCC"}) {
    EXPECT_FALSE(low_complexity(rows_of(motif, 0.9), uniform)) << motif;
  }
}

TEST(SameMotif, ShiftedAndReversedCopiesAreOthersNot) {
  EXPECT_TRUE(look_alike(model_of("ACCGGAAGTG"), model_of("CGGAAGTGA")));
  EXPECT_TRUE(look_alike(model_of("ACCGGAAGTG"), model_of("CACTTCCGGT")));
  EXPECT_FALSE(look_alike(model_of("ACCGGAAGTG"), model_of("TGACGTCATC")));
}

TEST(SideBySide, HalvesOfACompositeOnly) {
  MotifModel const whole = model_of("CATTGTTATGCAAAT");

  EXPECT_TRUE(side_by_side(whole, model_of("CATTGTTA"), model_of("TGCAAAT")));
  EXPECT_FALSE(side_by_side(model_of("CACGTGCC"), model_of("CACGTGAC"), model_of("CACGCCCC")));
}

}  // namespace
}  // namespace cislens
