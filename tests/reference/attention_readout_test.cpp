#include "reference/attention_readout.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

/// One query 1 with keys 0 and ln 3 and a summary ln 4: weights 1/8, 3/8 and 4/8; values 2, 4 and 6; do is 1.
ReadoutInput<double> pencil() {
  ReadoutInput<double> x{};
  x.sequences = x.queries = x.heads = x.head_channels = x.summaries = 1;
  x.keys = 2;
  x.query_lengths = {1};
  x.key_lengths = {2};
  x.sees = [](std::int64_t, std::int64_t) { return true; };
  x.q = {1};
  x.k = {0, std::log(3)};
  x.v = {2, 4};
  x.summary_key = {std::log(4)};
  x.summary_value = {6};
  x.d_o = {1};
  return x;
}

TEST(ReferenceReadout, ByPencil) {
  auto const x = pencil();
  auto const dense = dense_attention(x);
  auto const r = readout(x, dense);

  EXPECT_TRUE(agree(dense.weight, {0.125, 0.375, 0.5, 0}, rounding));
  EXPECT_TRUE(agree(dense.lse, {std::log(8)}, rounding));
  EXPECT_TRUE(agree(r.received, {0.125, 0.375}, rounding));
  EXPECT_TRUE(agree(r.attribution, {0.25, 1.5}, rounding));
  EXPECT_TRUE(agree(r.distance, {0.375}, rounding));
  EXPECT_TRUE(agree(r.mass, {0.5}, rounding));
  EXPECT_TRUE(agree(r.dv, {0.125, 0.375}, rounding));
  EXPECT_TRUE(agree(r.summary_received, {0.5}, rounding));
  EXPECT_TRUE(agree(r.dsummary_value, {0.5}, rounding));
  EXPECT_NEAR(r.histogram[0], 0.125, rounding);
  EXPECT_NEAR(r.histogram[1], 0.375, rounding);
}

TEST(ReferenceReadout, WhatIsNotSeenHasNoWeight) {
  auto x = pencil();
  x.sees = [](std::int64_t i, std::int64_t j) { return i == j; };
  x.null_key = {0};

  auto const dense = dense_attention(x);

  EXPECT_TRUE(agree(dense.weight, {1.0 / 6, 0, 4.0 / 6, 1.0 / 6}, rounding));
}

TEST(ReferenceReadout, DistancesFallIntoBinsByPowersOfTwo) {
  std::vector<std::int64_t> const first{0, 1, 2, 4, 8, 16};
  for (std::size_t bin = 1; bin < first.size(); ++bin) {
    EXPECT_EQ(detail::distance_bin(first[bin]), static_cast<std::int64_t>(bin));
    EXPECT_EQ(detail::distance_bin(2 * first[bin] - 1), static_cast<std::int64_t>(bin));
  }
  EXPECT_EQ(detail::distance_bin(0), 0);
}

/// The same forward as the reference of attention itself.
TEST(ReferenceReadout, AgreesWithTheReferenceOfAttention) {
  std::int64_t const tokens = 5;
  AttentionShape const shape{2, tokens, 2, 3};
  ReadoutInput<double> x{};
  x.sequences = 2;
  x.queries = x.keys = tokens;
  x.heads = 2;
  x.head_channels = 3;
  x.query_lengths = x.key_lengths = {5, 3};
  x.sees = [](std::int64_t, std::int64_t) { return true; };
  x.q = random_values(60, 1);
  x.k = random_values(60, 2);
  x.v = random_values(60, 3);
  x.d_o = random_values(60, 4);
  x.null_key = random_values(6, 5);

  auto const dense = dense_attention(x);
  auto const r = readout(x, dense);

  auto const forward = attention_forward<double>(shape, x.key_lengths, x.q, x.k, x.v, x.null_key);
  auto const backward =
      attention_backward<double>(shape, x.key_lengths, x.q, x.k, x.v, x.null_key, forward, x.d_o, {});
  EXPECT_TRUE(agree(dense.lse, forward.lse, rounding));
  EXPECT_TRUE(agree(r.entropy, forward.entropy, rounding));
  EXPECT_TRUE(agree(r.dv, backward.dv, rounding));
}

}  // namespace
}  // namespace cislens::reference
