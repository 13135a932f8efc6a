#pragma once

#include "cislens/ops/attention.hpp"

#include "reference/attention_readout.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"

#include <string>
#include <vector>

namespace cislens::test {

/// One readout: shapes, what each query sees, how many partners are kept.
struct ReadoutCase {
  std::int64_t sequences, queries, keys, heads, head_channels;
  std::vector<std::int64_t> query_lengths, key_lengths;
  AttentionSpan span;
  bool null_key;
  std::int64_t summaries;
  bool weighted;
  std::int64_t partners;

  std::int64_t channels() const { return heads * head_channels; }
  std::int64_t rows() const { return sequences * heads * queries; }
  bool sees(std::int64_t i, std::int64_t j) const {
    if (span.kind == AttentionSpan::Kind::local) return std::abs(i - j) <= span.width;
    if (span.kind == AttentionSpan::Kind::chunk) return i / span.width == j / span.width;
    return true;
  }
  std::string name() const {
    return std::to_string(sequences) + " sequences of " + std::to_string(queries) + " x " +
           std::to_string(keys) + ", " + std::to_string(heads) + " heads of " +
           std::to_string(head_channels) + ", span " + std::to_string(static_cast<int>(span.kind)) + ":" +
           std::to_string(span.width) + ", " + std::to_string(summaries) + " summaries, " +
           std::to_string(partners) + " partners";
  }

  template <typename T>
  reference::ReadoutInput<T> input() const {
    auto const random = [](std::int64_t count, unsigned seed) { return as<T>(random_floats(count, seed)); };
    reference::ReadoutInput<T> x{};
    x.sequences = sequences;
    x.queries = queries;
    x.keys = keys;
    x.heads = heads;
    x.head_channels = head_channels;
    x.summaries = summaries;
    x.query_lengths = query_lengths;
    x.key_lengths = key_lengths;
    x.sees = [*this](std::int64_t i, std::int64_t j) { return sees(i, j); };
    x.q = random(sequences * queries * channels(), 1);
    x.k = random(sequences * keys * channels(), 2);
    x.v = random(sequences * keys * channels(), 3);
    x.d_o = random(sequences * queries * channels(), 4);
    if (null_key) x.null_key = random(channels(), 5);
    x.summary_key = random(summaries * channels(), 6);
    x.summary_value = random(sequences * summaries * channels(), 7);
    if (weighted) x.row_weight = random(rows(), 8);
    return x;
  }
};

/// The dense computation in T.
template <typename T>
struct DenseReadout {
  reference::ReadoutInput<T> x;
  reference::DenseAttention<T> dense;
  reference::Readout<T> sums;

  explicit DenseReadout(ReadoutCase const& c)
      : x(c.input<T>()), dense(reference::dense_attention(x)), sums(reference::readout(x, dense)) {}

  /// The sums of the terms' magnitudes: what a relative error of A is multiplied with.
  reference::Readout<T> magnitudes() const {
    DenseReadout copy = *this;
    for (std::vector<T>* const terms : {&copy.x.d_o, &copy.x.row_weight, &copy.dense.worth})
      for (T& term : *terms) term = std::abs(term);
    return reference::readout(copy.x, copy.dense);
  }
};

/// Buffers of a case, everything asked for, and the op run on them. Padding of the inputs holds NaN.
struct ReadoutRun {
  ReadoutCase c;
  OnBothSides<std::int64_t> query_lengths, key_lengths;
  Guarded q, kv, null_key, summary_key, summary_value, d_o, row_weight, lse;
  Guarded received, attribution, entropy, distance, mass, histogram, dkv, summary_received, dsummary_value;
  OnBothSides<std::int32_t> partners;
  Guarded partner_weight, partner_worth;

