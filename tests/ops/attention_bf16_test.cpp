#include "attention_bf16_case.hpp"
#include "support/backends.hpp"

namespace cislens {
namespace {

using namespace test;

using AttentionBf16 = OnBackend;

/// Each number has a limit of its own; to it comes what float32 adds.
::testing::AssertionResult within(std::vector<float> const& actual, std::vector<double> const& expected,
                                  std::vector<double> const& limit) {
  if (actual.size() != expected.size()) return ::testing::AssertionFailure() << actual.size() << " numbers";
  double const floor = 16 * exp2_accuracy * largest_of(expected);
  for (std::size_t i = 0; i < actual.size(); ++i) {
    double const error = std::abs(static_cast<double>(actual[i]) - expected[i]);
    if (!(error <= limit[i] + floor))
      return ::testing::AssertionFailure() << "number " << i << " is " << actual[i] << ", expected "
                                           << expected[i] << " +- " << limit[i] + floor;
  }
  return ::testing::AssertionSuccess();
}

/// Every template of channels, with and without channels that are padding; tiles of keys and bands of queries
/// that are full, begun and missing.
TEST_P(AttentionBf16, IsOffByTheRoundingOfOperandsAlone) {
  context.set_precision(Precision::bf16);
  float g = 0;
  for (auto const& [tokens, channels] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 16}, {33, 16}, {64, 8}, {65, 32}, {200, 20}, {129, 64}, {63, 60}, {190, 128}, {50, 100}}) {
    SCOPED_TRACE(std::to_string(tokens) + " tokens, " + std::to_string(channels) + " channels");
    g = g == 0 ? 0.3F : 0;
    Bf16Head const exact(tokens, channels, static_cast<double>(g));
    auto const matrix = [&](std::vector<double> const& x) {
      return Guarded(static_cast<std::int64_t>(x.size()) / channels, channels, as<float>(x));
    };
    Guarded const q = matrix(exact.q);
    Guarded const k = matrix(exact.k);
    Guarded const v = matrix(exact.v);
    Guarded const d_o = matrix(exact.d_o);
    Guarded const null_key = matrix(exact.null_key);
    Guarded o(tokens, channels), dq(tokens, channels), dk(tokens, channels), dv(tokens, channels);
    Guarded lse(1, tokens), entropy(1, tokens);
    Guarded dnull(1, channels, std::vector<float>(static_cast<std::size_t>(channels)));
    OnBothSides<std::int64_t> const lengths({tokens});
    AttentionInput input;
    input.q = q.view();
    input.k = k.view();
    input.v = v.view();
    input.null_key = null_key.view();
    input.query_lengths = lengths.mirrored();
    input.key_lengths = lengths.mirrored();
    View const entropies = g == 0 ? View() : entropy.view();

    attention_forward(context, input, o.view(), lse.view(), entropies);
    attention_backward(context, input, o.view(), lse.view(), entropies, g, d_o.view(),
                       {dq.view(), dk.view(), dv.view(), dnull.view(), {}, {}});

    EXPECT_TRUE(within(o.values(), exact.o, exact.o_limit));
    EXPECT_TRUE(within(lse.values(), exact.lse, exact.lse_limit));
    if (g != 0) {
      EXPECT_TRUE(within(entropy.values(), exact.entropy, exact.entropy_limit));
    }
    EXPECT_TRUE(within(dq.values(), exact.dq, exact.dq_limit));
    EXPECT_TRUE(within(dk.values(), exact.dk, exact.dk_limit));
    EXPECT_TRUE(within(dv.values(), exact.dv, exact.dv_limit));
    EXPECT_TRUE(within(dnull.values(), exact.dnull, exact.dnull_limit));
    EXPECT_TRUE(o.intact() && lse.intact() && dq.intact() && dk.intact() && dv.intact() && dnull.intact());
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, AttentionBf16, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
