#pragma once

#include "ops/readout_case.hpp"
#include "reference/attention_spans.hpp"

#include <cmath>

namespace cislens::test {

inline constexpr AttentionSpan everything{};
inline AttentionSpan local(std::int64_t width) { return {AttentionSpan::Kind::local, width}; }
inline AttentionSpan chunk(std::int64_t width) { return {AttentionSpan::Kind::chunk, width}; }

/// Spans, lengths around blocks, panels and ranges, cross-attention both ways, padding, summaries, null key.
inline std::vector<ReadoutCase> span_cases() {
  return {{1, 1, 1, 1, 8, {1}, {1}, local(1), false, 0, false, 0},
          {1, 31, 31, 2, 8, {31}, {31}, local(1), true, 0, false, 0},
          {2, 33, 33, 2, 16, {33, 20}, {33, 20}, local(5), false, 1, false, 0},
          {1, 100, 100, 1, 24, {97}, {97}, local(200), true, 3, false, 0},
          {2, 300, 300, 1, 32, {300, 290}, {300, 290}, local(64), true, 3, false, 0},
          {1, 1000, 1000, 1, 16, {1000}, {1000}, local(64), false, 0, false, 0},
          {1, 33, 33, 1, 8, {33}, {33}, chunk(1), false, 0, false, 0},
          {2, 100, 100, 2, 16, {100, 64}, {100, 64}, chunk(7), true, 1, false, 0},
          {1, 512, 512, 1, 32, {512}, {512}, chunk(64), false, 3, false, 0},
          {1, 600, 600, 1, 128, {580}, {580}, chunk(300), true, 0, false, 0},
          {2, 7, 300, 2, 32, {7, 5}, {300, 299}, everything, true, 0, false, 0},
          {2, 300, 7, 2, 32, {300, 301 - 2}, {7, 5}, everything, false, 3, false, 0},
          {2, 600, 3, 1, 128, {600, 590}, {3, 0}, everything, true, 3, false, 0},
          {2, 3, 600, 1, 128, {3, 0}, {600, 590}, everything, false, 1, false, 0},
          {1, 64, 20, 1, 16, {64}, {20}, local(5), false, 0, false, 0},  // queries beyond all keys
          {1, 640, 300, 1, 128, {640}, {290}, local(5), true, 0, false, 0},
          {1, 40, 20, 2, 64, {40}, {20}, chunk(16), false, 0, false, 0},
          {3, 40, 40, 1, 64, {40, 0, 3}, {40, 0, 3}, everything, false, 17, false, 0},
          {1, 700, 700, 2, 128, {700}, {700}, everything, true, 3, false, 0},  // three ranges
          {1, 900, 900, 1, 128, {850}, {850}, local(100), true, 3, false, 0}};
}

/// The dense computation in T.
template <typename T>
struct DenseSpans {
  reference::ReadoutInput<T> x;
  reference::DenseAttention<T> dense;
  reference::SpanAttention<T> forward;
  reference::SpanGradients<T> backward;

  DenseSpans(ReadoutCase const& c, float g)
      : x(c.input<T>()),
        dense(reference::dense_attention(x)),
        forward(reference::span_attention(x, dense)),
        backward(reference::span_attention_backward(x, dense, forward, T(g))) {}
};

/// What the exponential's accuracy may add to each output, derived as in AttentionFloors: the sums of
/// A_ij (|do . v_j| + 2 m_i + |g| (|ln A_ij| + 3 H_i + 1)) in the place of dS.
struct SpanFloors {
  double o, lse, entropy;
  reference::SpanGradients<double> sums;

  SpanFloors(DenseSpans<double> const& exact, double g)
      : o(2 * exp2_accuracy * std::max(largest_of(exact.x.v), largest_of(exact.x.summary_value))),
        lse(exp2_accuracy),
        entropy(exp2_accuracy * (1 + 2 * std::log(static_cast<double>(exact.x.places())))) {
    // The same sums with all terms positive: magnitudes of q, k and do; a delta of -2 m; an entropy of which
    // -(ln A + H) is |ln A| + 3 H + 1.
    auto x = exact.x;
    auto dense = exact.dense;
    for (auto* const part : {&x.q, &x.k, &x.d_o, &x.null_key, &x.summary_key, &dense.worth})
      for (double& value : *part) value = std::abs(value);
    auto forward = exact.forward;
    std::fill(forward.o.begin(), forward.o.end(), 0.0);
    reference::detail::for_each_query(x, [&](std::int64_t row, std::int64_t, std::int64_t, std::int64_t) {
      double m = 0;
      for (std::int64_t p = row * x.places(); p < (row + 1) * x.places(); ++p)
        m += dense.weight[p] * dense.worth[p];
      for (std::int64_t p = row * x.places(); p < (row + 1) * x.places(); ++p) {
        dense.worth[p] += 2 * m;
        double const a = dense.weight[p];
        if (a > 0)
          dense.worth[p] += std::abs(g) * (std::abs(std::log(a)) + 3 * exact.forward.entropy[row] + 1);
      }
    });
    sums = reference::span_attention_backward(x, dense, forward, 0.0);
  }

