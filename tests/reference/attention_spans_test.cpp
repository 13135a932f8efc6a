#include "reference/attention_spans.hpp"

#include "reference/complex_step.hpp"

namespace cislens::reference {
namespace {

/// Two sequences, padded on both sides; cross-attention in which a query sees its neighbours, some nobody.
template <typename T>
ReadoutInput<T> small(bool null_key) {
  auto const random = [](std::int64_t count, unsigned seed) {
    auto const values = random_values(count, seed);
    return std::vector<T>(values.begin(), values.end());
  };
  ReadoutInput<T> x{};
  x.sequences = 2;
  x.queries = 5;
  x.keys = 3;
  x.heads = 2;
  x.head_channels = 3;
  x.summaries = 2;
  x.query_lengths = {5, 2};
  x.key_lengths = {2, 3};
  x.sees = [](std::int64_t i, std::int64_t j) { return std::abs(i - j) <= 1; };
  x.q = random(60, 1);
  x.k = random(36, 2);
  x.v = random(36, 3);
  x.d_o = random(60, 4);
  if (null_key) x.null_key = random(6, 5);
  x.summary_key = random(12, 6);
  x.summary_value = random(24, 7);
  return x;
}

class ReferenceSpans : public ::testing::TestWithParam<bool> {};

TEST_P(ReferenceSpans, GradientsAreTheComplexStep) {
  double const g = 0.3;
  auto const x = small<double>(GetParam());
  auto const dense = dense_attention(x);
  auto const r = span_attention_backward(x, dense, span_attention(x, dense), g);

  auto const step = [&](std::vector<Complex> ReadoutInput<Complex>::*part, std::vector<double> const& at) {
    return complex_step(
        [&](std::vector<Complex> const& z) {
          auto input = small<Complex>(GetParam());
          input.*part = z;
          auto const a = span_attention(input, dense_attention(input));
          Complex loss = weighted_sum(a.o, x.d_o);
          for (Complex const h : a.entropy) loss += g * h;
          return loss;
        },
        at);
  };
  using Input = ReadoutInput<Complex>;
  EXPECT_TRUE(agree(r.dq, step(&Input::q, x.q), rounding));
  EXPECT_TRUE(agree(r.dk, step(&Input::k, x.k), rounding));
  EXPECT_TRUE(agree(r.dv, step(&Input::v, x.v), rounding));
  EXPECT_TRUE(agree(r.dnull_key, step(&Input::null_key, x.null_key), rounding));
  EXPECT_TRUE(agree(r.dsummary_key, step(&Input::summary_key, x.summary_key), rounding));
  EXPECT_TRUE(agree(r.dsummary_value, step(&Input::summary_value, x.summary_value), rounding));
}

INSTANTIATE_TEST_SUITE_P(NullKeyOffAndOn, ReferenceSpans, ::testing::Bool());

TEST(ReferenceSpans, AreTheAttentionOfOldWithoutThem) {
  auto x = small<double>(true);
  x.queries = x.keys;
  x.q.resize(36);
  x.d_o.resize(36);
  x.query_lengths = x.key_lengths;
  x.summaries = 0;
  x.sees = [](std::int64_t, std::int64_t) { return true; };
  AttentionShape const shape{2, 3, 2, 3};

  auto const dense = dense_attention(x);
  auto const forward = span_attention(x, dense);
  auto const r = span_attention_backward(x, dense, forward, 0.0);

  auto const old = attention_forward(shape, x.key_lengths, x.q, x.k, x.v, x.null_key);
  auto const gradients = attention_backward(shape, x.key_lengths, x.q, x.k, x.v, x.null_key, old, x.d_o, {});
  EXPECT_TRUE(agree(forward.o, old.o, rounding));
  EXPECT_TRUE(agree(forward.lse, old.lse, rounding));
  EXPECT_TRUE(agree(forward.entropy, old.entropy, rounding));
  EXPECT_TRUE(agree(r.dq, gradients.dq, rounding));
  EXPECT_TRUE(agree(r.dnull_key, gradients.dnull_key, rounding));
}

}  // namespace
}  // namespace cislens::reference
