#pragma once

#include "launch.cuh"
#include "warp.cuh"
#include "workspace.hpp"

#include <algorithm>
#include <cstdint>

// Sums over many rows, column by column, in an order that the shape alone decides.
namespace cislens::cuda {

// A block of (tile_columns, slices) threads: a warp reads neighbouring columns of one row, slice y takes rows
// y, y + slices ...
inline constexpr int tile_columns = 32;
inline constexpr int slices = 16;

inline dim3 column_block() { return dim3(tile_columns, slices); }

// The slices' sums, added up in the order of the slices, in the threads of slice 0; the others keep theirs.
// All threads of the block call it. The first barrier lets readers of the call before finish, the second
// makes the sums of all slices visible.
template <int count>
__device__ inline void add_slices(float (&sum)[count]) {
  __shared__ float parts[count][slices][tile_columns];
  __syncthreads();
#pragma unroll
  for (int n = 0; n < count; ++n) parts[n][threadIdx.y][threadIdx.x] = sum[n];
  __syncthreads();
  if (threadIdx.y != 0) return;
#pragma unroll
  for (int n = 0; n < count; ++n) {
    float total = 0;
    for (int y = 0; y < slices; ++y) total += parts[n][y][threadIdx.x];
    sum[n] = total;
  }
}

/// Where `count` sums of every column go; null: not wanted.
template <int count>
struct ColumnTotals {
  float* to[count];
};

// sums of rows [blockIdx.y * group_rows, ...) of the columns of tile blockIdx.x: set as row blockIdx.y of
// `totals`, or added to it. Term(row, column, sum) adds what an element gives to Term::count sums. Threads
// beyond the last column only take part in the barriers.
template <typename Term>
__global__ void __launch_bounds__(tile_columns* slices)
    column_sums_kernel(std::int64_t rows, std::int64_t columns, std::int64_t group_rows, Term term,
                       ColumnTotals<Term::count> totals, bool accumulate) {
  std::int64_t const column = std::int64_t{blockIdx.x} * tile_columns + threadIdx.x;
  std::int64_t const first = blockIdx.y * group_rows;
  std::int64_t const end = first + group_rows < rows ? first + group_rows : rows;
  float sum[Term::count] = {};
  if (column < columns) {
#pragma unroll 4
    for (std::int64_t row = first + threadIdx.y; row < end; row += slices) term(row, column, sum);
  }
  add_slices(sum);
  if (threadIdx.y != 0 || column >= columns) return;
#pragma unroll
  for (int n = 0; n < Term::count; ++n) {
    if (totals.to[n] == nullptr) continue;
    float* const to = totals.to[n] + blockIdx.y * columns + column;
    *to = accumulate ? *to + sum[n] : sum[n];
  }
}

/// The elements of matrices themselves; null: zeros.
template <int sums>
struct MatrixTerm {
  static constexpr int count = sums;
  float const* x[sums];
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, std::int64_t column, float (&sum)[sums]) const {
#pragma unroll
    for (int n = 0; n < sums; ++n) {
      if (x[n] != nullptr) sum[n] += x[n][row * columns + column];
    }
  }
};

/// totals += the sums over all rows, where wanted. Rows are cut into groups when there are too few columns to
/// keep the device busy; the groups' sums lie in `room` until they are added up in their order.
template <typename Term>
void add_column_sums(std::int64_t rows, std::int64_t columns, Term const& term,
                     ColumnTotals<Term::count> const& totals, Workspace room) {
  constexpr std::int64_t least_rows = 4 * slices;
  constexpr std::int64_t wanted_blocks = 1024;
  if (rows <= 0 || columns <= 0) return;
  unsigned const tiles = blocks_for(columns, tile_columns);
  std::int64_t const groups =
      std::min({ceil_div(rows, least_rows), ceil_div<std::int64_t>(wanted_blocks, tiles),
                room.count / (Term::count * columns)});
  if (groups <= 1) {
    launch(column_sums_kernel<Term>, tiles, column_block(), 0, rows, columns, rows, term, totals, true);
    return;
  }
  std::int64_t const group_rows = ceil_div(rows, groups);
  ColumnTotals<Term::count> parts{};
  MatrixTerm<Term::count> sums{};
  sums.columns = columns;
  for (int n = 0; n < Term::count; ++n) {
    if (totals.to[n] == nullptr) continue;
    parts.to[n] = room.data + n * groups * columns;
    sums.x[n] = parts.to[n];
  }
  std::int64_t const used = ceil_div(rows, group_rows);
  launch(column_sums_kernel<Term>, dim3(tiles, static_cast<unsigned>(used)), column_block(), 0, rows, columns,
         group_rows, term, parts, false);
  launch(column_sums_kernel<MatrixTerm<Term::count>>, tiles, column_block(), 0, used, columns, used, sums,
         totals, true);
}

}  // namespace cislens::cuda
