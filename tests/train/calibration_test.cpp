#include "cislens/train/calibration.hpp"

#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cislens {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Sum of the known targets' losses with `offset` added to their logits.
double loss_at(LossKind kind, std::vector<float> logits, std::vector<float> const& targets, double offset) {
  for (float& z : logits) z += static_cast<float>(offset);
  auto const count = static_cast<std::int64_t>(logits.size());
  return loss(kind, ConstView(logits.data(), count, 1), ConstView(targets.data(), count, 1), 1, {});
}

struct Sample {
  std::vector<float> logits, targets;
};

/// Logits with spread 2 around `middle`; every seventh target is not known.
Sample sample(LossKind kind, double middle) {
  Random random(3, 1);
  Sample result;
  for (int i = 0; i < 500; ++i) {
    double const z = middle + 2 * random.normal();
    double const y = kind == LossKind::binary    ? (random.normal() < z - middle ? 1 : 0)
                     : kind == LossKind::poisson ? static_cast<double>(random.below(9))
                                                 : 3 + z + random.normal();
    result.logits.push_back(static_cast<float>(z));
    result.targets.push_back(i % 7 == 0 ? nan : static_cast<float>(y));
  }
  return result;
}

TEST(BestOffset, NoOtherHasALowerLoss) {
  for (LossKind const kind : {LossKind::binary, LossKind::poisson, LossKind::squared}) {
    for (double const middle : {-4.0, 0.0, 4.0}) {
      Sample const s = sample(kind, middle);
      double const offset = best_offset(kind, s.logits, s.targets);
      // The losses are convex: a lower one on neither side is a lower one nowhere.
      double const lowest = loss_at(kind, s.logits, s.targets, offset);
      EXPECT_LT(lowest, loss_at(kind, s.logits, s.targets, offset - 0.01)) << int(kind) << " " << middle;
      EXPECT_LT(lowest, loss_at(kind, s.logits, s.targets, offset + 0.01)) << int(kind) << " " << middle;
    }
  }
}

TEST(BestOffset, EqualLogitsBecomeWhatTheTargetsAreOnAverage) {
  std::vector<float> const logits(4, 2.5F);
  EXPECT_NEAR(best_offset(LossKind::binary, logits, std::vector<float>{1, 0, 0, 0}), std::log(1.0 / 3) - 2.5,
              1e-7);
  EXPECT_NEAR(best_offset(LossKind::poisson, logits, std::vector<float>{4, 0, nan, 8}), std::log(4.0) - 2.5,
              1e-12);
  EXPECT_NEAR(best_offset(LossKind::squared, logits, std::vector<float>{1, 2, 3, nan}), -0.5, 1e-12);
}

TEST(BestOffset, IsFiniteForAnyLogits) {
  std::vector<float> const logits{-1e4F, 1e4F, 0};
  std::vector<float> const targets{1, 0, 1};
  double const offset = best_offset(LossKind::binary, logits, targets);
  // Two of three are positive: the logits 1e4 and 0 have to be near 1, -1e4 near 0.
  EXPECT_GT(offset, 5);
  EXPECT_LT(offset, 1e4);
}

TEST(BestOffset, OfCountsIsFiniteWhereNoRateIs) {
  std::vector<float> const targets{3, 5};
  for (float const z : {-2000.0F, 2000.0F})
    EXPECT_NEAR(best_offset(LossKind::poisson, std::vector<float>(2, z), targets),
                std::log(4.0) - static_cast<double>(z), 1e-9);
}

TEST(BestOffset, IsZeroWhereNoFiniteNumberIsBest) {
  std::vector<float> const logits{-1, 0, 2};
  EXPECT_EQ(best_offset(LossKind::binary, logits, std::vector<float>{1, 1, 1}), 0);
  EXPECT_EQ(best_offset(LossKind::binary, logits, std::vector<float>{0, nan, 0}), 0);
  EXPECT_EQ(best_offset(LossKind::poisson, logits, std::vector<float>{0, 0, 0}), 0);
  EXPECT_EQ(best_offset(LossKind::squared, logits, std::vector<float>{nan, nan, nan}), 0);
}

}  // namespace
}  // namespace cislens
