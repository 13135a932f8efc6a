#include "reference/optimizer.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceAdamW, FirstStepsByPencil) {
  // The first step goes `rate` against the sign of the gradient, whatever its size; decay takes rate * decay
  // * p besides.
  AdamW const options{0.1, 0.9, 0.99, 0, 0.5};
  std::vector<double> parameter{1, 1};
  std::vector<double> first(2);
  std::vector<double> second(2);

  adamw_step<double>(options, 1, {3, -0.01}, parameter, first, second);

  EXPECT_TRUE(agree(parameter, {1 - 0.1 - 0.05, 1 + 0.1 - 0.05}, rounding));
  EXPECT_TRUE(agree(first, {0.3, -0.001}, rounding));
  EXPECT_TRUE(agree(second, {0.09, 1e-6}, rounding));

  // Then no gradient: m = 0.27 / 0.19, v = 0.0891 / 0.0199 for the first parameter.
  adamw_step<double>(options, 2, {0, 0}, parameter, first, second);

  double const direction = 0.27 / 0.19 / std::sqrt(0.0891 / 0.0199);
  EXPECT_NEAR(parameter[0], 0.85 - 0.1 * (direction + 0.5 * 0.85), rounding);
}

TEST(ReferenceClipping, ByPencil) {
  EXPECT_NEAR(clipping_scale<double>({3, 4}, 1), 0.2, rounding);
  EXPECT_EQ(clipping_scale<double>({3, 4}, 5), 1);
  EXPECT_EQ(clipping_scale<double>({0, 0}, 1), 1);
}

}  // namespace
}  // namespace cislens::reference
