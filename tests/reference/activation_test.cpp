#include "reference/activation.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceActivation, GeluKnownValues) {
  // Phi(1) = 0.8413447460685429, Phi(-2) = 0.0227501319481792.
  EXPECT_TRUE(agree(gelu_forward<double>({0, 1, -2}), {0, 0.8413447460685429, -0.0455002638963584}, 1e-15));
}

TEST(ReferenceActivation, GeluGradientIsTheComplexStep) {
  auto const x = random_values(20, 1);
  auto const dy = random_values(20, 2);

  auto const gradient = gelu_backward(x, dy);

  EXPECT_TRUE(agree(
      gradient, complex_step([&](auto const& z) { return weighted_sum(gelu_forward(z), dy); }, x), rounding));
}

TEST(ReferenceActivation, Relu) {
  EXPECT_EQ(relu_forward<double>({-1, 0, 2}), (std::vector<double>{0, 0, 2}));
  EXPECT_EQ(relu_backward<double>({-1, 0, 2}, {5, 6, 7}), (std::vector<double>{0, 0, 7}));
}

}  // namespace
}  // namespace cislens::reference
