#pragma once

#include "reference/scalar.hpp"

namespace cislens::reference {

/// Mean row entropy over all heads and rows of known tokens, divided by ln P; 0 when P < 2 or no token is
/// known. Linear in the entropies: its gradient for each of those rows is 1 / (H * rows * ln P), see
/// attention_backward.
/// @param lengths  (B)
/// @param entropy  (B, H, P)
template <typename T>
T attention_entropy(std::int64_t heads, std::int64_t tokens, std::vector<std::int64_t> const& lengths,
                    std::vector<T> const& entropy) {
  T sum{};
  std::int64_t rows = 0;
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    rows += lengths[b];
    for (std::int64_t h = 0; h < heads; ++h) {
      for (std::int64_t i = 0; i < lengths[b]; ++i) sum += entropy[(b * heads + h) * tokens + i];
    }
  }
  if (tokens < 2 || rows == 0) return T{};
  return sum / constant<T>(static_cast<double>(heads * rows) * std::log(static_cast<double>(tokens)));
}

template <typename T>
struct HeadDiversity {
  T value;
  std::vector<T> dweight;  ///< (C, 3 C)
};

namespace detail {

/// Column blocks of one row-major matrix: W_a is rows x width, starting at column `first`.
template <typename T>
struct ColumnBlock {
  T const* data;
  std::int64_t rows, stride, first, width;

  T at(std::int64_t row, std::int64_t column) const { return data[row * stride + first + column]; }
};

template <typename T>
T squared_norm(ColumnBlock<T> const& w) {
  T sum{};
  for (std::int64_t r = 0; r < w.rows; ++r) {
    for (std::int64_t d = 0; d < w.width; ++d) sum += w.at(r, d) * w.at(r, d);
  }
  return sum;
}

/// a^T b, (width, width).
template <typename T>
std::vector<T> overlap_matrix(ColumnBlock<T> const& a, ColumnBlock<T> const& b) {
  std::vector<T> m(a.width * b.width);
  for (std::int64_t i = 0; i < a.width; ++i) {
    for (std::int64_t j = 0; j < b.width; ++j) {
      for (std::int64_t r = 0; r < a.rows; ++r) m[i * b.width + j] += a.at(r, i) * b.at(r, j);
    }
  }
  return m;
}

/// f = ||a^T b||^2 / (||a||^2 ||b||^2), added to value with `share`; its gradients, d/da = 2 (b (a^T b)^T /
/// (|a|^2 |b|^2)
/// - f a / |a|^2) and likewise for b, added to dweight.
template <typename T>
void add_overlap(ColumnBlock<T> const& a, ColumnBlock<T> const& b, T share, HeadDiversity<T>& result) {
  auto const m = overlap_matrix(a, b);
  T const norm_a = squared_norm(a);
  T const norm_b = squared_norm(b);
  T f{};
  for (T const value : m) f += value * value / (norm_a * norm_b);
  result.value += share * f;
  T const twice = T(2) * share;
  for (std::int64_t r = 0; r < a.rows; ++r) {
    for (std::int64_t i = 0; i < a.width; ++i) {
      T along_a{};
      T along_b{};
      for (std::int64_t j = 0; j < a.width; ++j) {
        along_a += b.at(r, j) * m[i * a.width + j];
        along_b += a.at(r, j) * m[j * a.width + i];
      }
      result.dweight[r * a.stride + a.first + i] +=
          twice * (along_a / (norm_a * norm_b) - f * a.at(r, i) / norm_a);
      result.dweight[r * b.stride + b.first + i] +=
          twice * (along_b / (norm_a * norm_b) - f * b.at(r, i) / norm_b);
    }
  }
}

}  // namespace detail

/// How much the heads' subspaces overlap: for Q, K and V and each pair of heads a < b, ||W_a^T W_b||_F^2 /
/// (||W_a||_F^2 ||W_b||_F^2); the mean over all of them. 0 when orthogonal, and for one head.
/// @param qkv_weight  (C, 3 C): columns Q | K | V, each head after head; no column block all zero
template <typename T>
HeadDiversity<T> head_diversity(std::int64_t channels, std::int64_t heads, std::vector<T> const& qkv_weight) {
  HeadDiversity<T> result{T{}, std::vector<T>(qkv_weight.size())};
  std::int64_t const width = channels / heads;
  if (heads < 2) return result;
  T const share = constant<T>(2 / static_cast<double>(3 * heads * (heads - 1)));
  for (std::int64_t part = 0; part < 3; ++part) {
    for (std::int64_t a = 0; a < heads; ++a) {
      for (std::int64_t b = a + 1; b < heads; ++b) {
        auto const block = [&](std::int64_t head) {
          return detail::ColumnBlock<T>{qkv_weight.data(), channels, 3 * channels,
                                        part * channels + head * width, width};
        };
        detail::add_overlap(block(a), block(b), share, result);
      }
    }
  }
  return result;
}

}  // namespace cislens::reference
