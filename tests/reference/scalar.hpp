#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <vector>

/// Every operation of the network written like its formula, as plain loops over std::vector. T is float,
/// double or std::complex<double>; the last is for the complex step: f(x + ih) with h = 1e-30 has the
/// imaginary part h f'(x), without rounding error, as long as f is analytic. So decisions (maxima, ReLU) look
/// at real parts alone, and nothing here takes an absolute value or a conjugate.
///
/// Layouts are row-major; tokens are (B * P, C), sequence after sequence. Backward functions return gradients
/// of one call, set, not added.
namespace cislens::reference {

template <typename T>
struct RealType {
  using type = T;
};
template <typename T>
struct RealType<std::complex<T>> {
  using type = T;
};
template <typename T>
using Real = typename RealType<T>::type;

template <typename T>
Real<T> real_part(T x) {
  return std::real(x);
}

/// A number of the formula in the type of the computation.
template <typename T>
T constant(double value) {
  return T(static_cast<Real<T>>(value));
}

/// Error function; for complex arguments its expansion to first order in the imaginary part, which is all
/// that the complex step sees: erf'(x) = 2 / sqrt(pi) exp(-x^2).
template <typename T>
T erf(T x) {
  return std::erf(x);
}
template <typename T>
std::complex<T> erf(std::complex<T> x) {
  T const slope = 2 / std::sqrt(std::numbers::pi_v<T>) * std::exp(-x.real() * x.real());
  return {std::erf(x.real()), x.imag() * slope};
}

/// log(1 + exp(x)) without overflow.
template <typename T>
T softplus(T x) {
  bool const positive = real_part(x) > 0;
  T const tail = std::log(T(1) + std::exp(positive ? -x : x));
  return positive ? x + tail : tail;
}

/// 1 / (1 + exp(-x)) without overflow.
template <typename T>
T sigmoid(T x) {
  if (real_part(x) >= 0) return T(1) / (T(1) + std::exp(-x));
  T const e = std::exp(x);
  return e / (T(1) + e);
}

}  // namespace cislens::reference
