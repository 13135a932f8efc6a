#include "reference/regulariser.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceEntropy, ByPencil) {
  // Two heads of two tokens, one sequence of two and one of one: rows known are 4 + 2; entropies 1 each, ln P
  // = ln 2.
  std::vector<double> const entropy = {1, 1, 1, 1, 1, 9, 1, 9};

  EXPECT_NEAR(attention_entropy<double>(2, 2, {2, 1}, entropy), 1 / std::log(2), rounding);
  EXPECT_EQ(attention_entropy<double>(2, 2, {0, 0}, entropy), 0);
}

/// (2, 6): both heads of one column each; Q alike, K orthogonal, V at 45 degrees.
std::vector<double> const overlapping = {1, 2, 1, 0, 1, 1,  //
                                         0, 0, 0, 1, 0, 1};

TEST(ReferenceHeadDiversity, ByPencil) {
  EXPECT_NEAR(head_diversity<double>(2, 2, overlapping).value, (1 + 0 + 0.5) / 3, rounding);
  EXPECT_EQ(head_diversity<double>(2, 1, overlapping).value, 0);
}

TEST(ReferenceHeadDiversity, GradientIsTheComplexStep) {
  auto const weight = random_values(6 * 18, 1);

  auto const result = head_diversity(6, 3, weight);

  auto const expected = complex_step([&](auto const& z) { return head_diversity(6, 3, z).value; }, weight);
  EXPECT_TRUE(agree(result.dweight, expected, rounding));
}

}  // namespace
}  // namespace cislens::reference
