#include "cislens/readout/head_importance.hpp"

#include "cislens/base/random.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/readout/subspace_overlap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cislens {
namespace {

double const nan = std::nan("");

TEST(PairedEffect, MeanErrorAndSigns) {
  PairedEffect const effect = paired_effect(std::vector{1.0, 2.0, 3.0, nan, 2.0, 2.0}, 1);

  EXPECT_EQ(effect.records, 5);
  EXPECT_DOUBLE_EQ(effect.mean, 2);
  EXPECT_NEAR(effect.standard_error, std::sqrt(0.5 / 5), 1e-12);
  EXPECT_NEAR(effect.p, 2.0 / 32, 1e-12);  // five of five
  EXPECT_GE(effect.low, 1);
  EXPECT_LE(effect.low, effect.mean);
  EXPECT_GE(effect.high, effect.mean);
}

TEST(PairedEffect, TheSignTestIsExact) {
  // Binomial(10, 1/2): P(X <= 2) = (1 + 10 + 45) / 1024. Zeros are left out.
  std::vector<double> const values{-1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  EXPECT_NEAR(paired_effect(values, 1).p, 2 * 56.0 / 1024, 1e-12);
  EXPECT_EQ(paired_effect(std::vector{-1.0, 1.0}, 1).p, 1);
  EXPECT_EQ(paired_effect(std::vector{0.0, 0.0}, 1).p, 1);
}

TEST(PairedEffect, TheIntervalHoldsTheMeanInNinetyFivePercent) {
  int inside = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    Random random(trial, 9);
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) values.push_back(0.3 + random.normal());
    PairedEffect const effect = paired_effect(values, 1);
    inside += effect.low <= 0.3 && 0.3 <= effect.high ? 1 : 0;
  }
  EXPECT_GE(inside, 270);
  EXPECT_LE(inside, 298);
}

TEST(PairedEffect, OfNothingIsNotANumber) {
  PairedEffect const effect = paired_effect(std::vector{nan}, 1);
  EXPECT_EQ(effect.records, 0);
  EXPECT_TRUE(std::isnan(effect.mean));
  EXPECT_TRUE(std::isnan(paired_effect(std::vector{1.0}, 1).standard_error));
}

TEST(HeadImportance, DifferencesOfLossAndLogit) {
  std::vector<float> const with{0, 2, 1}, without{0, 0, -1}, labels{1, 1, std::nanf("")};

  std::vector<double> const binary = loss_differences(LossKind::binary, with, without, labels);
  std::vector<double> const squared = loss_differences(LossKind::squared, with, without, labels);

  EXPECT_EQ(binary[0], 0);
  EXPECT_NEAR(binary[1], std::log(2) - std::log1p(std::exp(-2)), 1e-7);
  EXPECT_TRUE(std::isnan(binary[2]));
  EXPECT_NEAR(squared[1], 0.5 * 1 - 0.5 * 1, 1e-7);
  EXPECT_EQ(logit_changes(with, without), (std::vector<double>{0, 2, 2}));
}

TEST(SubspaceOverlap, OfEqualOrthogonalAndTurnedSpaces) {
  std::vector<float> const a{1, 0, 0, 1, 0, 0, 0, 0};   // x, y
  std::vector<float> const b{0, 0, 0, 0, 1, 0, 0, 1};   // z, w
  std::vector<float> const c{2, -1, 2, 1, 0, 0, 0, 0};  // x, y in another basis
  std::vector<float> const d{1, 0, 0, 0, 0, 1, 0, 0};   // x, z
  std::vector<float> const none(8);
  std::vector<float> const line{1, 2, 0, 0, 0, 0, 0, 0};  // x twice: rank 1
  auto const view = [](std::vector<float> const& m) { return ConstView(m.data(), 4, 2); };

  EXPECT_NEAR(subspace_overlap(view(a), view(b)), 0, 1e-12);
  EXPECT_NEAR(subspace_overlap(view(a), view(c)), 1, 1e-12);
  EXPECT_NEAR(subspace_overlap(view(a), view(d)), 0.5, 1e-12);
  EXPECT_NEAR(subspace_overlap(view(line), view(a)), 1, 1e-12);
  EXPECT_TRUE(std::isnan(subspace_overlap(view(a), view(none))));
}

TEST(SubspaceOverlap, IsTheMeanSquaredCosineOfKnownAngles) {
  float const c = std::cos(0.3F), s = std::sin(0.3F), c2 = std::cos(1.1F), s2 = std::sin(1.1F);
  std::vector<float> const plane{1, 0, 0, 1, 0, 0, 0, 0};                 // x, y
  std::vector<float> const tilted{c, 0, 0, c2, s, 0, 0, s2};              // at angles of 0.3 and 1.1 to it
  std::vector<float> const long_and_short{1e3F, 1e3F, 0, 1, 0, 0, 0, 0};  // x, and x + y / 1000
  std::vector<float> const more{1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0};      // three columns, rank 2
  std::vector<float> const tiny{1e-20F, 0, 0, 1e-20F, 0, 0, 0, 0};        // x, y
  auto const overlap = [&](std::vector<float> const& m, std::int64_t columns) {
    return subspace_overlap(ConstView(plane.data(), 4, 2), ConstView(m.data(), 4, columns));
  };

  EXPECT_NEAR(overlap(tilted, 2), (std::pow(std::cos(0.3), 2) + std::pow(std::cos(1.1), 2)) / 2, 1e-6);
  EXPECT_NEAR(overlap(long_and_short, 2), 1, 1e-6);
  EXPECT_NEAR(overlap(more, 3), 1, 1e-12);
  EXPECT_NEAR(overlap(tiny, 2), 1, 1e-12);
}

TEST(SubspaceOverlap, OfHeadsAtRandomIsTheShareOfDimensions) {
  NetworkConfig config;
  config.channels = 64;
  config.heads = 4;
  config.blocks = 2;
  std::vector<float> const parameters = initial_parameters(config, 5).values();

  auto const layers = head_overlaps(config, parameters);

  ASSERT_EQ(layers.size(), 2U);
  for (auto const& layer : layers) {
    for (auto const& part : {layer.query, layer.key, layer.value}) {
      ASSERT_EQ(part.size(), 16U);
      for (int a = 0; a < 4; ++a) {
        for (int b = 0; b < 4; ++b) EXPECT_NEAR(part[a * 4 + b], a == b ? 1.0 : 0.25, a == b ? 1e-9 : 0.06);
      }
    }
  }
}

}  // namespace
}  // namespace cislens