  static double of(std::vector<double> const& sum) { return 2 * exp2_accuracy * largest_of(sum); }
};

/// Forward and backward of a case. Padding of q, k, v and do holds NaN.
struct SpanRun {
  ReadoutCase c;
  float g;
  OnBothSides<std::int64_t> query_lengths, key_lengths;
  Guarded q, kv, null_key, summary_key, summary_value, d_o, o, lse, entropy;
  Guarded dq, dkv, dnull_key, dsummary_key, dsummary_value;

  SpanRun(Context& context, ReadoutCase const& a, float entropy_gradient)
      : SpanRun(context, a, entropy_gradient, a.input<float>()) {}
  SpanRun(Context& context, ReadoutCase const& a, float entropy_gradient,
          reference::ReadoutInput<float> const& x)
      : c(a),
        g(entropy_gradient),
        query_lengths(a.query_lengths),
        key_lengths(a.key_lengths),
        q(a.sequences * a.queries, a.channels(), a.channels() + 3,
          with_padding(a.queries, a.query_lengths, x.q)),
        kv(a.sequences * a.keys, 2 * a.channels(), 2 * a.channels() + 5, keys_and_values(x)),
        null_key(a.null_key ? a.heads : 0, a.head_channels, x.null_key),
        summary_key(a.summaries, a.channels(), a.channels() + 2, x.summary_key),
        summary_value(a.sequences * a.summaries, a.channels(), a.channels() + 1, x.summary_value),
        d_o(a.sequences * a.queries, a.channels(), a.channels() + 1,
            with_padding(a.queries, a.query_lengths, x.d_o)),
        o(a.sequences * a.queries, a.channels(), a.channels() + 1),
        lse(a.sequences * a.heads, a.queries),
        entropy(a.sequences * a.heads, a.queries),
        dq(a.sequences * a.queries, a.channels(), a.channels() + 3),
        dkv(a.sequences * a.keys, 2 * a.channels(), 2 * a.channels() + 5),
        dnull_key(a.null_key ? a.heads : 0, a.head_channels, before(a.null_key ? a.channels() : 0)),
        dsummary_key(a.summaries, a.channels(), a.channels() + 2, before(a.summaries * a.channels())),
        dsummary_value(a.sequences * a.summaries, a.channels(), a.channels() + 1) {
    bool const summaries = a.summaries > 0;
    AttentionInput const input{q.view(),
                               kv.view().column_range(0, a.channels()),
                               kv.view().column_range(a.channels(), a.channels()),
                               a.null_key ? null_key.view() : View(),
                               query_lengths.mirrored(),
                               key_lengths.mirrored(),
                               a.heads,
                               a.span,
                               summaries ? summary_key.view() : View(),
                               summaries ? summary_value.view() : View()};
    View const entropies = g == 0 ? View() : entropy.view();
    attention_forward(context, input, o.view(), lse.view(), entropies);
    attention_backward(
        context, input, o.view(), lse.view(), entropies, g, d_o.view(),
        {dq.view(), dkv.view().column_range(0, a.channels()),
         dkv.view().column_range(a.channels(), a.channels()), a.null_key ? dnull_key.view() : View(),
         summaries ? dsummary_key.view() : View(), summaries ? dsummary_value.view() : View()});
  }

  /// What the gradients of parameters hold before: they are added to.
  static std::vector<float> before(std::int64_t count) { return random_floats(count, 9); }

  bool intact() const {
    for (Guarded const* const x :
         {&q, &kv, &d_o, &o, &lse, &entropy, &dq, &dkv, &dnull_key, &dsummary_key, &dsummary_value}) {
      if (!x->intact()) return false;
    }
    return true;
  }

  /// Everything that was computed.
  std::vector<float> all() const {
    std::vector<float> values;
    for (Guarded const* const x :
         {&o, &lse, &entropy, &dq, &dkv, &dnull_key, &dsummary_key, &dsummary_value}) {
      auto const part = x->values();
      values.insert(values.end(), part.begin(), part.end());
    }
    return values;
  }

  /// dk (0) or dv (1).
  std::vector<float> key_gradient(std::int64_t index) const {
    std::vector<float> values;
    ConstView const all = dkv.host();
    for (std::int64_t i = 0; i < c.sequences * c.keys; ++i) {
      float const* const row = all.row(i) + index * c.channels();
      values.insert(values.end(), row, row + c.channels());
    }
    return values;
  }

 private:
  static std::vector<float> with_padding(std::int64_t rows, std::vector<std::int64_t> const& lengths,
                                         std::vector<float> values) {
    std::int64_t const columns =
        static_cast<std::int64_t>(values.size()) / (rows * static_cast<std::int64_t>(lengths.size()));
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      std::int64_t const first = static_cast<std::int64_t>(s) * rows;
      std::fill(values.begin() + (first + lengths[s]) * columns, values.begin() + (first + rows) * columns,
                std::nanf(""));
    }
    return values;
  }
  static std::vector<float> keys_and_values(reference::ReadoutInput<float> const& x) {
    auto const k = with_padding(x.keys, x.key_lengths, x.k);
    auto const v = with_padding(x.keys, x.key_lengths, x.v);
    std::vector<float> all;
    for (std::int64_t row = 0; row < x.sequences * x.keys; ++row) {
      for (auto const* const part : {&k, &v}) {
        all.insert(all.end(), part->begin() + row * x.channels(), part->begin() + (row + 1) * x.channels());
      }
    }
    return all;
  }
};

}  // namespace cislens::test
