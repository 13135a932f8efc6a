#include "cislens/base/errors.hpp"

#include "attention_case.hpp"
#include "attention_floor.hpp"
#include "reference/linear.hpp"
#include "support/backends.hpp"

namespace cislens {
namespace {

using namespace test;

using Attention = OnBackend;

TEST_P(Attention, ForwardMatchesReference) {
  for (AttentionCase const& c : attention_cases()) {
    AttentionRun const run(context, c);

    AttentionReference<double> const exact(c);
    AttentionReference<float> const single(c);
    AttentionFloors const floors(c, exact);
    EXPECT_TRUE(matches(run.o.values(), exact.forward.o, single.forward.o, floors.o)) << c.name();
    EXPECT_TRUE(matches(run.lse.values(), exact.forward.lse, single.forward.lse, floors.lse)) << c.name();
    if (c.entropy_gradient != 0) {
      EXPECT_TRUE(
          matches(run.entropy.values(), exact.forward.entropy, single.forward.entropy, floors.entropy))
          << c.name();
    }
    EXPECT_TRUE(run.o.intact() && run.lse.intact() && run.entropy.intact() && run.qkv.intact());
  }
}

TEST_P(Attention, BackwardMatchesReferenceAndAddsToTheNullKey) {
  for (AttentionCase const& c : attention_cases()) {
    AttentionBackwardRun const run(context, c);

    AttentionReference<double> const exact(c);
    AttentionReference<float> const single(c);
    AttentionFloors const floors(c, exact);
    EXPECT_TRUE(matches(run.part_values(0), exact.backward.dq, single.backward.dq, floors.dq)) << c.name();
    EXPECT_TRUE(matches(run.part_values(1), exact.backward.dk, single.backward.dk, floors.dk)) << c.name();
    EXPECT_TRUE(matches(run.part_values(2), exact.backward.dv, single.backward.dv, floors.dv)) << c.name();
    if (c.null_key) {
      auto const before = c.dnull_before();
      auto const expected = reference::add(as<double>(before), exact.backward.dnull_key);
      double const floor = floors.dnull_key + additions_to(largest_of(expected), c.rows());
      EXPECT_TRUE(
          matches(run.dnull_key.values(), expected, reference::add(before, single.backward.dnull_key), floor))
          << c.name();
    }
    EXPECT_TRUE(run.dqkv.intact() && run.dnull_key.intact() && run.o.intact());
  }
}

TEST_P(Attention, GivesTheSameBitsAgain) {
  AttentionCase const c{2, 97, 3, 20, {97, 23}, true, 0.2F, 0};

  AttentionBackwardRun const first(context, c);
  AttentionBackwardRun const second(context, c);

  EXPECT_TRUE(same_bits(first.o.values(), second.o.values()));
  EXPECT_TRUE(same_bits(first.dqkv.values(), second.dqkv.values()));
  EXPECT_TRUE(same_bits(first.dnull_key.values(), second.dnull_key.values()));
}

/// The numbers of rows [first, first + count) of a matrix.
std::vector<float> rows_of(Guarded const& matrix, std::int64_t first, std::int64_t count) {
  std::vector<float> result;
  ConstView const all = matrix.host();
  for (std::int64_t i = first; i < first + count; ++i)
    result.insert(result.end(), all.row(i), all.row(i) + all.columns);
  return result;
}

/// Exact: neither the other sequences of a batch nor more padding change a bit of a sequence's rows.
TEST_P(Attention, ASequenceDoesNotDependOnItsBatchOrPadding) {
  AttentionCase const c{3, 61, 2, 20, {61, 35, 1}, true, 0.2F, 0};
  AttentionBackwardRun const batch(context, c);
  for (std::int64_t s = 0; s < c.sequences; ++s) {
    std::int64_t const length = c.lengths[s];
    AttentionCase alone = c;
    alone.sequences = 1;
    alone.tokens = s == 1 ? 70 : 61;
    alone.lengths = {length};
    AttentionRun run(context, alone);
    Guarded d_o(alone.tokens, c.channels(), std::vector<float>(alone.tokens * c.channels()));
    Guarded dqkv(alone.tokens, 3 * c.channels());
    ConstView const all = batch.qkv.host();
    ConstView const all_d_o = batch.d_o.host();
    View const own = run.qkv.host();
    View const own_d_o = d_o.host();
    for (std::int64_t i = 0; i < length; ++i) {
      std::int64_t const from = s * c.tokens + i;
      std::copy_n(all.row(from), 3 * c.channels(), own.row(i));
      std::copy_n(all_d_o.row(from), c.channels(), own_d_o.row(i));
    }
    std::int64_t const channels = c.channels();
    View const d = dqkv.view();

    attention_forward(context, run.input(), run.o.view(), run.lse.view(), run.entropy.view());
    attention_backward(context, run.input(), run.o.view(), run.lse.view(), run.entropy.view(),
                       c.entropy_gradient, d_o.view(),
                       {d.column_range(0, channels),
                        d.column_range(channels, channels),
                        d.column_range(2 * channels, channels),
                        View(),
                        {},
                        {}});

    EXPECT_TRUE(same_bits(rows_of(run.o, 0, length), rows_of(batch.o, s * c.tokens, length))) << s;
    EXPECT_TRUE(same_bits(rows_of(dqkv, 0, length), rows_of(batch.dqkv, s * c.tokens, length))) << s;
  }
}

TEST_P(Attention, LargeScoresDoNotOverflow) {
  AttentionCase const c{1, 33, 1, 16, {33}, true, 0, 0};
  AttentionRun run(context, c);
  View const qkv = run.qkv.host();
  for (std::int64_t i = 0; i < c.tokens; ++i) {
    for (std::int64_t d = 0; d < 2 * c.channels(); ++d) qkv.row(i)[d] *= 1000;
  }

  attention_forward(context, run.input(), run.o.view(), run.lse.view(), {});

  double const largest = largest_of(as<double>(c.v()));
  for (float const value : run.o.values()) EXPECT_LE(std::abs(static_cast<double>(value)), largest * 1.0001);
  for (float const value : run.lse.values()) EXPECT_TRUE(std::isfinite(value));
}

TEST_P(Attention, NaNIsNotSwallowed) {
  AttentionCase const c{1, 33, 1, 16, {33}, true, 0, 0};
  for (std::int64_t part = 0; part < 3; ++part) {
    AttentionRun run(context, c);
    run.qkv.host().row(7)[part * c.channels() + 3] = std::nanf("");

    attention_forward(context, run.input(), run.o.view(), run.lse.view(), {});

    EXPECT_TRUE(std::isnan(run.o.host().row(7)[3])) << "q, k or v: " << part;
  }
}

TEST_P(Attention, RefusesShapesThatDoNotFit) {
  AttentionCase const c{2, 5, 2, 4, {5, 3}, true, 0, 0};
  AttentionRun run(context, c);
  AttentionInput too_long = run.input();
  OnBothSides<std::int64_t> const lengths({6, 5});
  too_long.query_lengths = lengths.mirrored();
  too_long.key_lengths = lengths.mirrored();
  AttentionInput three_heads = run.input();
  three_heads.heads = 3;

  EXPECT_THROW(attention_forward(context, too_long, run.o.view(), run.lse.view(), {}), ShapeError);
  EXPECT_THROW(attention_forward(context, three_heads, run.o.view(), run.lse.view(), {}), ShapeError);
  EXPECT_THROW(attention_forward(context, run.input(), run.lse.view(), run.lse.view(), {}), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Attention, ::testing::ValuesIn(test_backends()), test_name);

}  // namespace
}  // namespace cislens
