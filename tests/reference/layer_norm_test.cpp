#include "reference/layer_norm.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceLayerNorm, ByPencil) {
  // Mean 3, variance 3, so that epsilon 1 gives rstd 1/2.
  double const d = std::sqrt(3.0);
  auto const norm = layer_norm_forward<double>(1, 2, {3 - d, 3 + d}, {2, 4}, {0, 1}, 1.0);

  EXPECT_NEAR(norm.mean[0], 3, rounding);
  EXPECT_NEAR(norm.rstd[0], 0.5, rounding);
  EXPECT_TRUE(agree(norm.y, {-d, 2 * d + 1}, rounding));
}

TEST(ReferenceLayerNorm, GradientIsTheComplexStep) {
  auto const x = random_values(3 * 7, 1);
  auto const gain = random_values(7, 2);
  auto const bias = random_values(7, 3);
  auto const dy = random_values(3 * 7, 4);
  auto const loss = [&](auto const& a, auto const& g, auto const& b) {
    return weighted_sum(layer_norm_forward(3, 7, a, g, b, 1e-5).y, dy);
  };

  auto const gradients =
      layer_norm_backward(3, 7, x, gain, layer_norm_forward(3, 7, x, gain, bias, 1e-5), dy);

  auto const zx = to_complex(x);
  auto const zg = to_complex(gain);
  auto const zb = to_complex(bias);
  EXPECT_TRUE(agree(gradients.dx, complex_step([&](auto const& z) { return loss(z, zg, zb); }, x), rounding));
  EXPECT_TRUE(
      agree(gradients.dgain, complex_step([&](auto const& z) { return loss(zx, z, zb); }, gain), rounding));
  EXPECT_TRUE(
      agree(gradients.dbias, complex_step([&](auto const& z) { return loss(zx, zg, z); }, bias), rounding));
}

}  // namespace
}  // namespace cislens::reference
