#include "reference/position.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceRotary, ByPencil) {
  // D = 4, base 16: angles p and p / 4. Token 0 stays, token 1 turns (1, 0) by 1 and (0, 1) by 1/4.
  auto const y = rotary<double>({1, 2, 1, 4}, 16, 1, {1, 2, 3, 4, 1, 0, 0, 1});

  EXPECT_TRUE(agree(y, {1, 2, 3, 4, std::cos(1), -std::sin(0.25), std::sin(1), std::cos(0.25)}, rounding));
}

TEST(ReferenceRotary, ScoresDependOnTheDistanceAlone) {
  AttentionShape const shape{1, 9, 1, 6};
  std::vector<double> q, k;
  for (int p = 0; p < 9; ++p) {
    auto const one_q = random_values(6, 1);
    auto const one_k = random_values(6, 2);
    q.insert(q.end(), one_q.begin(), one_q.end());
    k.insert(k.end(), one_k.begin(), one_k.end());
  }

  auto const turned_q = rotary(shape, 100, 1, q);
  auto const turned_k = rotary(shape, 100, 1, k);

  double const expected = detail::dot(&turned_q[0], &turned_k[3 * 6], 6);
  for (int i = 1; i < 6; ++i)
    EXPECT_NEAR(detail::dot(&turned_q[i * 6], &turned_k[(i + 3) * 6], 6), expected, rounding);
}

TEST(ReferenceRotary, GradientIsTheComplexStep) {
  AttentionShape const shape{2, 3, 2, 4};
  auto const x = random_values(48, 1);
  auto const dy = random_values(48, 2);

  auto const expected =
      complex_step([&](auto const& z) { return weighted_sum(rotary(shape, 100, 1, z), dy); }, x);
  EXPECT_TRUE(agree(rotary(shape, 100, -1, dy), expected, rounding));
}

TEST(ReferenceSinusoidal, ByPencil) {
  auto const table = sinusoidal_table<double>(2, 4);

  EXPECT_TRUE(agree(table, {0, 1, 0, 1, std::sin(1), std::cos(1), std::sin(0.01), std::cos(0.01)}, rounding));
}

TEST(ReferenceLearnedPositions, StretchShrinkAndSingle) {
  std::vector<double> const table = {0, 10, 40};

  EXPECT_TRUE(agree(learned_positions_forward<double>(3, 5, 1, table), {0, 5, 10, 25, 40}, rounding));
  EXPECT_TRUE(agree(learned_positions_forward<double>(3, 3, 1, table), table, rounding));
  EXPECT_TRUE(agree(learned_positions_forward<double>(3, 2, 1, table), {0, 40}, rounding));
  EXPECT_TRUE(agree(learned_positions_forward<double>(3, 1, 1, table), {0}, rounding));
  EXPECT_TRUE(agree(learned_positions_forward<double>(1, 3, 1, {7}), {7, 7, 7}, rounding));
}

TEST(ReferenceLearnedPositions, GradientIsTheComplexStep) {
  auto const table = random_values(4 * 3, 1);
  auto const dy = random_values(7 * 3, 2);

  auto const expected = complex_step(
      [&](auto const& z) { return weighted_sum(learned_positions_forward(4, 7, 3, z), dy); }, table);
  EXPECT_TRUE(agree(learned_positions_backward(4, 7, 3, dy), expected, rounding));
}

}  // namespace
}  // namespace cislens::reference
