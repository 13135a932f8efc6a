#include "cislens/base/errors.hpp"
#include "cislens/base/threads.hpp"

#include "readout_case.hpp"
#include "support/backends.hpp"

#include <algorithm>
#include <numeric>

namespace cislens {
namespace {

using namespace test;
using Kind = AttentionSpan::Kind;

constexpr AttentionSpan exact_span{};

using ReadoutProperty = OnBackend;
class ReadoutInTeams : public OnBackend {};  // a GPU works alone

double total(std::vector<float> const& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

TEST_P(ReadoutProperty, EveryQueryGivesItsWholeWeightAway) {
  ReadoutCase const c{2, 97, 97, 2, 16, {97, 40}, {97, 40}, {Kind::local, 9}, false, 3, false, 1};

  ReadoutRun run(c);
  run.run(context);

  double const queries = 2 * (97 + 40);
  EXPECT_NEAR(total(run.mass.values()) + total(run.summary_received.values()), queries, 1e-5 * queries);
  EXPECT_NEAR(total(run.received.values()), total(run.mass.values()), 1e-5 * queries);
  EXPECT_NEAR(total(run.histogram.values()), total(run.mass.values()), 1e-5 * queries);
}

TEST_P(ReadoutProperty, TheNullKeyTakesWhatIsMissing) {
  ReadoutCase const c{1, 33, 33, 1, 16, {33}, {33}, {Kind::chunk, 8}, true, 1, false, 1};
  DenseReadout<double> const exact(c);

  ReadoutRun run(c, exact);
  run.run(context);

  std::vector<float> const mass = run.mass.values();
  for (std::int64_t i = 0; i < c.queries; ++i) {
    double const* const a = exact.dense.weight.data() + i * exact.x.places();
    EXPECT_NEAR(mass[i] + a[33] + a[34], 1, 1e-5);
  }
}

/// What a readout wrote, one after the other.
std::vector<float> everything(ReadoutRun const& run) {
  std::vector<float> all;
  for (Guarded const* const x :
       {&run.received, &run.attribution, &run.entropy, &run.distance, &run.mass, &run.histogram, &run.dkv,
        &run.summary_received, &run.dsummary_value, &run.partner_weight, &run.partner_worth}) {
    auto const values = x->values();
    all.insert(all.end(), values.begin(), values.end());
  }
  std::vector<std::int32_t> const partners = run.partners.host();
  all.insert(all.end(), partners.begin(), partners.end());
  return all;
}

TEST_P(ReadoutProperty, SpansAsWideAsTheSequenceAreExact) {
  ReadoutCase c{2, 97, 97, 2, 16, {97, 40}, {97, 40}, exact_span, true, 0, true, 8};
  ReadoutRun exact(c);
  exact.run(context);
  for (AttentionSpan const span : {AttentionSpan{Kind::local, 96}, AttentionSpan{Kind::local, 1 << 30},
                                   AttentionSpan{Kind::chunk, 97}, AttentionSpan{Kind::chunk, 1000}}) {
    c.span = span;
    ReadoutRun wide(c);
    wide.run(context);
    EXPECT_TRUE(same_bits(everything(exact), everything(wide))) << c.name();
  }
}

/// Every chunk as a sequence of its own: 4 chunks of 24 tokens are 4 sequences of 24.
TEST_P(ReadoutProperty, ChunksAreSequencesOfTheirOwn) {
  ReadoutCase const chunked{1, 96, 96, 1, 16, {96}, {96}, {Kind::chunk, 24}, false, 0, false, 4};
  ReadoutCase const apart{4,          24,    24, 1,     16, {24, 24, 24, 24}, {24, 24, 24, 24},
                          exact_span, false, 0,  false, 4};

  ReadoutRun one(chunked);
  ReadoutRun many(apart);
  one.run(context);
  many.run(context);

  EXPECT_TRUE(close(one.received.values(), as<double>(many.received.values()), 1e-5));
  EXPECT_TRUE(close(one.attribution.values(), as<double>(many.attribution.values()), 1e-4));
  EXPECT_TRUE(close(one.entropy.values(), as<double>(many.entropy.values()), 1e-5));
  EXPECT_TRUE(close(one.dkv.values(), as<double>(many.dkv.values()), 1e-5));
  auto const partners = one.partners.host();
  auto const of_many = many.partners.host();
  for (std::size_t n = 0; n < partners.size(); ++n) EXPECT_EQ(partners[n] % 24, of_many[n]) << n;
}

/// All scores are 0: the partners are the first keys in place, across blocks and ranges of keys.
TEST_P(ReadoutProperty, TiesAreBrokenByPlace) {
  for (AttentionSpan const span : {exact_span, AttentionSpan{Kind::local, 500}}) {
    ReadoutCase const c{1, 1100, 1100, 1, 8, {1090}, {1090}, span, false, 0, false, 5};
    ReadoutRun run(c);
    View const q = run.q.host();
    for (std::int64_t i = 0; i < c.queries; ++i) std::fill_n(q.row(i), c.channels(), 0.0F);

    run.run(context);

    std::vector<std::int32_t> const partners = run.partners.host();
    for (std::int64_t i = 0; i < 1090; ++i) {
      std::int64_t const first = span.kind == Kind::exact ? 0 : std::max<std::int64_t>(0, i - 500);
      for (std::int64_t n = 0; n < 5; ++n) ASSERT_EQ(partners[i * 5 + n], first + n) << i;
    }
  }
}

TEST_P(ReadoutInTeams, ThreadsDoNotChangeABit) {
  std::vector<ReadoutCase> const cases{
      {1, 2100, 2100, 1, 8, {2100}, {2100}, exact_span, true, 2, true, 4},
      {2, 1300, 1300, 1, 8, {1300, 700}, {1300, 700}, {Kind::local, 300}, false, 1, false, 3},
      {3, 65, 65, 2, 16, {65, 0, 7}, {65, 0, 7}, exact_span, true, 0, false, 3}};
  for (ReadoutCase const& c : cases) {
    ReadoutRun alone(c);
    alone.run(context);
    for (int const threads : {1, 2, 3}) {
      Threads team(threads);
      Context shared(GetParam().load(), team);
      ReadoutRun run(c);
      run.run(shared);
      EXPECT_TRUE(same_bits(everything(alone), everything(run))) << threads << " threads, " << c.name();
    }
  }
}

TEST_P(ReadoutProperty, GivesTheSameBitsAgain) {
  ReadoutCase const c{2, 200, 200, 1, 16, {200, 70}, {200, 70}, {Kind::local, 100}, true, 2, true, 6};
  ReadoutRun first(c);
  ReadoutRun again(c);

  first.run(context);
  again.run(context);

  EXPECT_TRUE(same_bits(everything(first), everything(again)));
}

TEST_P(ReadoutProperty, WhatIsNotAskedForChangesNothing) {
  ReadoutCase const c{1, 300, 300, 2, 16, {280}, {280}, {Kind::local, 90}, true, 2, false, 6};
  ReadoutRun all(c);
  ReadoutRun few(c);
  all.run(context);

  AttentionReadout readout;
  readout.received = few.received.view();
  readout.partners = few.partners.device_span();
  readout.partner_weight = few.partner_weight.view();
  readout.partner_count = c.partners;
  attention_readout(context, few.input(), few.lse.view(), {}, {}, readout);

  EXPECT_TRUE(same_bits(few.received.values(), all.received.values()));
  EXPECT_TRUE(same_bits(few.partner_weight.values(), all.partner_weight.values()));
  EXPECT_EQ(few.partners.host(), all.partners.host());
  EXPECT_TRUE(few.intact());
}

TEST_P(ReadoutProperty, EntriesAreThoseOfTheMatrix) {
  for (AttentionSpan const span :
       {exact_span, AttentionSpan{Kind::local, 3}, AttentionSpan{Kind::chunk, 5}}) {
    ReadoutCase const c{2, 12, 17, 2, 20, {12, 7}, {17, 4}, span, true, 1, false, 1};
    DenseReadout<double> const exact(c);
    ReadoutRun run(c, exact);
    std::vector<AttentionEntry> entries;
    std::vector<double> weights;
    std::vector<double> worths;
    for (std::int64_t row = 0; row < c.rows(); ++row) {
      for (std::int64_t key = 0; key < c.keys; ++key) {
        entries.push_back({row / c.queries / c.heads, row / c.queries % c.heads, row % c.queries, key});
        std::int64_t const at = row * exact.x.places() + key;
        weights.push_back(exact.dense.weight[at]);
        worths.push_back(exact.dense.weight[at] * exact.dense.worth[at]);
      }
    }
    std::vector<float> weight(entries.size());
    std::vector<float> worth(entries.size());

    attention_entries(context, run.input(), run.lse.view(), run.d_o.view(), entries, weight, worth);

    EXPECT_TRUE(close(weight, weights, 1e-6)) << c.name();
    EXPECT_TRUE(close(worth, worths, 1e-5)) << c.name();
    for (std::size_t n = 0; n < weight.size(); ++n) EXPECT_EQ(weight[n] == 0, weights[n] == 0) << n;
  }
}

/// Summaries are themselves attention over all keys, alpha_gj, so that a query sees key j with A'_ij = A_ij +
/// sum_g A_ig alpha_gj. A second readout, of the summaries' attention with what the first one says of them,
/// gives the rest.
TEST_P(ReadoutProperty, SummariesPassOnWhatTheyReceive) {
  ReadoutCase const c{2, 40, 40, 2, 16, {40, 23}, {40, 23}, {Kind::local, 4}, true, 3, false, 1};
  ReadoutCase const second{2, 3, 40, 2, 16, {3, 3}, {40, 23}, exact_span, false, 0, true, 1};
  DenseReadout<double> const a(c);
  DenseReadout<double> const alpha(second);  // keys and values of the same seed, queries of their own
  ReadoutRun run(c, a);
  ReadoutRun rest(second, alpha);

  run.run(context);
  attention_readout(context, rest.input(), rest.lse.view(), run.dsummary_value.view(),
                    run.summary_received.view(), rest.everything());

  reference::ReadoutInput<double> x = a.x;
  reference::DenseAttention<double> whole = a.dense;
  for (std::int64_t row = 0; row < c.rows(); ++row) {
    std::int64_t const head = row / c.queries;
    std::int64_t const b = head / c.heads;
    std::int64_t const i = row % c.queries;
    if (i >= c.query_lengths[b]) continue;
    std::int64_t const from = row * x.places();
    for (std::int64_t j = 0; j < c.key_lengths[b]; ++j) {
      for (std::int64_t g = 0; g < 3; ++g)
        whole.weight[from + j] +=
            a.dense.weight[from + c.keys + g] * alpha.dense.weight[(head * 3 + g) * alpha.x.places() + j];
      std::int64_t const channel = head % c.heads * c.head_channels;
      whole.worth[from + j] =
          reference::detail::dot(x.d_o.data() + (b * c.queries + i) * c.channels() + channel,
                                 x.v.data() + (b * c.keys + j) * c.channels() + channel, c.head_channels);
    }
  }
  auto const expected = reference::readout(x, whole);
  auto const sum = [](Guarded const& p, Guarded const& q) {
    auto both = p.values();
    auto const more = q.values();
    for (std::size_t n = 0; n < both.size(); ++n) both[n] += more[n];
    return both;
  };
  EXPECT_TRUE(close(sum(run.received, rest.received), expected.received, 1e-5));
  EXPECT_TRUE(close(sum(run.attribution, rest.attribution), expected.attribution, 1e-4));
  EXPECT_TRUE(close(sum(run.dkv, rest.dkv), expected.dv, 1e-5));
}

TEST_P(ReadoutProperty, RefusesWhatDoesNotFit) {
  ReadoutCase const c{1, 9, 9, 1, 8, {9}, {9}, exact_span, false, 0, false, 2};
  ReadoutRun run(c);
  AttentionReadout too_many = run.everything();
  too_many.partner_count = 3;
  AttentionReadout without_weight = run.everything();
  without_weight.partner_weight = {};
  AttentionReadout other_shape = run.everything();
  other_shape.received = run.partner_weight.view();
  std::vector<AttentionEntry> const outside{{0, 0, 9, 0}};
  std::vector<float> weight(1);

  auto const call = [&](ConstView d_o, AttentionReadout const& readout) {
    attention_readout(context, run.input(), run.lse.view(), d_o, {}, readout);
  };
  EXPECT_THROW(call(run.d_o.view(), too_many), ShapeError);
  EXPECT_THROW(call(run.d_o.view(), without_weight), ShapeError);
  EXPECT_THROW(call(run.d_o.view(), other_shape), ShapeError);
  EXPECT_THROW(call({}, run.everything()), ShapeError);
  EXPECT_THROW(attention_entries(context, run.input(), run.lse.view(), {}, outside, weight, {}), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, ReadoutProperty, ::testing::ValuesIn(test_backends()), test_name);
INSTANTIATE_TEST_SUITE_P(Backends, ReadoutInTeams, ::testing::ValuesIn(cpu_backends()), test_name);

}  // namespace
}  // namespace cislens
