#include "functions.hpp"
#include "product.hpp"
#include "product_bf16.hpp"

#include <algorithm>

namespace cislens::cpu {
namespace {

void multiply(bool bf16, ProductSize const& size, Strided const& a, Strided const& b, ProductOutput const& c,
              float* scratch) {
  if (bf16) {
    product_bf16(size, a, b, c, scratch);
  } else {
    product<FloatOperands>(size, a, b, c, scratch);
  }
}

}  // namespace

std::int64_t linear_scratch(LinearShape const& shape) {
  return product_scratch(std::max(shape.in, shape.out));
}

void linear_forward(LinearShape const& shape, float const* x, float const* weight, float const* bias,
                    float const* residual, float* y, float* scratch) {
  multiply(shape.bf16, {shape.rows, shape.out, shape.in}, {x, shape.x_stride, 1},
           {weight, shape.weight_stride, 1}, {bias, residual, shape.out, y, shape.y_stride}, scratch);
}

void linear_backward(LinearShape const& shape, float const* x, float const* weight, float const* dy,
                     float* dx, std::int64_t dx_stride, float* dweight, float* dbias, float* scratch) {
  if (dweight != nullptr) {
    multiply(shape.bf16, {shape.in, shape.out, shape.rows}, {x, 1, shape.x_stride}, {dy, shape.y_stride, 1},
             {nullptr, dweight, shape.weight_stride, dweight, shape.weight_stride}, scratch);
  }
  if (dbias != nullptr) {
    for (std::int64_t i = 0; i < shape.rows; ++i) add_scaled(1.0F, dy + i * shape.y_stride, dbias, shape.out);
  }
  if (dx != nullptr) {
    multiply(shape.bf16, {shape.rows, shape.in, shape.out}, {dy, shape.y_stride, 1},
             {weight, 1, shape.weight_stride}, {nullptr, nullptr, 0, dx, dx_stride}, scratch);
  }
}

}  // namespace cislens::cpu
