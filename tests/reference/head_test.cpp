#include "reference/head.hpp"

#include "reference/attention.hpp"
#include "reference/complex_step.hpp"
#include "reference/linear.hpp"

#include <numeric>

namespace cislens::reference {
namespace {

TEST(ReferenceAdditive, ByPencil) {
  // Two tokens of two channels, the second sequence has one: 1 + (1 3).(1 2) + (5 6).(3 4) = 1 + 7 + 39.
  std::vector<double> const token = {1, 3, 2, 1, 1, 3, 9, 9};
  std::vector<double> const pair = {5, 6, 1, 1, 5, 6, 9, 9};
  auto const logits = additive_forward<double>({2, 2, 2, 1, 0}, {2, 1}, token, pair, {1, 2}, {3, 4}, {1});

  EXPECT_EQ(logits, (std::vector<double>{47 + 4 + 7, 47}));
}

TEST(ReferenceAdditive, GradientIsTheComplexStep) {
  HeadShape const shape{2, 3, 4, 2, 0};
  std::vector<std::int64_t> const lengths{3, 2};
  auto const token = random_values(24, 1);
  auto const pair = random_values(24, 2);
  auto const w = random_values(8, 3);
  auto const u = random_values(8, 4);
  auto const bias = random_values(2, 5);
  auto const dlogits = random_values(4, 6);
  auto const loss = [&](auto const& a, auto const& b, auto const& c, auto const& d, auto const& e) {
    return weighted_sum(additive_forward(shape, lengths, a, b, c, d, e), dlogits);
  };

  auto const gradients = additive_backward(shape, lengths, token, pair, w, u, dlogits);

  auto const zt = to_complex(token);
  auto const zp = to_complex(pair);
  auto const zw = to_complex(w);
  auto const zu = to_complex(u);
  auto const zb = to_complex(bias);
  auto const check = [](std::vector<double> const& actual, std::vector<double> const& x, auto const& f) {
    EXPECT_TRUE(agree(actual, complex_step(f, x), rounding));
  };
  check(gradients.dtoken, token, [&](auto const& z) { return loss(z, zp, zw, zu, zb); });
  check(gradients.dpair, pair, [&](auto const& z) { return loss(zt, z, zw, zu, zb); });
  check(gradients.dtoken_weight, w, [&](auto const& z) { return loss(zt, zp, z, zu, zb); });
  check(gradients.dpair_weight, u, [&](auto const& z) { return loss(zt, zp, zw, z, zb); });
  check(gradients.dbias, bias, [&](auto const& z) { return loss(zt, zp, zw, zu, z); });
}

TEST(ReferenceAdditive, PairTermsAddUpToTheLogit) {
  HeadShape const shape{2, 5, 6, 2, 0};
  std::vector<std::int64_t> const lengths{5, 3};
  auto const q = random_values(60, 1);
  auto const k = random_values(60, 2);
  auto const v = random_values(60, 3);
  auto const out_weight = random_values(36, 4);
  auto const u = random_values(12, 5);
  auto const attention = attention_forward({2, 5, 2, 3}, lengths, q, k, v, random_values(6, 6));
  auto const pair = linear_forward(10, 6, 6, attention.o, out_weight, {});
  std::vector<double> const none(60);

  auto const logits = additive_forward(shape, lengths, none, pair, u, u, {0, 0});

  for (std::int64_t t = 0; t < 2; ++t) {
    auto const terms = pair_terms(shape, 2, t, attention.weights, v, out_weight, u);
    for (int b = 0; b < 2; ++b) {
      double const sum = std::accumulate(terms.begin() + b * 50, terms.begin() + (b + 1) * 50, 0.0);
      EXPECT_NEAR(sum, logits[b * 2 + t], rounding);
    }
  }
}

TEST(ReferencePooled, ByPencil) {
  // C = 1, one readout head: scores 0 and ln 3, so the tokens 0 and ln 3 weigh 1/4 and 3/4.
  auto const result = pooled_forward<double>({1, 3, 1, 1, 1}, {2}, {0, std::log(3), 5}, {1}, {2}, {1});

  EXPECT_TRUE(agree(result.weights, {0.25, 0.75, 0}, rounding));
  EXPECT_NEAR(result.logits[0], 1 + 2 * 0.75 * std::log(3), rounding);
}

TEST(ReferencePooled, EmptySequenceGivesTheBias) {
  auto const result = pooled_forward<double>({1, 2, 1, 1, 1}, {0}, {4, 5}, {1}, {2}, {3});

  EXPECT_EQ(result.logits[0], 3);
}

TEST(ReferencePooled, GradientIsTheComplexStep) {
  HeadShape const shape{2, 3, 4, 2, 3};
  std::vector<std::int64_t> const lengths{3, 2};
  auto const x = random_values(24, 1);
  auto const query = random_values(12, 2);
  auto const value = random_values(24, 3);
  auto const bias = random_values(2, 4);
  auto const dlogits = random_values(4, 5);
  auto const loss = [&](auto const& a, auto const& b, auto const& c, auto const& d) {
    return weighted_sum(pooled_forward(shape, lengths, a, b, c, d).logits, dlogits);
  };

  auto const forward = pooled_forward(shape, lengths, x, query, value, bias);
  auto const gradients = pooled_backward(shape, lengths, x, query, value, forward, dlogits);

  auto const zx = to_complex(x);
  auto const zq = to_complex(query);
  auto const zv = to_complex(value);
  auto const zb = to_complex(bias);
  auto const check = [](std::vector<double> const& actual, std::vector<double> const& at, auto const& f) {
    EXPECT_TRUE(agree(actual, complex_step(f, at), rounding));
  };
  check(gradients.dx, x, [&](auto const& z) { return loss(z, zq, zv, zb); });
  check(gradients.dquery, query, [&](auto const& z) { return loss(zx, z, zv, zb); });
  check(gradients.dvalue, value, [&](auto const& z) { return loss(zx, zq, z, zb); });
  check(gradients.dbias, bias, [&](auto const& z) { return loss(zx, zq, zv, z); });
}

}  // namespace
}  // namespace cislens::reference
