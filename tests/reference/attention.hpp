#pragma once

#include "reference/scalar.hpp"

#include <algorithm>

namespace cislens::reference {

struct AttentionShape {
  std::int64_t sequences, tokens, heads, head_channels;

  std::int64_t channels() const { return heads * head_channels; }
};

/// Rows of padded queries, and every row of an empty sequence, hold zeros everywhere.
template <typename T>
struct Attention {
  std::vector<T> o;        ///< (B * P, C), columns head after head
  std::vector<T> lse;      ///< (B, H, P), log of the sum of exp(score), the null key included
  std::vector<T> entropy;  ///< (B, H, P), -sum_j A_ij ln A_ij, the null key included
  std::vector<T> weights;  ///< (B, H, P, P + 1), A_ij; the last column is the null key
};

template <typename T>
struct AttentionGradients {
  std::vector<T> dq, dk, dv;  ///< (B * P, C)
  std::vector<T> dnull_key;   ///< (H, D), or empty
};

namespace detail {

/// One head of one sequence: where its numbers are.
struct HeadAt {
  AttentionShape shape;
  std::int64_t b, h;

  std::int64_t token(std::int64_t i) const {
    return (b * shape.tokens + i) * shape.channels() + h * shape.head_channels;
  }
  std::int64_t row(std::int64_t i) const { return (b * shape.heads + h) * shape.tokens + i; }
  std::int64_t weight(std::int64_t i, std::int64_t j) const { return row(i) * (shape.tokens + 1) + j; }
};

template <typename T>
T dot(T const* a, T const* b, std::int64_t count) {
  T sum{};
  for (std::int64_t d = 0; d < count; ++d) sum += a[d] * b[d];
  return sum;
}

/// q_i . k_j / sqrt(D) for the keys of one query, the null key's last (place `tokens`); other places are
/// unused.
template <typename T>
std::vector<T> scores(HeadAt const& at, std::int64_t i, std::int64_t length, std::vector<T> const& q,
                      std::vector<T> const& k, std::vector<T> const& null_key) {
  std::int64_t const d = at.shape.head_channels;
  T const scale = constant<T>(1 / std::sqrt(static_cast<double>(d)));
  T const* const query = q.data() + at.token(i);
  std::vector<T> result(at.shape.tokens + 1);
  for (std::int64_t j = 0; j < length; ++j) result[j] = scale * dot(query, k.data() + at.token(j), d);
  if (!null_key.empty()) result[at.shape.tokens] = scale * dot(query, null_key.data() + at.h * d, d);
  return result;
}

/// The places of `scores` that hold a key.
inline std::vector<std::int64_t> key_places(AttentionShape const& shape, std::int64_t length, bool null_key) {
  std::vector<std::int64_t> places;
  for (std::int64_t j = 0; j < length; ++j) places.push_back(j);
  if (null_key) places.push_back(shape.tokens);
  return places;
}

template <typename T>
void attend_row(HeadAt const& at, std::int64_t i, std::int64_t length, std::vector<T> const& q,
                std::vector<T> const& k, std::vector<T> const& v, std::vector<T> const& null_key,
                Attention<T>& result) {
  auto const score = scores(at, i, length, q, k, null_key);
  auto const places = key_places(at.shape, length, !null_key.empty());
  Real<T> largest = real_part(score[places.front()]);
  for (std::int64_t const j : places) largest = std::max(largest, real_part(score[j]));
  T sum{};
  for (std::int64_t const j : places) sum += std::exp(score[j] - T(largest));
  T const lse = T(largest) + std::log(sum);
  result.lse[at.row(i)] = lse;
  for (std::int64_t const j : places) {
    T const weight = std::exp(score[j] - lse);
    result.weights[at.weight(i, j)] = weight;
    result.entropy[at.row(i)] -= weight * (score[j] - lse);
    if (j == at.shape.tokens) continue;
    for (std::int64_t d = 0; d < at.shape.head_channels; ++d) {
      result.o[at.token(i) + d] += weight * v[at.token(j) + d];
    }
  }
}

}  // namespace detail

/// softmax(Q K^T / sqrt(D)) V per head, over the keys j < lengths[b] and one null key a head, whose value is
/// 0.
/// @param lengths   (B), tokens of each sequence, 0 ... P
/// @param q, k, v   (B * P, C), columns head after head
/// @param null_key  (H, D), or empty for none; takes no part in position schemes
/// Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
template <typename T>
Attention<T> attention_forward(AttentionShape const& shape, std::vector<std::int64_t> const& lengths,
                               std::vector<T> const& q, std::vector<T> const& k, std::vector<T> const& v,
                               std::vector<T> const& null_key) {
  std::int64_t const rows = shape.sequences * shape.heads * shape.tokens;
  Attention<T> result{std::vector<T>(shape.sequences * shape.tokens * shape.channels()), std::vector<T>(rows),
                      std::vector<T>(rows), std::vector<T>(rows * (shape.tokens + 1))};
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      for (std::int64_t i = 0; i < lengths[b]; ++i) {
        detail::attend_row({shape, b, h}, i, lengths[b], q, k, v, null_key, result);
      }
    }
  }
  return result;
}

