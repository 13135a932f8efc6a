#pragma once

#include <cstdint>
#include <string>

namespace cislens::cuda {

/// y (rows, columns) = x (rows, k) times a weight (k, columns), or a (columns, k) that is `transposed`, +
/// bias + residual, float32. Strides in floats; a residual has y's.
struct LibraryProduct {
  std::int64_t rows, columns, k;
  float const* x;
  std::int64_t x_stride;
  float const* weight;
  std::int64_t weight_stride;
  bool transposed;
  float const* bias;      // or null
  float const* residual;  // or null
  float* y;
  std::int64_t y_stride;
};

/// Puts a product into the stream by cuBLASLt, which is opened by the first call and proves itself on
/// products whose results are known. One algorithm serves all numbers of rows, and k is never split: a row
/// has the same bits whatever is beside it.
/// @return false: it did nothing, and own kernels have to. Why: describe_products()
bool multiply_by_library(LibraryProduct const& product);

/// One line: the file of cuBLASLt that will be asked, or why own kernels multiply. Opens it.
std::string describe_products();

}  // namespace cislens::cuda
