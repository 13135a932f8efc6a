#include "functions.hpp"
#include "simd.hpp"

#include <algorithm>

namespace cislens::cpu {

void add_rows(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
              std::int64_t y_stride) {
  for (std::int64_t i = 0; i < rows; ++i) add_scaled(1.0F, x + i * x_stride, y + i * y_stride, columns);
}

void copy_rows(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
               std::int64_t y_stride) {
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(x + i * x_stride, columns, y + i * y_stride);
}

void repeat_forward(std::int64_t count, std::int64_t size, float const* x, float* y) {
  for (std::int64_t i = 0; i < count; ++i) std::copy_n(x, size, y + i * size);
}

void repeat_backward(std::int64_t count, std::int64_t size, float const* dy, float* dx) {
  for (std::int64_t i = 0; i < count; ++i) add_scaled(1.0F, dy + i * size, dx, size);
}

}  // namespace cislens::cpu