  explicit ReadoutRun(ReadoutCase const& a) : ReadoutRun(a, DenseReadout<double>(a)) {}
  ReadoutRun(ReadoutCase const& a, DenseReadout<double> const& exact)
      : c(a),
        query_lengths(a.query_lengths),
        key_lengths(a.key_lengths),
        q(a.sequences * a.queries, a.channels(), a.channels() + 3,
          padded(a.queries, a.query_lengths, exact.x.q)),
        kv(a.sequences * a.keys, 2 * a.channels(), 2 * a.channels() + 5, side_by_side(exact.x)),
        null_key(a.null_key ? a.heads : 0, a.head_channels, as<float>(exact.x.null_key)),
        summary_key(a.summaries, a.channels(), as<float>(exact.x.summary_key)),
        summary_value(a.sequences * a.summaries, a.channels(), as<float>(exact.x.summary_value)),
        d_o(a.sequences * a.queries, a.channels(), a.channels() + 1,
            padded(a.queries, a.query_lengths, exact.x.d_o)),
        row_weight(a.sequences * a.heads, a.queries,
                   a.weighted ? as<float>(exact.x.row_weight) : std::vector<float>(a.rows())),
        lse(a.sequences * a.heads, a.queries, as<float>(exact.dense.lse)),
        received(a.sequences * a.heads, a.keys),
        attribution(a.sequences * a.heads, a.keys),
        entropy(a.sequences * a.heads, a.queries),
        distance(a.sequences * a.heads, a.queries),
        mass(a.sequences * a.heads, a.queries),
        histogram(a.sequences * a.heads, AttentionReadout::distance_bins),
        dkv(a.sequences * a.keys, a.channels(), 2 * a.channels() + 5),
        summary_received(a.sequences * a.heads, a.summaries),
        dsummary_value(a.sequences * a.summaries, a.channels()),
        partners(std::vector<std::int32_t>(static_cast<std::size_t>(a.rows() * a.partners), -7)),
        partner_weight(a.rows(), a.partners),
        partner_worth(a.rows(), a.partners) {}

  AttentionInput input() {
    AttentionInput x;
    x.q = q.view();
    x.k = kv.view().column_range(0, c.channels());
    x.v = kv.view().column_range(c.channels(), c.channels());
    if (c.null_key) x.null_key = null_key.view();
    x.query_lengths = query_lengths.mirrored();
    x.key_lengths = key_lengths.mirrored();
    x.heads = c.heads;
    x.span = c.span;
    if (c.summaries > 0) {
      x.summary_key = summary_key.view();
      x.summary_value = summary_value.view();
    }
    return x;
  }

  AttentionReadout everything() {
    AttentionReadout readout;
    readout.received = received.view();
    readout.attribution = attribution.view();
    readout.entropy = entropy.view();
    readout.distance = distance.view();
    readout.mass = mass.view();
    readout.histogram = histogram.view();
    readout.dv = dkv.view();
    if (c.summaries > 0) {
      readout.summary_received = summary_received.view();
      readout.dsummary_value = dsummary_value.view();
    }
    if (c.partners > 0) {
      readout.partners = partners.device_span();
      readout.partner_weight = partner_weight.view();
      readout.partner_worth = partner_worth.view();
      readout.partner_count = c.partners;
    }
    return readout;
  }

  ConstView weights() const { return c.weighted ? row_weight.view() : ConstView(); }

  ReadoutRun& run(Context& context) {
    attention_readout(context, input(), lse.view(), d_o.view(), weights(), everything());
    return *this;
  }

  bool intact() const {
    for (Guarded const* const x :
         {&received, &attribution, &entropy, &distance, &mass, &histogram, &dkv, &summary_received,
          &dsummary_value, &partner_weight, &partner_worth, &q, &kv, &d_o, &lse})
      if (!x->intact()) return false;
    return true;
  }

 private:
  static std::vector<float> padded(std::int64_t tokens, std::vector<std::int64_t> const& lengths,
                                   std::vector<double> const& values) {
    std::vector<float> result = as<float>(values);
    auto const width = values.size() / (lengths.size() * static_cast<std::size_t>(tokens));
    for (std::size_t row = 0; row < lengths.size() * static_cast<std::size_t>(tokens); ++row) {
      auto const place = static_cast<std::int64_t>(row) % tokens;
      if (place < lengths[row / static_cast<std::size_t>(tokens)]) continue;
      std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(row * width), width, std::nanf(""));
    }
    return result;
  }
  static std::vector<float> side_by_side(reference::ReadoutInput<double> const& x) {
    auto const k = padded(x.keys, x.key_lengths, x.k);
    auto const v = padded(x.keys, x.key_lengths, x.v);
    std::vector<float> both;
    for (std::int64_t from = 0; from < static_cast<std::int64_t>(k.size()); from += x.channels()) {
      both.insert(both.end(), k.begin() + from, k.begin() + from + x.channels());
      both.insert(both.end(), v.begin() + from, v.begin() + from + x.channels());
    }
    return both;
  }
};

}  // namespace cislens::test
