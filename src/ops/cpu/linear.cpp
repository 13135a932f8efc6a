#include "functions.hpp"
#include "simd.hpp"

#include <Eigen/Core>

namespace cislens::cpu {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;
using ConstMap = Eigen::Map<Matrix const, 0, Eigen::OuterStride<>>;

ConstMap map(float const* data, std::int64_t rows, std::int64_t columns, std::int64_t stride) {
  return {data, rows, columns, Eigen::OuterStride<>(stride)};
}
Map map(float* data, std::int64_t rows, std::int64_t columns, std::int64_t stride) {
  return {data, rows, columns, Eigen::OuterStride<>(stride)};
}

/// y = bias (or zero) + residual (or nothing): what the product is added to.
void start_rows(std::int64_t rows, std::int64_t columns, float const* bias, float const* residual, float* y,
                std::int64_t stride) {
  for (std::int64_t i = 0; i < rows; ++i) {
    float* const to = y + i * stride;
    float const* const from = residual == nullptr ? nullptr : residual + i * columns;
    auto const value = [&](std::int64_t c, auto const& get) {
      Vector x{};
      if (bias != nullptr) x += get(bias + c);
      if (from != nullptr) x += get(from + c);
      return x;
    };
    in_vectors(
        columns, [&](std::int64_t c) { store(to + c, value(c, load)); },
        [&](std::int64_t c, std::int64_t n) {
          store_some(to + c, value(c, [n](float const* p) { return load_some(p, n); }), n);
        });
  }
}

}  // namespace

void linear_forward(std::int64_t rows, std::int64_t in, std::int64_t out, float const* x,
                    std::int64_t x_stride, float const* weight, float const* bias, float const* residual,
                    float* y, std::int64_t y_stride) {
  start_rows(rows, out, bias, residual, y, y_stride);
  map(y, rows, out, y_stride).noalias() += map(x, rows, in, x_stride) * map(weight, in, out, out);
}

void linear_backward(std::int64_t rows, std::int64_t in, std::int64_t out, float const* x,
                     std::int64_t x_stride, float const* weight, float const* dy, std::int64_t dy_stride,
                     float* dx, std::int64_t dx_stride, float* dweight, float* dbias) {
  auto const gradient = map(dy, rows, out, dy_stride);
  if (dweight != nullptr)
    map(dweight, in, out, out).noalias() += map(x, rows, in, x_stride).transpose() * gradient;
  if (dbias != nullptr) {
    for (std::int64_t i = 0; i < rows; ++i) add_scaled(1.0F, dy + i * dy_stride, dbias, out);
  }
  if (dx != nullptr)
    map(dx, rows, in, dx_stride).noalias() = gradient * map(weight, in, out, out).transpose();
}

}  // namespace cislens::cpu
