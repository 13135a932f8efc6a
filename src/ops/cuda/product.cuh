#pragma once

#include "launch.cuh"
#include "warp.cuh"

#include <cstdint>

// Products of matrices whose rows have any stride: what float32 and bf16 tiles share.
namespace cislens::cuda {

/// c (m, n) = a (m, k) b (k, n)
struct ProductSize {
  std::int64_t m, n, k;
};

/// A matrix in memory: `stride` floats from one row to the next, numbers of a row beside each other. Which of
/// its two axes is k is said by the kernel: its rows ("AlongRows": a row holds numbers of different k) or
/// not.
struct Operand {
  float const* data;
  std::int64_t stride;
  bool vectors;  // every fourth number of a row is 16-byte aligned
};

/// Where the sums go. A part p of the grid (blockIdx.y) adds up the k in [p k_part, (p + 1) k_part) and
/// writes to c + p * part_stride; whoever splits k adds the parts up.
struct ProductOutput {
  float* c;
  std::int64_t stride;
  float const* bias;      // (n), or null
  float const* residual;  // (m, n) without gaps, or null
  bool vectors;           // four numbers of c and residual at a time
  std::int64_t k_part, part_stride;
};

inline bool whole_vectors(void const* data, std::int64_t stride) {
  return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && stride % 4 == 0;
}

inline Operand operand(float const* data, std::int64_t stride) {
  return {data, stride, whole_vectors(data, stride)};
}

inline constexpr int product_threads = 256;
inline constexpr int product_tile_m = 128;

/// Four numbers of a row, zeros from `columns` and `rows` on. Nothing outside of the matrix is read.
__device__ inline float4 load_four(Operand const& x, std::int64_t row, std::int64_t rows, std::int64_t column,
                                   std::int64_t columns) {
  float4 four = make_float4(0, 0, 0, 0);
  if (row >= rows || column >= columns) return four;
  float const* const from = x.data + row * x.stride + column;
  if (x.vectors && column + 4 <= columns) return *reinterpret_cast<float4 const*>(from);
  four.x = from[0];
  if (column + 1 < columns) four.y = from[1];
  if (column + 2 < columns) four.z = from[2];
  if (column + 3 < columns) four.w = from[3];
  return four;
}

/// The piece of a k-by-outer tile that a thread brings: `Fours` groups of four numbers, one every
/// `product_threads`. AlongRows: a row of memory is one outer index, its numbers are consecutive k.
template <bool AlongRows, int Outer, int K>
struct TilePiece {
  static constexpr int row_numbers = AlongRows ? K : Outer;
  static constexpr int rows = AlongRows ? Outer : K;
  static constexpr int all_fours = rows * row_numbers / 4;
  static constexpr int fours = (all_fours + product_threads - 1) / product_threads;

  float4 four[fours];

  // Tiles of fewer numbers than threads: the last threads bring nothing.
  static __device__ bool mine(int i) {
    return all_fours % product_threads == 0 ||
           static_cast<int>(threadIdx.x) + i * product_threads < all_fours;
  }
  static __device__ int row(int i) {
    return (static_cast<int>(threadIdx.x) + i * product_threads) / (row_numbers / 4);
  }
  static __device__ int column(int i) {
    return (static_cast<int>(threadIdx.x) + i * product_threads) % (row_numbers / 4) * 4;
  }

  __device__ void load(Operand const& x, std::int64_t first_outer, std::int64_t outers, std::int64_t first_k,
                       std::int64_t last_k) {
#pragma unroll
    for (int i = 0; i < fours; ++i) {
      if (!mine(i)) continue;
      if (AlongRows) {
        four[i] = load_four(x, first_outer + row(i), outers, first_k + column(i), last_k);
      } else {
        four[i] = load_four(x, first_k + row(i), last_k, first_outer + column(i), outers);
      }
    }
  }
};

/// `Count` (2 or 4) neighbours of a row of c, from column `column` on: sum + bias + residual.
template <int Count>
__device__ inline void store_sums(ProductSize const& size, ProductOutput const& out, float* c,
                                  std::int64_t row, std::int64_t column, float const* sums) {
  if (row >= size.m) return;
  float value[Count];
#pragma unroll
  for (int i = 0; i < Count; ++i) {
    value[i] = sums[i];
    if (column + i >= size.n) continue;
    if (out.bias != nullptr) value[i] += out.bias[column + i];
    if (out.residual != nullptr) value[i] += out.residual[row * size.n + column + i];
  }
  float* const to = c + row * out.stride + column;
  if (out.vectors && column + Count <= size.n) {
    if (Count == 4) {
      *reinterpret_cast<float4*>(to) = make_float4(value[0], value[1], value[Count - 2], value[Count - 1]);
    } else {
      *reinterpret_cast<float2*>(to) = make_float2(value[0], value[1]);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < Count; ++i) {
    if (column + i < size.n) to[i] = value[i];
  }
}

/// Where a block works: tiles of one row of tiles are neighbours in the grid, so that they find the row's
/// numbers in L2.
struct TilePlace {
  std::int64_t row, column, first_k, last_k;
  float* c;

  __device__ TilePlace(ProductSize const& size, ProductOutput const& out, int tile_n) {
    auto const across = static_cast<unsigned>(ceil_div<std::int64_t>(size.n, tile_n));
    row = std::int64_t{blockIdx.x / across} * product_tile_m;
    column = std::int64_t{blockIdx.x % across} * tile_n;
    first_k = blockIdx.y * out.k_part;
    last_k = first_k + out.k_part < size.k ? first_k + out.k_part : size.k;
    c = out.c + blockIdx.y * out.part_stride;
  }
};

}  // namespace cislens::cuda
