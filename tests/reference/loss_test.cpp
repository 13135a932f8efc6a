#include "reference/loss.hpp"

#include "reference/complex_step.hpp"

#include <limits>

namespace cislens::reference {
namespace {

double const unknown = std::numeric_limits<double>::quiet_NaN();

TEST(ReferenceLoss, ByPencil) {
  double const z = std::log(3);  // sigmoid 3/4
  EXPECT_NEAR(mean_loss<double>(Loss::binary_cross_entropy, {z, z}, {1, 0}).value,
              (std::log(4.0 / 3) + std::log(4)) / 2, rounding);
  EXPECT_NEAR(mean_loss<double>(Loss::poisson, {z}, {2}).value, 3 - 2 * z, rounding);
  EXPECT_NEAR(mean_loss<double>(Loss::squared_error, {1, 5}, {3, 4}).value, 2.5, rounding);
}

TEST(ReferenceLoss, UnknownTargetsAreSkipped) {
  auto const result = mean_loss<double>(Loss::squared_error, {1, 9, 5}, {3, unknown, 4});

  EXPECT_EQ(result.known, 2);
  EXPECT_NEAR(result.value, 2.5, rounding);
  EXPECT_EQ(result.dlogits, (std::vector<double>{-2, 0, 1}));
  EXPECT_EQ(mean_loss<double>(Loss::poisson, {1}, {unknown}).value, 0);
}

TEST(ReferenceLoss, LargeLogitsStayFinite) {
  auto const result = mean_loss<double>(Loss::binary_cross_entropy, {1000, -1000}, {0, 0});

  EXPECT_EQ(result.value, 500);
  EXPECT_EQ(result.dlogits, (std::vector<double>{0.5, 0}));
}

class ReferenceLossGradient : public ::testing::TestWithParam<Loss> {};

TEST_P(ReferenceLossGradient, IsTheComplexStep) {
  auto const logits = random_values(6, 1);
  std::vector<double> const targets = {0, 1, unknown, 1, 0, 1};

  auto const result = mean_loss(GetParam(), logits, targets);

  auto const expected =
      complex_step([&](auto const& z) { return mean_loss(GetParam(), z, targets).value; }, logits);
  EXPECT_TRUE(agree(result.dlogits, expected, rounding));
}

INSTANTIATE_TEST_SUITE_P(All, ReferenceLossGradient,
                         ::testing::Values(Loss::binary_cross_entropy, Loss::poisson, Loss::squared_error));

}  // namespace
}  // namespace cislens::reference
