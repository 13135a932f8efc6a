#include "cublaslt.hpp"
#include "functions.hpp"
#include "parts.cuh"
#include "product_bf16.cuh"
#include "product_float.cuh"

#include <algorithm>

namespace cislens::cuda {

namespace {

constexpr int narrow = 32;  // columns of a tile of few columns
constexpr int broad = 128;

/// The gradient of a weight is a product of few numbers, each a long sum over rows: rows are cut up, and
/// parts are added in their order. Enough blocks for two on each multiprocessor of a large GPU, of 256 rows
/// or more. A function of the shape alone, so that all GPUs add in the same order.
struct RowParts {
  std::int64_t count, rows;

  explicit RowParts(LinearShape const& shape) {
    std::int64_t const tile_n = shape.out <= narrow ? narrow : broad;
    std::int64_t const tiles =
        ceil_div<std::int64_t>(shape.in, product_tile_m) * ceil_div<std::int64_t>(shape.out, tile_n);
    std::int64_t const most = std::max<std::int64_t>(shape.rows / 256, 1);
    std::int64_t const wanted = std::min(ceil_div<std::int64_t>(264, std::max<std::int64_t>(tiles, 1)), most);
    rows = ceil_div<std::int64_t>(ceil_div<std::int64_t>(std::max<std::int64_t>(shape.rows, 1), wanted), 32) *
           32;
    count = ceil_div<std::int64_t>(shape.rows, rows);
  }
};

/// Rows of a block of column_sums.
constexpr std::int64_t sum_rows(std::int64_t rows) {
  return std::max<std::int64_t>(128, ceil_div<std::int64_t>(rows, 1024));
}

template <bool AAlongRows, bool BAlongRows, int TileN>
void start_product(bool bf16, ProductSize const& size, Operand const& a, Operand const& b,
                   ProductOutput const& out, std::int64_t parts) {
  std::int64_t const down = ceil_div<std::int64_t>(size.m, product_tile_m);
  dim3 const grid(blocks_for(down * ceil_div<std::int64_t>(size.n, TileN), 1), blocks_for(parts, 1));
  if (bf16) {
    launch(product_bf16<AAlongRows, BAlongRows, TileN>, grid, product_threads, 0, size, a, b, out);
  } else {
    launch(product_float<AAlongRows, BAlongRows, TileN>, grid, product_threads, 0, size, a, b, out);
  }
}

template <bool AAlongRows, bool BAlongRows>
void multiply(bool bf16, ProductSize const& size, Operand const& a, Operand const& b,
              ProductOutput const& out, std::int64_t parts) {
  if (size.n <= narrow) {
    start_product<AAlongRows, BAlongRows, narrow>(bf16, size, a, b, out, parts);
  } else {
    start_product<AAlongRows, BAlongRows, broad>(bf16, size, a, b, out, parts);
  }
}

// A block of 8 warps owns 32 columns of `block_rows` rows, a lane one column and a warp every eighth row;
// then the first warp adds the warps' sums in their order. Barrier: they are in shared memory.
__global__ void column_sums(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t stride,
                            std::int64_t block_rows, float* sums) {
  __shared__ float of_warp[8][warp_size];
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  std::int64_t const column = std::int64_t{blockIdx.y} * warp_size + lane;
  std::int64_t const first = blockIdx.x * block_rows;
  std::int64_t const last = first + block_rows < rows ? first + block_rows : rows;
  float total = 0;
  if (column < columns) {
#pragma unroll 4
    for (std::int64_t row = first + warp; row < last; row += 8) total += x[row * stride + column];
  }
  of_warp[warp][lane] = total;
  __syncthreads();
  if (warp > 0 || column >= columns) return;
  for (int other = 1; other < 8; ++other) total += of_warp[other][lane];
  sums[blockIdx.x * columns + column] = total;
}

void add_column_sums(LinearShape const& shape, float const* dy, float* dbias, float* scratch) {
  std::int64_t const block_rows = sum_rows(shape.rows);
  unsigned const blocks = blocks_for(shape.rows, block_rows);
  launch(column_sums, dim3(blocks, blocks_for(shape.out, warp_size)), 256, 0, shape.rows, shape.out, dy,
         shape.y_stride, block_rows, scratch);
  add_parts(blocks, shape.out, 1, shape.out, scratch, dbias, shape.out);
}

void add_weight_gradient(LinearShape const& shape, float const* x, float const* dy, float* dweight,
                         float* scratch) {
  RowParts const parts(shape);
  std::int64_t const numbers = shape.in * shape.out;
  multiply<false, false>(shape.bf16, {shape.in, shape.out, shape.rows}, operand(x, shape.x_stride),
                         operand(dy, shape.y_stride),
                         {.c = scratch,
                          .stride = shape.out,
                          .bias = nullptr,
                          .residual = nullptr,
                          .vectors = whole_vectors(scratch, shape.out) && numbers % 4 == 0,
                          .k_part = parts.rows,
                          .part_stride = numbers},
                         parts.count);
  add_parts(parts.count, numbers, shape.in, shape.out, scratch, dweight, shape.weight_stride);
}

}  // namespace

std::int64_t linear_scratch(LinearShape const& shape) {
  std::int64_t const sums = ceil_div(shape.rows, sum_rows(shape.rows)) * shape.out;
  return std::max(RowParts(shape).count * shape.in * shape.out, sums);
}

void linear_forward(LinearShape const& shape, float const* x, float const* weight, float const* bias,
                    float const* residual, float* y, float*) {
  if (!shape.bf16 && (residual == nullptr || shape.y_stride == shape.out) &&
      multiply_by_library({shape.rows, shape.out, shape.in, x, shape.x_stride, weight, shape.weight_stride,
                           false, bias, residual, y, shape.y_stride})) {
    return;
  }
  bool const vectors =
      whole_vectors(y, shape.y_stride) && (residual == nullptr || whole_vectors(residual, shape.out));
  multiply<true, false>(shape.bf16, {shape.rows, shape.out, shape.in}, operand(x, shape.x_stride),
                        operand(weight, shape.weight_stride),
                        {.c = y,
                         .stride = shape.y_stride,
                         .bias = bias,
                         .residual = residual,
                         .vectors = vectors,
                         .k_part = shape.in,
                         .part_stride = 0},
                        1);
}

void linear_backward(LinearShape const& shape, float const* x, float const* weight, float const* dy,
                     float* dx, std::int64_t dx_stride, float* dweight, float* dbias, float* scratch) {
  if (dweight != nullptr) add_weight_gradient(shape, x, dy, dweight, scratch);
  if (dbias != nullptr) add_column_sums(shape, dy, dbias, scratch);
  if (dx == nullptr) return;
  if (!shape.bf16 && multiply_by_library({shape.rows, shape.in, shape.out, dy, shape.y_stride, weight,
                                          shape.weight_stride, true, nullptr, nullptr, dx, dx_stride})) {
    return;
  }
  multiply<true, true>(shape.bf16, {shape.rows, shape.in, shape.out}, operand(dy, shape.y_stride),
                       operand(weight, shape.weight_stride),
                       {.c = dx,
                        .stride = dx_stride,
                        .bias = nullptr,
                        .residual = nullptr,
                        .vectors = whole_vectors(dx, dx_stride),
                        .k_part = shape.out,
                        .part_stride = 0},
                       1);
}

}  // namespace cislens::cuda
