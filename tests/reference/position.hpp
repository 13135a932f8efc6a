#pragma once

#include "reference/attention.hpp"

namespace cislens::reference {

/// Turns the pair (d, d + D/2) of each head by position * base^(-2 d / D); the position is the token's index.
/// @param x          (B * P, C): queries or keys, D even
/// @param direction  1, or -1 for the gradient: turning back is the transpose
/// Source: Su et al. 2021, arXiv:2104.09864, equation 34, in the "rotate half" pairing.
template <typename T>
std::vector<T> rotary(AttentionShape const& shape, double base, int direction, std::vector<T> const& x) {
  std::vector<T> y(x.size());
  std::int64_t const half = shape.head_channels / 2;
  for (std::int64_t row = 0; row < shape.sequences * shape.tokens; ++row) {
    auto const position = static_cast<double>(row % shape.tokens);
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      for (std::int64_t d = 0; d < half; ++d) {
        double const turn = -2.0 * static_cast<double>(d) / static_cast<double>(shape.head_channels);
        double const angle = direction * position * std::pow(base, turn);
        T const c = constant<T>(std::cos(angle));
        T const s = constant<T>(std::sin(angle));
        std::int64_t const a = row * shape.channels() + h * shape.head_channels + d;
        y[a] = c * x[a] - s * x[a + half];
        y[a + half] = s * x[a] + c * x[a + half];
      }
    }
  }
  return y;
}

/// table[p][2 i] = sin(p 10000^(-2 i / C)), table[p][2 i + 1] = cos of the same.
/// @return (P, C)
/// Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
template <typename T>
std::vector<T> sinusoidal_table(std::int64_t tokens, std::int64_t channels) {
  std::vector<T> table(tokens * channels);
  for (std::int64_t p = 0; p < tokens; ++p) {
    for (std::int64_t c = 0; c < channels; ++c) {
      std::int64_t const even = c / 2 * 2;
      double const exponent = -static_cast<double>(even) / static_cast<double>(channels);
      double const angle = static_cast<double>(p) * std::pow(10000.0, exponent);
      table[p * channels + c] = constant<T>(c == even ? std::sin(angle) : std::cos(angle));
    }
  }
  return table;
}

/// Where token p of `tokens` lies in a table of `rows`: ends on ends, linear between.
struct TablePlace {
  std::int64_t row;      ///< the row at or before the place
  double share_of_next;  ///< in [0, 1); what row + 1 contributes
};

inline TablePlace table_place(std::int64_t p, std::int64_t tokens, std::int64_t rows) {
  if (tokens < 2 || rows < 2) return {0, 0};
  double const place =
      static_cast<double>(p) * static_cast<double>(rows - 1) / static_cast<double>(tokens - 1);
  auto const row = static_cast<std::int64_t>(place);
  return row >= rows - 1 ? TablePlace{rows - 1, 0} : TablePlace{row, place - static_cast<double>(row)};
}

/// A learned table stretched or shrunk to `tokens` positions; one token takes the first row.
/// @param table  (rows, C), rows >= 1
/// @return (tokens, C)
template <typename T>
std::vector<T> learned_positions_forward(std::int64_t rows, std::int64_t tokens, std::int64_t channels,
                                         std::vector<T> const& table) {
  std::vector<T> y(tokens * channels);
  for (std::int64_t p = 0; p < tokens; ++p) {
    auto const [row, share] = table_place(p, tokens, rows);
    for (std::int64_t c = 0; c < channels; ++c) {
      y[p * channels + c] = constant<T>(1 - share) * table[row * channels + c];
      if (share > 0) y[p * channels + c] += constant<T>(share) * table[(row + 1) * channels + c];
    }
  }
  return y;
}

/// @param dy  (tokens, C)
/// @return dtable, (rows, C)
template <typename T>
std::vector<T> learned_positions_backward(std::int64_t rows, std::int64_t tokens, std::int64_t channels,
                                          std::vector<T> const& dy) {
  std::vector<T> dtable(rows * channels);
  for (std::int64_t p = 0; p < tokens; ++p) {
    auto const [row, share] = table_place(p, tokens, rows);
    for (std::int64_t c = 0; c < channels; ++c) {
      dtable[row * channels + c] += constant<T>(1 - share) * dy[p * channels + c];
      if (share > 0) dtable[(row + 1) * channels + c] += constant<T>(share) * dy[p * channels + c];
    }
  }
  return dtable;
}

}  // namespace cislens::reference
