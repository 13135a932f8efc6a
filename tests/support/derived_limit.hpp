#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace cislens::test {

/// What is stated in src/ops/cpu/simd.hpp, and what one rounding to float may add.
inline constexpr double exp2_accuracy = 3e-7;  // relative
inline constexpr double erf_accuracy = 2e-7;   // absolute
inline constexpr double half_ulp = 0x1p-24;    // relative

inline double largest_of(std::vector<double> const& values) {
  double largest = 0;
  for (double const value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// What three roundings of an intermediate number this large may add: for the floor of small cases, where the
/// error of the formula in float happens to be less than one rounding on its way.
inline double roundings_of(double largest_intermediate) { return 3 * half_ulp * largest_intermediate; }

/// What `count` additions to a number this large may add, three times: the error of n roundings grows like
/// their square root. For gradients that are added term by term to what a buffer holds, while the reference
/// adds one sum. Source: Higham, Mary 2019, "A new approach to probabilistic rounding error analysis", SIAM
/// J. Sci. Comput. 41.
inline double additions_to(double largest, std::int64_t count) {
  return roundings_of(largest) * std::sqrt(static_cast<double>(count));
}

/// How far an op in float may be from the formula in double: three times as far as the formula in float is,
/// which is at least one rounding of the result, plus `floor` where the op uses an approximation of stated
/// accuracy.
inline double derived_limit(std::vector<double> const& exact, std::vector<float> const& single,
                            double floor) {
  double error = half_ulp * largest_of(exact);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(single[i]) - exact[i]));
  }
  return 3 * error + floor;
}

inline ::testing::AssertionResult close(std::vector<float> const& actual, std::vector<double> const& expected,
                                        double limit) {
  if (actual.size() != expected.size()) {
    return ::testing::AssertionFailure() << actual.size() << " numbers instead of " << expected.size();
  }
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!(std::abs(static_cast<double>(actual[i]) - expected[i]) <= limit)) {
      return ::testing::AssertionFailure() << "number " << i << " of " << actual.size() << " is " << actual[i]
                                           << ", expected " << expected[i] << " +- " << limit;
    }
  }
  return ::testing::AssertionSuccess();
}

/// The formula in double and in float, and what it may be missed by.
inline ::testing::AssertionResult matches(std::vector<float> const& actual, std::vector<double> const& exact,
                                          std::vector<float> const& single, double floor) {
  if (exact.size() != single.size()) return ::testing::AssertionFailure() << "the references differ in size";
  return close(actual, exact, derived_limit(exact, single, floor));
}

}  // namespace cislens::test
