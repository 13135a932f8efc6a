#include "column_sums.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "vector.cuh"
#include "warp.cuh"

namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;
constexpr int slab_columns = 1024;

// y = x, or y += x. A warp owns up to slab_columns columns of one row, its lanes `width` neighbours at a
// time.
template <int width, bool adds>
__global__ void __launch_bounds__(block_warps* warp_size)
    rows_kernel(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
                std::int64_t y_stride) {
  std::int64_t const row = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row >= rows) return;
  std::int64_t const first = std::int64_t{blockIdx.y} * slab_columns;
  std::int64_t const end = first + slab_columns < columns ? first + slab_columns : columns;
  for (std::int64_t c = first + threadIdx.x % warp_size * width; c < end; c += warp_size * width) {
    Floats<width> value = load_floats<width>(x + row * x_stride + c);
    if constexpr (adds) {
      Floats<width> const before = load_floats<width>(y + row * y_stride + c);
#pragma unroll
      for (int i = 0; i < width; ++i) value.at[i] += before.at[i];
    }
    store_floats<width>(y + row * y_stride + c, value);
  }
}

template <bool adds>
void over_rows(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
               std::int64_t y_stride) {
  bool const vectors =
      aligned_16(x) && aligned_16(y) && columns % 4 == 0 && x_stride % 4 == 0 && y_stride % 4 == 0;
  dim3 const grid(blocks_for(rows, block_warps), blocks_for(columns, slab_columns));
  launch(vectors ? rows_kernel<4, adds> : rows_kernel<1, adds>, grid, block_warps * warp_size, 0, rows,
         columns, x, x_stride, y, y_stride);
}

constexpr int repeat_threads = 256;
constexpr std::int64_t most_rows_of_blocks = 65535;

// A thread owns one number of x and writes every gridDim.y-th of its copies.
__global__ void __launch_bounds__(repeat_threads)
    repeat_kernel(std::int64_t count, std::int64_t size, float const* x, float* y) {
  std::int64_t const i = std::int64_t{blockIdx.x} * repeat_threads + threadIdx.x;
  if (i >= size) return;
  float const value = x[i];
  for (std::int64_t n = blockIdx.y; n < count; n += gridDim.y) y[n * size + i] = value;
}

}  // namespace

void add_rows(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
              std::int64_t y_stride) {
  over_rows<true>(rows, columns, x, x_stride, y, y_stride);
}

void copy_rows(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
               std::int64_t y_stride) {
  over_rows<false>(rows, columns, x, x_stride, y, y_stride);
}

void repeat_forward(std::int64_t count, std::int64_t size, float const* x, float* y) {
  dim3 const grid(blocks_for(size, repeat_threads),
                  static_cast<unsigned>(std::min(count, most_rows_of_blocks)));
  launch(repeat_kernel, grid, repeat_threads, 0, count, size, x, y);
}

void repeat_backward(std::int64_t count, std::int64_t size, float const* dy, float* dx) {
  add_column_sums(count, size, MatrixTerm<1>{{dy}, size}, {{dx}}, workspace());
}

}  // namespace cislens::cuda
