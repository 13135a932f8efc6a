#pragma once

#include "reference/scalar.hpp"

namespace cislens::reference {

/// max(x, 0); slope 0 at 0.
template <typename T>
std::vector<T> relu_forward(std::vector<T> x) {
  for (T& value : x) value = real_part(value) > 0 ? value : T{};
  return x;
}

template <typename T>
std::vector<T> relu_backward(std::vector<T> const& x, std::vector<T> dy) {
  for (std::size_t i = 0; i < x.size(); ++i) dy[i] = real_part(x[i]) > 0 ? dy[i] : T{};
  return dy;
}

/// x Phi(x) with the exact normal distribution function Phi(x) = (1 + erf(x / sqrt 2)) / 2.
/// Source: Hendrycks, Gimpel 2016, arXiv:1606.08415, section 2.
template <typename T>
std::vector<T> gelu_forward(std::vector<T> x) {
  for (T& value : x)
    value *= constant<T>(0.5) * (T(1) + reference::erf(value * constant<T>(1 / std::numbers::sqrt2)));
  return x;
}

/// Phi(x) + x phi(x).
template <typename T>
std::vector<T> gelu_backward(std::vector<T> const& x, std::vector<T> dy) {
  double const peak = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  for (std::size_t i = 0; i < x.size(); ++i) {
    T const below = constant<T>(0.5) * (T(1) + reference::erf(x[i] * constant<T>(1 / std::numbers::sqrt2)));
    T const density = constant<T>(peak) * std::exp(constant<T>(-0.5) * x[i] * x[i]);
    dy[i] *= below + x[i] * density;
  }
  return dy;
}

}  // namespace cislens::reference
