#pragma once

#include "reference/scalar.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace cislens::reference {

using Complex = std::complex<double>;

inline std::vector<Complex> to_complex(std::vector<double> const& x) { return {x.begin(), x.end()}; }

/// Standard normal numbers, the same for the same seed.
inline std::vector<double> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& value : values) value = normal(engine);
  return values;
}

/// sum_i a_i b_i: makes one number of an output, so that `weights` are its gradient.
template <typename T>
T weighted_sum(std::vector<T> const& values, std::vector<double> const& weights) {
  T sum{};
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * T(weights[i]);
  return sum;
}

/// df/dx_i by the complex step, for every i.
inline std::vector<double> complex_step(std::function<Complex(std::vector<Complex> const&)> const& f,
                                        std::vector<double> const& x) {
  double const step = 1e-30;
  std::vector<Complex> z = to_complex(x);
  std::vector<double> gradient;
  for (Complex& value : z) {
    value += Complex(0, step);
    gradient.push_back(f(z).imag() / step);
    value -= Complex(0, step);
  }
  return gradient;
}

/// Whether two lists agree within `limit` times the largest of `expected` (at least 0.001).
inline ::testing::AssertionResult agree(std::vector<double> const& actual,
                                        std::vector<double> const& expected, double limit) {
  if (actual.size() != expected.size()) {
    return ::testing::AssertionFailure() << actual.size() << " numbers instead of " << expected.size();
  }
  double scale = 1e-3;
  for (double const value : expected) scale = std::max(scale, std::abs(value));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!(std::abs(actual[i] - expected[i]) <= limit * scale)) {
      return ::testing::AssertionFailure() << "number " << i << " is " << actual[i] << ", expected "
                                           << expected[i] << " +- " << limit * scale;
    }
  }
  return ::testing::AssertionSuccess();
}

/// The same numbers twice, in double: the rounding of a few thousand operations.
inline constexpr double rounding = 1e-12;

}  // namespace cislens::reference
