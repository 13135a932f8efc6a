#include "cislens/base/errors.hpp"
#include "cislens/base/threads.hpp"

#include "attention_span_case.hpp"
#include "support/backends.hpp"

namespace cislens {
namespace {

using namespace test;

using AttentionSpans = OnBackend;
class AttentionSpansInTeams : public OnBackend {};  // a GPU works alone

::testing::AssertionResult agrees(std::vector<float> const& actual, std::vector<double> const& expected,
                                  std::vector<float> const& single, std::vector<double> const& floor) {
  return matches(actual, expected, single, SpanFloors::of(floor));
}

/// A gradient that is added to what was there, term by term.
::testing::AssertionResult is_added(std::vector<float> const& actual, std::vector<double> const& expected,
                                    std::vector<float> const& single, std::vector<double> const& floor,
                                    std::int64_t terms) {
  std::vector<double> exact = expected;
  std::vector<float> in_float = single;
  auto const before = SpanRun::before(static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < exact.size(); ++i) {
    exact[i] += static_cast<double>(before[i]);
    in_float[i] += before[i];
  }
  return matches(actual, exact, in_float, SpanFloors::of(floor) + additions_to(largest_of(exact), terms));
}

TEST_P(AttentionSpans, MatchTheDenseComputation) {
  float g = 0;
  for (ReadoutCase const& c : span_cases()) {
    SCOPED_TRACE(c.name());
    g = g == 0 ? 0.3F : 0;
    SpanRun const run(context, c, g);

    DenseSpans<double> const wanted(c, g);
    DenseSpans<float> const single(c, g);
    SpanFloors const floors(wanted, static_cast<double>(g));
    auto const& [dq, dk, dv, dnull, dsummary_key, dsummary_value] = wanted.backward;
    auto const& in_float = single.backward;
    EXPECT_TRUE(matches(run.o.values(), wanted.forward.o, single.forward.o, floors.o));
    EXPECT_TRUE(matches(run.lse.values(), wanted.forward.lse, single.forward.lse, floors.lse));
    if (g != 0) {
      EXPECT_TRUE(
          matches(run.entropy.values(), wanted.forward.entropy, single.forward.entropy, floors.entropy));
    }
    EXPECT_TRUE(agrees(run.dq.values(), dq, in_float.dq, floors.sums.dq));
    EXPECT_TRUE(agrees(run.key_gradient(0), dk, in_float.dk, floors.sums.dk));
    EXPECT_TRUE(agrees(run.key_gradient(1), dv, in_float.dv, floors.sums.dv));
    std::int64_t const terms = c.sequences * c.queries;
    EXPECT_TRUE(is_added(run.dnull_key.values(), dnull, in_float.dnull_key, floors.sums.dnull_key, terms));
    EXPECT_TRUE(is_added(run.dsummary_key.values(), dsummary_key, in_float.dsummary_key,
                         floors.sums.dsummary_key, terms));
    EXPECT_TRUE(agrees(run.dsummary_value.values(), dsummary_value, in_float.dsummary_value,
                       floors.sums.dsummary_value));
    EXPECT_TRUE(run.intact());
  }
}

TEST_P(AttentionSpansInTeams, HaveTheSameBytesForAnyNumberOfThreads) {
  for (ReadoutCase const& c : span_cases()) {
    SpanRun const alone(context, c, 0.2F);
    for (int const threads : {1, 2, 3}) {
      Threads team(threads);
      Context shared(GetParam().load(), team);
      SpanRun const run(shared, c, 0.2F);

      EXPECT_TRUE(same_bits(run.all(), alone.all())) << c.name() << ", " << threads << " threads";
      EXPECT_TRUE(run.intact());
    }
  }
}

TEST_P(AttentionSpans, AreExactAttentionWhenWideEnough) {
  ReadoutCase c{2, 300, 300, 1, 32, {300, 170}, {300, 170}, everything, true, 2, false, 0};
  auto const whole = SpanRun(context, c, 0.2F).all();

  for (AttentionSpan const span : {local(299), local(1 << 20), chunk(300), chunk(std::int64_t{1} << 50)}) {
    c.span = span;
    EXPECT_TRUE(same_bits(SpanRun(context, c, 0.2F).all(), whole)) << span.width;
  }
}

TEST_P(AttentionSpans, RowsWithoutKeysAreZeroAndGiveNothing) {
  ReadoutCase const c{1, 64, 20, 1, 16, {64}, {20}, local(5), false, 0, false, 0};
  SpanRun const run(context, c, 0.2F);
  ConstView const lse = run.lse.host();
  ConstView const entropy = run.entropy.host();
  ConstView const o = run.o.host();
  ConstView const dq = run.dq.host();
  for (std::int64_t i = 25; i < 64; ++i) {
    EXPECT_EQ(lse.row(0)[i], 0);
    EXPECT_EQ(entropy.row(0)[i], 0);
    for (std::int64_t d = 0; d < 16; ++d) {
      EXPECT_EQ(o.row(i)[d], 0);
      EXPECT_EQ(dq.row(i)[d], 0);
    }
  }
}

TEST_P(AttentionSpans, NaNInDataIsSeenAndStaysInItsChunk) {
  ReadoutCase const c{1, 600, 600, 1, 16, {600}, {600}, chunk(300), false, 0, false, 0};
  auto x = c.input<float>();
  for (auto* const part : {&x.q, &x.k, &x.v}) {
    float const kept = (*part)[7 * 16 + 3];
    (*part)[7 * 16 + 3] = std::nanf("");
    SpanRun const run(context, c, 0, x);
    EXPECT_TRUE(std::isnan(run.o.host().row(7)[3]));
    EXPECT_FALSE(std::isnan(run.o.host().row(599)[3]));
    (*part)[7 * 16 + 3] = kept;
  }
}

TEST_P(AttentionSpans, RefuseWhatDoesNotFit) {
  ReadoutCase c{1, 5, 4, 2, 4, {5}, {4}, everything, true, 0, false, 0};
  EXPECT_NO_THROW(SpanRun(context, c, 0));
  c.span = local(0);
  EXPECT_THROW(SpanRun(context, c, 0), ShapeError);
  c.span = chunk(-1);
  EXPECT_THROW(SpanRun(context, c, 0), ShapeError);
  c.span = everything;
  c.key_lengths = {5};
  auto const x = ReadoutCase{1, 5, 4, 2, 4, {5}, {4}, everything, true, 0, false, 0}.input<float>();
  EXPECT_THROW(SpanRun(context, c, 0, x), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, AttentionSpans, ::testing::ValuesIn(test_backends()), test_name);
INSTANTIATE_TEST_SUITE_P(Backends, AttentionSpansInTeams, ::testing::ValuesIn(cpu_backends()), test_name);

}  // namespace
}  // namespace cislens
