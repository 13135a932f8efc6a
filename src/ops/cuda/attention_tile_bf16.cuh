#pragma once

#include "tensor_core.cuh"
#include "warp.cuh"

#include <cstring>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

namespace cislens::cuda {

/// As one operand register holds them; one conversion instruction.
__device__ inline unsigned two_bf16(float low, float high) {
  __nv_bfloat162 const pair = __floats2bfloat162_rn(low, high);
  unsigned bits;
  memcpy(&bits, &pair, sizeof bits);
  return bits;
}

/// A block of 4 warps that owns 64 * Bands rows of one side of attention and meets tiles of TileRows rows of
/// the other side on tensor cores: operands bf16, sums float32. A warp owns Bands bands of 16 rows; a lane
/// has rows lane / 4 and lane / 4 + 8 of each, and of every 8 columns two neighbours: 4 lanes share a row.
///
/// Rows in shared memory are 16 bytes longer than their channels: the 8 rows that ldmatrix reads at a time
/// begin in different quarters of the 32 banks, whatever Channels is of 16, 32, 64 and 128.
/// @tparam Held  whether the own rows' fragments stay in registers; else each tile reads them again
template <int Channels, int Bands, int TileRows, bool Held>
struct Bf16Tile {
  using Element = __nv_bfloat16;
  static constexpr int threads = 128;
  static constexpr int channels = Channels;
  static constexpr int own_rows = 64 * Bands;
  static constexpr int tile_rows = TileRows;
  static constexpr int pitch = Channels + 8;  // elements from one row in shared memory to the next
  static constexpr int stages = 2;            // tiles in shared memory: one is used, one is on its way
  static constexpr int staging_bytes = 0;

  // What a thread has: of scores rows x columns numbers, of sums rows x sum_columns.
  static constexpr int rows = 2 * Bands;
  static constexpr int columns = TileRows / 4;
  static constexpr int sum_columns = Channels / 4;

  static __device__ int lane() { return static_cast<int>(threadIdx.x) % warp_size; }
  static __device__ int row(int r) {
    int const warp = static_cast<int>(threadIdx.x) / warp_size;
    return (warp * Bands + r / 2) * 16 + r % 2 * 8 + lane() / 4;
  }
  static __device__ int column(int c) { return c / 2 * 8 + lane() % 4 * 2 + c % 2; }
  static __device__ int sum_column(int c) { return column(c); }

  template <int Width>
  struct Fragments {
    float value[Bands][Width][4];
    __device__ float& at(int r, int c) { return value[r / 2][c / 2][r % 2 * 2 + c % 2]; }
    __device__ float at(int r, int c) const { return value[r / 2][c / 2][r % 2 * 2 + c % 2]; }
  };
  using Scores = Fragments<TileRows / 8>;
  using Sums = Fragments<Channels / 8>;

  /// The block's own rows as left operands.
  struct Own {
    Element const* rows;
    unsigned held[Held ? Channels / 16 : 1][Bands][4];
  };

  static __device__ void take(Element const* own, Own& x) {
    x.rows = own;
    if constexpr (Held) {
#pragma unroll
      for (int k = 0; k < Channels / 16; ++k) load_left(own, k, x.held[k]);
    }
  }

  /// scores = own rows times the tile's, transposed.
  static __device__ void multiply(Own const& x, Element const* tile, Scores& scores) {
#pragma unroll
    for (int m = 0; m < Bands; ++m) {
#pragma unroll
      for (int n = 0; n < TileRows / 8; ++n) {
#pragma unroll
        for (int i = 0; i < 4; ++i) scores.value[m][n][i] = 0;
      }
    }
    // Matrices of ldmatrix: rows 0-7 and channels 0-7, then 8-15, then the same of rows 8-15.
    Element const* const from = tile + (lane() % 8 + lane() / 16 * 8) * pitch + lane() / 8 % 2 * 8;
#pragma unroll
    for (int k = 0; k < Channels / 16; ++k) {
      unsigned a[Bands][4];
      if constexpr (Held) {
#pragma unroll
        for (int i = 0; i < Bands * 4; ++i) a[i / 4][i % 4] = x.held[k][i / 4][i % 4];
      } else {
        load_left(x.rows, k, a);
      }
#pragma unroll
      for (int n = 0; n < TileRows / 8; n += 2) {
        unsigned b[4];
        ldmatrix_x4(b, from + n * 8 * pitch + k * 16);
        unsigned const left[2] = {b[0], b[1]};
        unsigned const right[2] = {b[2], b[3]};
#pragma unroll
        for (int m = 0; m < Bands; ++m) {
          mma_bf16(scores.value[m][n], a[m], left);
          mma_bf16(scores.value[m][n + 1], a[m], right);
        }
      }
    }
  }

  /// sums += weights, rounded to bf16, times the tile. The weights' registers are the left operand as they
  /// lie.
  static __device__ void add_product(Scores const& weights, Element const* tile, float*, Sums& sums) {
    // Matrices of ldmatrix: rows 0-7 and channels 0-7, rows 8-15, then the same of channels 8-15.
    Element const* const from = tile + (lane() % 8 + lane() / 8 % 2 * 8) * pitch + lane() / 16 * 8;
#pragma unroll
    for (int k = 0; k < TileRows / 16; ++k) {
      unsigned a[Bands][4];
#pragma unroll
      for (int m = 0; m < Bands; ++m) {
        float const(&low)[4] = weights.value[m][2 * k];
        float const(&high)[4] = weights.value[m][2 * k + 1];
        a[m][0] = two_bf16(low[0], low[1]);
        a[m][1] = two_bf16(low[2], low[3]);
        a[m][2] = two_bf16(high[0], high[1]);
        a[m][3] = two_bf16(high[2], high[3]);
      }
#pragma unroll
      for (int n = 0; n < Channels / 8; n += 2) {
        unsigned b[4];
        ldmatrix_x4_transposed(b, from + k * 16 * pitch + n * 8);
        unsigned const left[2] = {b[0], b[1]};
        unsigned const right[2] = {b[2], b[3]};
#pragma unroll
        for (int m = 0; m < Bands; ++m) {
          mma_bf16(sums.value[m][n], a[m], left);
          mma_bf16(sums.value[m][n + 1], a[m], right);
        }
      }
    }
  }

  /// Over the lanes that share a row, the same bits in each.
  static __device__ float row_sum(float value) {
    value += __shfl_xor_sync(all_lanes, value, 1);
    return value + __shfl_xor_sync(all_lanes, value, 2);
  }
  static __device__ float row_max(float value) {
    value = fmaxf(value, __shfl_xor_sync(all_lanes, value, 1));
    return fmaxf(value, __shfl_xor_sync(all_lanes, value, 2));
  }

 private:
  // Matrices of ldmatrix: rows 0-7 and channels 0-7, rows 8-15, then the same of channels 8-15.
  static __device__ void load_left(Element const* own, int k, unsigned (&a)[Bands][4]) {
    int const warp = static_cast<int>(threadIdx.x) / warp_size;
#pragma unroll
    for (int m = 0; m < Bands; ++m) {
      int const row = (warp * Bands + m) * 16 + lane() % 16;
      ldmatrix_x4(a[m], own + row * pitch + k * 16 + lane() / 16 * 8);
    }
  }
};

}  // namespace cislens::cuda
