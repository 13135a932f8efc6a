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
    if (!(error <= limit[i] + floor)) {
      return ::testing::AssertionFailure() << "number " << i << " of " << actual.size() << " is " << actual[i]
                                           << ", expected " << expected[i] << " +- " << limit[i] + floor;
    }
  }
  return ::testing::AssertionSuccess();
}

/// A gradient that is added to what was there.
::testing::AssertionResult is_added(std::vector<float> const& actual, std::vector<double> expected,
                                    std::vector<double> const& limit) {
  auto const before = SpanRun::before(static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += static_cast<double>(before[i]);
  return within(actual, expected, limit);
}

/// As those of float32 but for the largest, and every width of a head with channels that are padding.
std::vector<ReadoutCase> bf16_cases() {
  std::vector<ReadoutCase> cases = span_cases();
  std::erase_if(cases, [](ReadoutCase const& c) { return c.queries > 640; });
  cases.push_back({1, 64, 64, 1, 7, {64}, {64}, {}, true, 0, false, 0});
  cases.push_back({2, 65, 65, 2, 20, {65, 50}, {65, 50}, {}, false, 2, false, 0});
  cases.push_back({1, 129, 129, 2, 60, {129}, {129}, {}, true, 1, false, 0});
  cases.push_back({1, 190, 190, 1, 100, {190}, {190}, {}, false, 0, false, 0});
  return cases;
}

TEST_P(AttentionBf16, IsOffByTheRoundingOfOperandsAlone) {
  context.set_precision(Precision::bf16);
  float g = 0;
  for (ReadoutCase const& c : bf16_cases()) {
    SCOPED_TRACE(c.name());
    g = g == 0 ? 0.3F : 0;
    SpanRun const run(context, c, g, bf16_input<float>(c));

    Bf16Spans const exact(c, static_cast<double>(g));
    auto const& [dq, dk, dv, dnull, dsummary_key, dsummary_value] = exact.backward;
    auto const& limit = exact.backward_limit;
    EXPECT_TRUE(within(run.o.values(), exact.forward.o, exact.forward_limit.o));
    EXPECT_TRUE(within(run.lse.values(), exact.forward.lse, exact.forward_limit.lse));
    if (g != 0) {
      EXPECT_TRUE(within(run.entropy.values(), exact.forward.entropy, exact.forward_limit.entropy));
    }
    EXPECT_TRUE(within(run.dq.values(), dq, limit.dq));
    EXPECT_TRUE(within(run.key_gradient(0), dk, limit.dk));
    EXPECT_TRUE(within(run.key_gradient(1), dv, limit.dv));
    EXPECT_TRUE(is_added(run.dnull_key.values(), dnull, limit.dnull_key));
    EXPECT_TRUE(is_added(run.dsummary_key.values(), dsummary_key, limit.dsummary_key));
    EXPECT_TRUE(within(run.dsummary_value.values(), dsummary_value, limit.dsummary_value));
    EXPECT_TRUE(run.intact());
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, AttentionBf16, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
