#pragma once

#include "reference/attention.hpp"

#include <functional>

namespace cislens::reference {

/// Everything that a readout reads: q (B * Q, C), k and v (B * P, C), null_key (H, D) or empty, summary_key
/// (G, C) and summary_value (B * G, C) or empty, d_o (B * Q, C), row_weight (B * H, Q) or empty for 1.
template <typename T>
struct ReadoutInput {
  std::int64_t sequences, queries, keys, heads, head_channels, summaries;
  std::vector<std::int64_t> query_lengths, key_lengths;
  std::function<bool(std::int64_t query, std::int64_t key)> sees;  ///< the span
  std::vector<T> q, k, v, null_key, summary_key, summary_value, d_o, row_weight;

  std::int64_t channels() const { return heads * head_channels; }
  std::int64_t places() const { return keys + summaries + 1; }
};

/// The matrices that the streaming readout never holds: (B * H, Q, P + G + 1), the columns keys, summaries,
/// null key. `worth` is do_i . v_j; places that a query does not see hold zeros.
template <typename T>
struct DenseAttention {
  std::vector<T> weight, worth;
  std::vector<T> lse;  ///< (B * H, Q)
};

template <typename T>
struct Readout {
  std::vector<T> received, attribution, entropy, distance, mass, histogram, dv, summary_received,
      dsummary_value;
};

namespace detail {

/// Calls work(row, sequence, head, query) for every query that is not padding; row counts (sequence, head,
/// query).
template <typename T, typename Work>
void for_each_query(ReadoutInput<T> const& x, Work const& work) {
  for (std::int64_t b = 0; b < x.sequences; ++b) {
    for (std::int64_t h = 0; h < x.heads; ++h) {
      for (std::int64_t i = 0; i < x.query_lengths[b]; ++i) work((b * x.heads + h) * x.queries + i, b, h, i);
    }
  }
}

/// The bin of a distance: 0, 1, 2-3, 4-7, ...
inline std::int64_t distance_bin(std::int64_t distance) {
  std::int64_t bin = 0;
  while (distance >> bin != 0) ++bin;
  return bin;
}

/// Key and value of a place: nullptr for what is not seen, and for the null key's value.
template <typename T>
struct Place {
  T const* key = nullptr;
  T const* value = nullptr;

  Place(ReadoutInput<T> const& x, std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t place) {
    std::int64_t const from = h * x.head_channels;
    std::int64_t const summary = place - x.keys;
    if (place < x.keys) {
      if (place >= x.key_lengths[b] || !x.sees(i, place)) return;
      key = x.k.data() + (b * x.keys + place) * x.channels() + from;
      value = x.v.data() + (b * x.keys + place) * x.channels() + from;
    } else if (summary < x.summaries) {
      key = x.summary_key.data() + summary * x.channels() + from;
      value = x.summary_value.data() + (b * x.summaries + summary) * x.channels() + from;
    } else if (!x.null_key.empty()) {
      key = x.null_key.data() + from;
    }
  }
};

}  // namespace detail

template <typename T>
DenseAttention<T> dense_attention(ReadoutInput<T> const& x) {
  std::int64_t const rows = x.sequences * x.heads * x.queries;
  std::int64_t const d = x.head_channels;
  DenseAttention<T> result{std::vector<T>(rows * x.places()), std::vector<T>(rows * x.places()),
                           std::vector<T>(rows)};
  T const scale = constant<T>(1 / std::sqrt(static_cast<double>(d)));
  detail::for_each_query(x, [&](std::int64_t row, std::int64_t b, std::int64_t h, std::int64_t i) {
    std::int64_t const from = (b * x.queries + i) * x.channels() + h * d;
    T sum{};
    for (std::int64_t place = 0; place < x.places(); ++place) {
      detail::Place<T> const at(x, b, h, i, place);
      if (at.key == nullptr) continue;
      T const power = std::exp(scale * detail::dot(x.q.data() + from, at.key, d));
      result.weight[row * x.places() + place] = power;
      sum += power;
      if (at.value != nullptr)
        result.worth[row * x.places() + place] = detail::dot(x.d_o.data() + from, at.value, d);
    }
    if (sum == T{}) return;
    result.lse[row] = std::log(sum);
    for (std::int64_t place = 0; place < x.places(); ++place) result.weight[row * x.places() + place] /= sum;
  });
  return result;
}

/// Sums over the matrices, one term at a time.
template <typename T>
Readout<T> readout(ReadoutInput<T> const& x, DenseAttention<T> const& dense) {
  std::int64_t const heads = x.sequences * x.heads;
  Readout<T> r{std::vector<T>(heads * x.keys),
               std::vector<T>(heads * x.keys),
               std::vector<T>(heads * x.queries),
               std::vector<T>(heads * x.queries),
               std::vector<T>(heads * x.queries),
               std::vector<T>(heads * 33),
               std::vector<T>(x.sequences * x.keys * x.channels()),
               std::vector<T>(heads * x.summaries),
               std::vector<T>(x.sequences * x.summaries * x.channels())};
  detail::for_each_query(x, [&](std::int64_t row, std::int64_t b, std::int64_t h, std::int64_t i) {
    std::int64_t const head = b * x.heads + h;
    T const w = x.row_weight.empty() ? T(1) : x.row_weight[row];
    T const* const d_o = x.d_o.data() + (b * x.queries + i) * x.channels() + h * x.head_channels;
    for (std::int64_t place = 0; place < x.places(); ++place) {
      T const a = dense.weight[row * x.places() + place];
      if (a == T{}) continue;
      r.entropy[row] -= a * std::log(a);
      if (place == x.places() - 1) continue;
      bool const summary = place >= x.keys;
      std::int64_t const token = summary ? b * x.summaries + place - x.keys : b * x.keys + place;
      T* const dv = (summary ? r.dsummary_value : r.dv).data() + token * x.channels() + h * x.head_channels;
      for (std::int64_t d = 0; d < x.head_channels; ++d) dv[d] += a * d_o[d];
      if (summary) {
        r.summary_received[head * x.summaries + place - x.keys] += w * a;
        continue;
      }
      std::int64_t const distance = std::abs(i - place);
      r.received[head * x.keys + place] += w * a;
      r.attribution[head * x.keys + place] += a * dense.worth[row * x.places() + place];
      r.distance[row] += a * static_cast<T>(distance);
      r.mass[row] += a;
      r.histogram[head * 33 + detail::distance_bin(distance)] += a;
    }
  });
  return r;
}

}  // namespace cislens::reference
