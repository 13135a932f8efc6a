#include "reference/linear.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceLinear, ByPencil) {
  auto const y = linear_forward<double>(2, 2, 3, {1, 2, 3, 4}, {1, 0, 2, 0, 1, 3}, {10, 20, 30});

  EXPECT_EQ(y, (std::vector<double>{11, 22, 38, 13, 24, 48}));
}

TEST(ReferenceLinear, GradientIsTheComplexStep) {
  auto const x = random_values(3 * 4, 1);
  auto const weight = random_values(4 * 5, 2);
  auto const bias = random_values(5, 3);
  auto const dy = random_values(3 * 5, 4);
  auto const loss = [&](auto const& a, auto const& w, auto const& b) {
    return weighted_sum(linear_forward(3, 4, 5, a, w, b), dy);
  };

  auto const gradients = linear_backward(3, 4, 5, x, weight, dy);

  auto const zx = to_complex(x);
  auto const zw = to_complex(weight);
  auto const zb = to_complex(bias);
  EXPECT_TRUE(agree(gradients.dx, complex_step([&](auto const& z) { return loss(z, zw, zb); }, x), rounding));
  EXPECT_TRUE(agree(gradients.dweight, complex_step([&](auto const& z) { return loss(zx, z, zb); }, weight),
                    rounding));
  EXPECT_TRUE(
      agree(gradients.dbias, complex_step([&](auto const& z) { return loss(zx, zw, z); }, bias), rounding));
}

}  // namespace
}  // namespace cislens::reference
