#pragma once

#include "product.cuh"
#include "tensor_core.cuh"

#include <cstring>
#include <cuda_bf16.h>

namespace cislens::cuda {

/// Two numbers, rounded to the nearest bfloat16; the first in the lower half.
__device__ inline unsigned rounded_pair(float first, float second) {
  __nv_bfloat162 const pair = __floats2bfloat162_rn(first, second);
  unsigned bits;
  memcpy(&bits, &pair, sizeof bits);
  return bits;
}

/// A tile in shared memory as it lies in memory, rounded: rows of numbers and 8 more, so that the eight rows
/// that a load of matrices reads lie in different banks.
template <bool AlongRows, int Outer, int K>
struct RoundedTile {
  using Piece = TilePiece<AlongRows, Outer, K>;
  static constexpr int stride = Piece::row_numbers + 8;  // in bf16
  static constexpr int words = Piece::rows * stride / 2;

  static __device__ void put(Piece const& piece, unsigned* tile) {
#pragma unroll
    for (int i = 0; i < Piece::fours; ++i) {
      if (!Piece::mine(i)) continue;
      float4 const four = piece.four[i];
      uint2 const rounded = make_uint2(rounded_pair(four.x, four.y), rounded_pair(four.z, four.w));
      *reinterpret_cast<uint2*>(tile + (Piece::row(i) * stride + Piece::column(i)) / 2) = rounded;
    }
  }
  // The address of the row of a matrix that a lane names: lanes 8 j .. 8 j + 7 those of matrix j. Matrices
  // lie at (outer + 8 on_outer, k + 8 on_k); `on_outer` and `on_k` are bits of j.
  static __device__ unsigned const* row_of_matrix(unsigned const* tile, int outer, int k, bool on_outer,
                                                  bool on_k) {
    int const i = static_cast<int>(threadIdx.x) % 8;
    int const at_outer = outer + (on_outer ? 8 : 0);
    int const at_k = k + (on_k ? 8 : 0);
    int const row = AlongRows ? at_outer + i : at_k + i;
    int const column = AlongRows ? at_k : at_outer;
    return tile + (row * stride + column) / 2;
  }
};

// A block of 8 warps owns 128 rows and TileN columns of c: of 128 columns a warp has 64 x 32, of 32 columns
// 16 x 32. Operands are float32 in memory and rounded on their way to shared memory, in steps of 16 k through
// two buffers as in product_float. The tensor cores add 16 k at a time in float32, in the order of k.
template <bool AAlongRows, bool BAlongRows, int TileN>
__global__ void __launch_bounds__(product_threads, 2)
    product_bf16(ProductSize size, Operand a, Operand b, ProductOutput out) {
  constexpr int step = 16;
  constexpr int warps_n = TileN / 32;
  constexpr int warps_m = product_threads / warp_size / warps_n;
  constexpr int high = product_tile_m / warps_m / 16;  // 16-row pieces of a warp
  using TileA = RoundedTile<AAlongRows, product_tile_m, step>;
  using TileB = RoundedTile<BAlongRows, TileN, step>;
  __shared__ __align__(16) unsigned shared_a[2][TileA::words];
  __shared__ __align__(16) unsigned shared_b[2][TileB::words];
  TilePlace const place(size, out, TileN);
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  int const warp_row = warp / warps_n * (16 * high);
  int const warp_column = warp % warps_n * 32;
  bool const odd_matrix = lane / 8 % 2 != 0;    // bit 0 of the matrix whose row the lane names
  bool const late_matrix = lane / 16 % 2 != 0;  // bit 1

  typename TileA::Piece piece_a;
  typename TileB::Piece piece_b;
  auto const load = [&](std::int64_t k) {
    piece_a.load(a, place.row, size.m, k, place.last_k);
    piece_b.load(b, place.column, size.n, k, place.last_k);
  };
  auto const store = [&](int buffer) {
    TileA::put(piece_a, shared_a[buffer]);
    TileB::put(piece_b, shared_b[buffer]);
  };
  float sum[high][4][4] = {};
  load(place.first_k);
  store(0);
  __syncthreads();
  int buffer = 0;
  for (std::int64_t k = place.first_k; k < place.last_k; k += step) {
    bool const more = k + step < place.last_k;
    if (more) load(k + step);
#pragma unroll
    for (int i = 0; i < step; i += 16) {
      unsigned x[high][4];
      unsigned y[2][4];
#pragma unroll
      for (int r = 0; r < high; ++r) {
        auto const* const row =
            TileA::row_of_matrix(shared_a[buffer], warp_row + 16 * r, i, odd_matrix, late_matrix);
        AAlongRows ? ldmatrix_x4(x[r], row) : ldmatrix_x4_transposed(x[r], row);
      }
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        auto const* const row =
            TileB::row_of_matrix(shared_b[buffer], warp_column + 16 * c, i, late_matrix, odd_matrix);
        BAlongRows ? ldmatrix_x4(y[c], row) : ldmatrix_x4_transposed(y[c], row);
      }
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        unsigned const column[2] = {y[c / 2][c % 2 * 2], y[c / 2][c % 2 * 2 + 1]};
#pragma unroll
        for (int r = 0; r < high; ++r) mma_bf16(sum[r][c], x[r], column);
      }
    }
    if (more) store(buffer ^ 1);
    __syncthreads();
    buffer ^= 1;
  }
#pragma unroll
  for (int r = 0; r < high; ++r) {
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      std::int64_t const row = place.row + warp_row + 16 * r + lane / 4;
      std::int64_t const column = place.column + warp_column + 8 * c + 2 * (lane % 4);
      store_sums<2>(size, out, place.c, row, column, sum[r][c]);
      store_sums<2>(size, out, place.c, row + 8, column, sum[r][c] + 2);
    }
  }
}

}  // namespace cislens::cuda
