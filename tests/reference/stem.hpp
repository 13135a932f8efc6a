#pragma once

#include "cislens/base/nucleotide.hpp"

#include "reference/scalar.hpp"

#include <algorithm>

namespace cislens::reference {

struct StemShape {
  std::int64_t channels, width, pool;
  bool exponential;  ///< activation exp instead of ReLU
};

/// Marks a token that no place won, because it lies beyond the sequence.
inline constexpr std::uint8_t no_winner = 255;

template <typename T>
struct Stem {
  std::vector<T> y;                  ///< (P, C)
  std::vector<std::uint8_t> winner;  ///< (P, C): 2 * (place within the token) + (1 on the reverse strand)
};

template <typename T>
struct StemGradients {
  std::vector<T> dweight;  ///< (K, 4, C)
  std::vector<T> dbias;    ///< (C)
};

inline std::int64_t token_count(std::int64_t length, std::int64_t pool) { return (length + pool - 1) / pool; }

/// The row of the filter table that column k of the window around `centre` chooses on a strand, or -1 for N
/// and outside.
inline std::int64_t stem_row(BasesView bases, std::int64_t centre, std::int64_t k, std::int64_t width,
                             bool reverse) {
  std::int64_t const position = centre + k - width / 2;
  if (position < 0 || position >= static_cast<std::int64_t>(bases.size()) || bases[position] >= base_n)
    return -1;
  return reverse ? 4 * (width - 1 - k) + complement(bases[position]) : 4 * k + bases[position];
}

/// Filters shared between the strands, bias, activation, max-pooling, of one sequence.
///
///   forward(l) = sum_k weight[k][x[l + k - K/2]],  reverse(l) = sum_k weight[K-1-k][complement(x[l + k -
///   K/2])] y[p] = activation(max over l in the token and both strands + bias)
///
/// Both are summed in the order of the filter's columns, so that a window and its reverse complement
/// elsewhere tie exactly. Ties: the first place, on it the forward strand. The last token may hold fewer than
/// `pool` bases.
/// @param bases   (L), codes 0-4; N and what is outside contribute 0
/// @param weight  (K, 4, C)
/// @param bias    (C)
template <typename T>
Stem<T> stem_forward(BasesView bases, std::vector<T> const& weight, std::vector<T> const& bias,
                     StemShape const& shape) {
  std::int64_t const length = static_cast<std::int64_t>(bases.size());
  std::int64_t const tokens = token_count(length, shape.pool);
  Stem<T> result{std::vector<T>(tokens * shape.channels),
                 std::vector<std::uint8_t>(tokens * shape.channels, no_winner)};
  for (std::int64_t p = 0; p < tokens; ++p) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      T best{};
      std::uint8_t& winner = result.winner[p * shape.channels + c];
      for (std::int64_t l = p * shape.pool; l < std::min((p + 1) * shape.pool, length); ++l) {
        for (int reverse = 0; reverse < 2; ++reverse) {
          T response{};
          for (std::int64_t tap = 0; tap < shape.width; ++tap) {
            std::int64_t const k = reverse != 0 ? shape.width - 1 - tap : tap;
            std::int64_t const row = stem_row(bases, l, k, shape.width, reverse != 0);
            if (row >= 0) response += weight[row * shape.channels + c];
          }
          if (winner != no_winner && !(real_part(response) > real_part(best))) continue;
          best = response;
          winner = static_cast<std::uint8_t>(2 * (l - p * shape.pool) + reverse);
        }
      }
      T const x = best + bias[c];
      result.y[p * shape.channels + c] = shape.exponential ? std::exp(x) : (real_part(x) > 0 ? x : T{});
    }
  }
  return result;
}

/// @param forward  what stem_forward gave for the same arguments
/// @param dy       (P, C)
template <typename T>
StemGradients<T> stem_backward(BasesView bases, StemShape const& shape, Stem<T> const& forward,
                               std::vector<T> const& dy) {
  StemGradients<T> result{std::vector<T>(shape.width * 4 * shape.channels), std::vector<T>(shape.channels)};
  std::int64_t const tokens = token_count(static_cast<std::int64_t>(bases.size()), shape.pool);
  for (std::int64_t p = 0; p < tokens; ++p) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      std::int64_t const at = p * shape.channels + c;
      T const slope = shape.exponential ? forward.y[at] : T(real_part(forward.y[at]) > 0 ? 1 : 0);
      T const d = dy[at] * slope;
      result.dbias[c] += d;
      std::int64_t const centre = p * shape.pool + forward.winner[at] / 2;
      for (std::int64_t k = 0; k < shape.width; ++k) {
        std::int64_t const row = stem_row(bases, centre, k, shape.width, forward.winner[at] % 2 != 0);
        if (row >= 0) result.dweight[row * shape.channels + c] += d;
      }
    }
  }
  return result;
}

}  // namespace cislens::reference
