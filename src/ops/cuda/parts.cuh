#pragma once

#include "launch.cuh"

#include <cstdint>

namespace cislens::cuda {

// to += the sum of the parts in their order; one thread a number.
template <typename = void>
__global__ void add_parts_kernel(std::int64_t parts, std::int64_t part_stride, std::int64_t rows,
                                 std::int64_t columns, float const* sums, float* to, std::int64_t stride) {
  std::int64_t const i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= rows * columns) return;
  float total = 0;
  for (std::int64_t part = 0; part < parts; ++part) total += sums[part * part_stride + i];
  to[i / columns * stride + i % columns] += total;
}

/// Adds sums over parts of the work to a matrix (rows, columns) whose rows are `stride` floats apart.
/// @param sums  (parts, rows, columns), `part_stride` floats from one part to the next
inline void add_parts(std::int64_t parts, std::int64_t part_stride, std::int64_t rows, std::int64_t columns,
                      float const* sums, float* to, std::int64_t stride) {
  launch(add_parts_kernel<>, blocks_for(rows * columns, 256), 256, 0, parts, part_stride, rows, columns, sums,
         to, stride);
}

}  // namespace cislens::cuda
