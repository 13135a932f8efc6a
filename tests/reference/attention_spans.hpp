#pragma once

#include "reference/attention_readout.hpp"

namespace cislens::reference {

/// Attention with spans, summaries and keys of another length: what attention_forward gives. Rows of padding,
/// and rows without any key, are 0.
template <typename T>
struct SpanAttention {
  std::vector<T> o;             ///< (B * Q, C)
  std::vector<T> lse, entropy;  ///< (B * H, Q)
};

template <typename T>
struct SpanGradients {
  std::vector<T> dq, dk, dv, dnull_key, dsummary_key, dsummary_value;  ///< as in ReadoutInput
};

namespace detail {

/// Where the key and the value of a place are in the vectors of gradients; the null key has no value.
struct PlaceIndex {
  std::int64_t key, value;

  template <typename T>
  PlaceIndex(ReadoutInput<T> const& x, std::int64_t b, std::int64_t h, std::int64_t place) {
    std::int64_t const from = h * x.head_channels;
    std::int64_t const summary = place - x.keys;
    key = place < x.keys          ? (b * x.keys + place) * x.channels() + from
          : summary < x.summaries ? summary * x.channels() + from
                                  : from;
    value = place < x.keys ? key : (b * x.summaries + summary) * x.channels() + from;
  }
};

}  // namespace detail

template <typename T>
SpanAttention<T> span_attention(ReadoutInput<T> const& x, DenseAttention<T> const& dense) {
  SpanAttention<T> r{std::vector<T>(x.q.size()), dense.lse, std::vector<T>(dense.lse.size())};
  detail::for_each_query(x, [&](std::int64_t row, std::int64_t b, std::int64_t h, std::int64_t i) {
    T* const o = r.o.data() + (b * x.queries + i) * x.channels() + h * x.head_channels;
    for (std::int64_t place = 0; place < x.places(); ++place) {
      T const a = dense.weight[row * x.places() + place];
      detail::Place<T> const at(x, b, h, i, place);
      if (at.key == nullptr) continue;
      r.entropy[row] -= a * std::log(a);
      if (at.value == nullptr) continue;
      for (std::int64_t d = 0; d < x.head_channels; ++d) o[d] += a * at.value[d];
    }
  });
  return r;
}

/// dS_ij = A_ij (do_i . v_j - do_i . o_i - g (ln A_ij + H_i)), for a loss of which x.d_o is the gradient with
/// respect to o and g that with respect to every row's entropy H.
template <typename T>
SpanGradients<T> span_attention_backward(ReadoutInput<T> const& x, DenseAttention<T> const& dense,
                                         SpanAttention<T> const& forward, T g) {
  SpanGradients<T> r{std::vector<T>(x.q.size()),           std::vector<T>(x.k.size()),
                     std::vector<T>(x.v.size()),           std::vector<T>(x.null_key.size()),
                     std::vector<T>(x.summary_key.size()), std::vector<T>(x.summary_value.size())};
  std::int64_t const channels = x.head_channels;
  T const scale = constant<T>(1 / std::sqrt(static_cast<double>(channels)));
  detail::for_each_query(x, [&](std::int64_t row, std::int64_t b, std::int64_t h, std::int64_t i) {
    std::int64_t const from = (b * x.queries + i) * x.channels() + h * channels;
    T const delta = detail::dot(x.d_o.data() + from, forward.o.data() + from, channels);
    for (std::int64_t place = 0; place < x.places(); ++place) {
      detail::Place<T> const at(x, b, h, i, place);
      if (at.key == nullptr) continue;
      detail::PlaceIndex const index(x, b, h, place);
      T const a = dense.weight[row * x.places() + place];
      T const worth = dense.worth[row * x.places() + place];
      T const ds = scale * a * (worth - delta - g * (std::log(a) + forward.entropy[row]));
      std::vector<T>& dkey = place < x.keys                 ? r.dk
                             : place < x.keys + x.summaries ? r.dsummary_key
                                                            : r.dnull_key;
      std::vector<T>& dvalue = place < x.keys ? r.dv : r.dsummary_value;
      for (std::int64_t d = 0; d < channels; ++d) {
        r.dq[from + d] += ds * at.key[d];
        dkey[index.key + d] += ds * x.q[from + d];
        if (at.value != nullptr) dvalue[index.value + d] += a * x.d_o[from + d];
      }
    }
  });
  return r;
}

}  // namespace cislens::reference
