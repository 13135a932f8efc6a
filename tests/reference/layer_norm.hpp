#pragma once

#include "reference/scalar.hpp"

namespace cislens::reference {

template <typename T>
struct LayerNorm {
  std::vector<T> y;     ///< (rows, C)
  std::vector<T> mean;  ///< (rows)
  std::vector<T> rstd;  ///< (rows)
};

template <typename T>
struct LayerNormGradients {
  std::vector<T> dx;     ///< (rows, C)
  std::vector<T> dgain;  ///< (C)
  std::vector<T> dbias;  ///< (C)
};

/// y = (x - mean) * rstd * gain + bias,  rstd = 1 / sqrt(var + epsilon), divisor C.
/// @param x           (rows, C)
/// @param gain, bias  (C)
/// Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450, section 3.
template <typename T>
LayerNorm<T> layer_norm_forward(std::int64_t rows, std::int64_t channels, std::vector<T> const& x,
                                std::vector<T> const& gain, std::vector<T> const& bias, double epsilon) {
  LayerNorm<T> result{std::vector<T>(rows * channels), std::vector<T>(rows), std::vector<T>(rows)};
  T const count = constant<T>(static_cast<double>(channels));
  for (std::int64_t r = 0; r < rows; ++r) {
    T const* const row = x.data() + r * channels;
    T mean{};
    for (std::int64_t c = 0; c < channels; ++c) mean += row[c] / count;
    T variance{};
    for (std::int64_t c = 0; c < channels; ++c) variance += (row[c] - mean) * (row[c] - mean) / count;
    result.mean[r] = mean;
    result.rstd[r] = T(1) / std::sqrt(variance + constant<T>(epsilon));
    for (std::int64_t c = 0; c < channels; ++c) {
      result.y[r * channels + c] = (row[c] - mean) * result.rstd[r] * gain[c] + bias[c];
    }
  }
  return result;
}

/// With n = (x - mean) rstd and g = dy gain:  dx = rstd (g - mean(g) - n mean(g n)).
/// @param forward  what layer_norm_forward gave for x
/// @param dy       (rows, C)
template <typename T>
LayerNormGradients<T> layer_norm_backward(std::int64_t rows, std::int64_t channels, std::vector<T> const& x,
                                          std::vector<T> const& gain, LayerNorm<T> const& forward,
                                          std::vector<T> const& dy) {
  LayerNormGradients<T> result{std::vector<T>(rows * channels), std::vector<T>(channels),
                               std::vector<T>(channels)};
  T const count = constant<T>(static_cast<double>(channels));
  for (std::int64_t r = 0; r < rows; ++r) {
    auto const normal = [&](std::int64_t c) {
      return (x[r * channels + c] - forward.mean[r]) * forward.rstd[r];
    };
    T mean_g{};
    T mean_gn{};
    for (std::int64_t c = 0; c < channels; ++c) {
      T const d = dy[r * channels + c];
      mean_g += d * gain[c] / count;
      mean_gn += d * gain[c] * normal(c) / count;
      result.dgain[c] += d * normal(c);
      result.dbias[c] += d;
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      result.dx[r * channels + c] =
          forward.rstd[r] * (dy[r * channels + c] * gain[c] - mean_g - normal(c) * mean_gn);
    }
  }
  return result;
}

}  // namespace cislens::reference
