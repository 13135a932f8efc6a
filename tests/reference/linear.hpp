#pragma once

#include "reference/scalar.hpp"

namespace cislens::reference {

template <typename T>
struct LinearGradients {
  std::vector<T> dx;       ///< (rows, in)
  std::vector<T> dweight;  ///< (in, out)
  std::vector<T> dbias;    ///< (out)
};

/// y = x W + b.
/// @param x       (rows, in)
/// @param weight  (in, out)
/// @param bias    (out), or empty for none
/// @return (rows, out)
template <typename T>
std::vector<T> linear_forward(std::int64_t rows, std::int64_t in, std::int64_t out, std::vector<T> const& x,
                              std::vector<T> const& weight, std::vector<T> const& bias) {
  std::vector<T> y(rows * out);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      T sum = bias.empty() ? T{} : bias[o];
      for (std::int64_t i = 0; i < in; ++i) sum += x[r * in + i] * weight[i * out + o];
      y[r * out + o] = sum;
    }
  }
  return y;
}

/// dx = dy W^T, dW = x^T dy, db = column sums of dy.
/// @param dy  (rows, out)
template <typename T>
LinearGradients<T> linear_backward(std::int64_t rows, std::int64_t in, std::int64_t out,
                                   std::vector<T> const& x, std::vector<T> const& weight,
                                   std::vector<T> const& dy) {
  LinearGradients<T> result{std::vector<T>(rows * in), std::vector<T>(in * out), std::vector<T>(out)};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      T const d = dy[r * out + o];
      result.dbias[o] += d;
      for (std::int64_t i = 0; i < in; ++i) {
        result.dx[r * in + i] += d * weight[i * out + o];
        result.dweight[i * out + o] += x[r * in + i] * d;
      }
    }
  }
  return result;
}

/// a + b, element by element.
template <typename T>
std::vector<T> add(std::vector<T> a, std::vector<T> const& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

}  // namespace cislens::reference