namespace detail {

template <typename T>
void attend_row_backward(HeadAt const& at, std::int64_t i, std::int64_t length, std::vector<T> const& q,
                         std::vector<T> const& k, std::vector<T> const& v, std::vector<T> const& null_key,
                         Attention<T> const& forward, std::vector<T> const& d_o,
                         std::vector<T> const& dentropy, AttentionGradients<T>& result) {
  std::int64_t const channels = at.shape.head_channels;
  T const scale = constant<T>(1 / std::sqrt(static_cast<double>(channels)));
  auto const score = scores(at, i, length, q, k, null_key);
  T const* const row_do = d_o.data() + at.token(i);
  T const row_sum = dot(row_do, forward.o.data() + at.token(i), channels);  // sum_j A_ij (dO_i . v_j)
  T const row_dentropy = dentropy.empty() ? T{} : dentropy[at.row(i)];
  for (std::int64_t const j : key_places(at.shape, length, !null_key.empty())) {
    bool const null = j == at.shape.tokens;
    T const weight = forward.weights[at.weight(i, j)];
    T const dweight = null ? T{} : dot(row_do, v.data() + at.token(j), channels);
    T const log_weight = score[j] - forward.lse[at.row(i)];
    T const dscore =
        weight * (dweight - row_sum - row_dentropy * (log_weight + forward.entropy[at.row(i)])) * scale;
    T const* const key = null ? null_key.data() + at.h * channels : k.data() + at.token(j);
    T* const dkey = null ? result.dnull_key.data() + at.h * channels : result.dk.data() + at.token(j);
    for (std::int64_t d = 0; d < channels; ++d) {
      result.dq[at.token(i) + d] += dscore * key[d];
      dkey[d] += dscore * q[at.token(i) + d];
      if (!null) result.dv[at.token(j) + d] += weight * row_do[d];
    }
  }
}

}  // namespace detail

/// With s the scores, E the row entropy:  ds_ij = A_ij (dO_i . v_j - dO_i . o_i) - dE_i A_ij (ln A_ij + E_i).
/// @param forward   what attention_forward gave for the same arguments
/// @param d_o       (B * P, C); rows of padded queries are ignored
/// @param dentropy  (B, H, P), or empty for zeros
template <typename T>
AttentionGradients<T> attention_backward(AttentionShape const& shape,
                                         std::vector<std::int64_t> const& lengths, std::vector<T> const& q,
                                         std::vector<T> const& k, std::vector<T> const& v,
                                         std::vector<T> const& null_key, Attention<T> const& forward,
                                         std::vector<T> const& d_o, std::vector<T> const& dentropy) {
  AttentionGradients<T> result{std::vector<T>(q.size()), std::vector<T>(k.size()), std::vector<T>(v.size()),
                               std::vector<T>(null_key.size())};
  for (std::int64_t b = 0; b < shape.sequences; ++b) {
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      for (std::int64_t i = 0; i < lengths[b]; ++i) {
        detail::attend_row_backward({shape, b, h}, i, lengths[b], q, k, v, null_key, forward, d_o, dentropy,
                                    result);
      }
    }
  }
  return result;
}

}  // namespace cislens::reference
