#include "reference/attention.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

TEST(ReferenceAttention, ByPencil) {
  // D = 1; the second query is 0, so it averages; the first has scores ln 3 and 0, weights 3/4 and 1/4.
  auto const result = attention_forward<double>({1, 2, 1, 1}, {2}, {1, 0}, {std::log(3), 0}, {4, 8}, {});

  EXPECT_TRUE(agree(result.o, {5, 6}, rounding));
  EXPECT_TRUE(agree(result.lse, {std::log(4), std::log(2)}, rounding));
  EXPECT_TRUE(agree(result.weights, {0.75, 0.25, 0, 0.5, 0.5, 0}, rounding));
  EXPECT_TRUE(agree(result.entropy, {-0.75 * std::log(0.75) - 0.25 * std::log(0.25), std::log(2)}, rounding));
}

TEST(ReferenceAttention, NullKeyTakesItsShareAndGivesNothing) {
  // Scores 0, 0 and ln 2 for the null key: a quarter, a quarter and a half.
  auto const result = attention_forward<double>({1, 2, 1, 1}, {2}, {1, 1}, {0, 0}, {4, 8}, {std::log(2)});

  EXPECT_TRUE(agree(result.weights, {0.25, 0.25, 0.5, 0.25, 0.25, 0.5}, rounding));
  EXPECT_TRUE(agree(result.o, {3, 3}, rounding));
}

TEST(ReferenceAttention, ScoresAreDividedByTheRootOfD) {
  auto const result =
      attention_forward<double>({1, 1, 1, 4}, {1}, {1, 1, 1, 1}, {1, 1, 1, 1}, {7, 0, 0, 7}, {});

  EXPECT_TRUE(agree(result.lse, {2}, rounding));
  EXPECT_TRUE(agree(result.o, {7, 0, 0, 7}, rounding));
}

TEST(ReferenceAttention, EmptySequenceAndPaddingGiveZeros) {
  AttentionShape const shape{2, 3, 2, 2};
  auto const q = random_values(24, 1);

  auto const result = attention_forward(shape, {0, 2}, q, q, q, random_values(4, 2));

  for (int i = 0; i < 12; ++i) EXPECT_EQ(result.o[i], 0);
  for (int i = 12; i < 20; ++i) EXPECT_NE(result.o[i], 0);
  for (int i = 20; i < 24; ++i) EXPECT_EQ(result.o[i], 0);
}

/// Everything that a gradient of attention needs; two sequences, one padded, and a gradient of the entropy as
/// well.
struct AttentionCase {
  AttentionShape shape{2, 4, 2, 3};
  std::vector<std::int64_t> lengths{4, 2};
  std::vector<double> q = random_values(48, 1), k = random_values(48, 2), v = random_values(48, 3);
  std::vector<double> d_o = random_values(48, 4), dentropy = random_values(16, 5);

  Complex loss(std::vector<Complex> const& zq, std::vector<Complex> const& zk, std::vector<Complex> const& zv,
               std::vector<Complex> const& znull) const {
    auto const result = attention_forward(shape, lengths, zq, zk, zv, znull);
    return weighted_sum(result.o, d_o) + weighted_sum(result.entropy, dentropy);
  }
};

class ReferenceAttentionGradient : public ::testing::TestWithParam<int> {};

TEST_P(ReferenceAttentionGradient, IsTheComplexStep) {
  AttentionCase const c;
  auto const null_key = random_values(GetParam(), 6);

  auto const forward = attention_forward(c.shape, c.lengths, c.q, c.k, c.v, null_key);
  auto const gradients =
      attention_backward(c.shape, c.lengths, c.q, c.k, c.v, null_key, forward, c.d_o, c.dentropy);

  auto const zq = to_complex(c.q);
  auto const zk = to_complex(c.k);
  auto const zv = to_complex(c.v);
  auto const zn = to_complex(null_key);
  EXPECT_TRUE(
      agree(gradients.dq, complex_step([&](auto const& z) { return c.loss(z, zk, zv, zn); }, c.q), rounding));
  EXPECT_TRUE(
      agree(gradients.dk, complex_step([&](auto const& z) { return c.loss(zq, z, zv, zn); }, c.k), rounding));
  EXPECT_TRUE(
      agree(gradients.dv, complex_step([&](auto const& z) { return c.loss(zq, zk, z, zn); }, c.v), rounding));
  EXPECT_TRUE(agree(gradients.dnull_key,
                    complex_step([&](auto const& z) { return c.loss(zq, zk, zv, z); }, null_key), rounding));
}

INSTANTIATE_TEST_SUITE_P(NullKeyOffAndOn, ReferenceAttentionGradient, ::testing::Values(0, 6));

}  // namespace
}  // namespace cislens::reference
