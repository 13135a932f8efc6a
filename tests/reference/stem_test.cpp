#include "reference/stem.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

// One filter of width 3 that likes A C G; forward it gives 1 + 2 + 4 where ACG stands, at the centre C.
std::vector<double> const acg = {1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 0};
StemShape const one_filter{1, 3, 2, false};

TEST(ReferenceStem, ForwardStrandByPencil) {
  auto const stem = stem_forward<double>(encode_bases("TACGT"), acg, {0.5}, one_filter);

  // ACG is centred on place 2 and CGT, which is ACG on the other strand, on place 3: a tie within the token.
  EXPECT_EQ(stem.y[1], 7.5);
  EXPECT_EQ(stem.winner[1], 0);
  EXPECT_EQ(stem.y.size(), 3U);
}

TEST(ReferenceStem, ReverseStrandByPencil) {
  auto const stem = stem_forward<double>(encode_bases("AACGTA"), acg, {0}, {1, 3, 1, false});

  EXPECT_EQ(stem.y[2], 7);
  EXPECT_EQ(stem.winner[2], 0);
  EXPECT_EQ(stem.y[3], 7);
  EXPECT_EQ(stem.winner[3], 1);
}

TEST(ReferenceStem, NothingKnownGivesTheBias) {
  auto const stem = stem_forward<double>(encode_bases("NNN"), acg, {-1}, {1, 3, 2, true});

  EXPECT_EQ(stem.y, (std::vector<double>{std::exp(-1), std::exp(-1)}));
  EXPECT_EQ(stem.winner, (std::vector<std::uint8_t>{0, 0}));
}

TEST(ReferenceStem, ReverseComplementMirrors) {
  StemShape const shape{4, 5, 1, false};
  auto const weight = random_values(5 * 4 * 4, 1);
  auto const bases = encode_bases("ACGTTGNCAAT");

  auto const forward = stem_forward<double>(bases, weight, {0, 0, 0, 0}, shape);
  auto const reverse = stem_forward<double>(reverse_complement(bases), weight, {0, 0, 0, 0}, shape);

  for (std::int64_t p = 0; p < 11; ++p) {
    for (std::int64_t c = 0; c < 4; ++c)
      EXPECT_NEAR(forward.y[p * 4 + c], reverse.y[(10 - p) * 4 + c], rounding);
  }
}

class ReferenceStemGradient : public ::testing::TestWithParam<bool> {};

TEST_P(ReferenceStemGradient, IsTheComplexStep) {
  StemShape const shape{3, 5, 2, GetParam()};
  auto const bases = encode_bases("ACGTTGCAANNTGCA");
  auto const weight = random_values(5 * 4 * 3, 2);
  auto const bias = random_values(3, 3);
  auto const dy = random_values(8 * 3, 4);

  auto const forward = stem_forward(bases, weight, bias, shape);
  auto const gradients = stem_backward(bases, shape, forward, dy);

  auto const by_weight = complex_step(
      [&](auto const& w) { return weighted_sum(stem_forward(bases, w, to_complex(bias), shape).y, dy); },
      weight);
  auto const by_bias = complex_step(
      [&](auto const& b) { return weighted_sum(stem_forward(bases, to_complex(weight), b, shape).y, dy); },
      bias);
  EXPECT_TRUE(agree(gradients.dweight, by_weight, rounding));
  EXPECT_TRUE(agree(gradients.dbias, by_bias, rounding));
}

INSTANTIATE_TEST_SUITE_P(ReluAndExp, ReferenceStemGradient, ::testing::Bool());

}  // namespace
}  // namespace cislens::reference
