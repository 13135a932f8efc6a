#pragma once

#include "tensor_core.cuh"
#include "warp.cuh"

#include <cuda_runtime.h>

namespace cislens::cuda {

/// As Bf16Tile, in float32 by fused multiply-adds: a block of 4 warps owns 16 * OwnRows rows. 8 lanes share a
/// row; a lane has rows 16 apart and columns 8 apart, of sums neighbours that fill a vector.
///
/// Rows in shared memory are 16 bytes longer than their channels: the 8 rows that a quarter of a warp reads
/// at a time begin in different groups of 4 banks.
template <int Channels, int OwnRows, int TileRows>
struct FloatTile {
  using Element = float;
  static constexpr int threads = 128;
  static constexpr int channels = Channels;
  static constexpr int own_rows = 16 * OwnRows;
  static constexpr int tile_rows = TileRows;
  static constexpr int pitch = Channels + 4;
  static constexpr int stages = 1;  // several blocks share a multiprocessor: one loads while others compute
  static constexpr int staging_pitch = TileRows + 8;  // 4 rows of a warp's 8 columns: banks 0, 8, 16, 24
  static constexpr int staging_bytes = own_rows * staging_pitch * static_cast<int>(sizeof(float));

  static constexpr int rows = OwnRows;
  static constexpr int columns = TileRows / 8;
  static constexpr int sum_columns = Channels / 8;
  static constexpr int vector = sum_columns < 4 ? sum_columns : 4;  // neighbours among a thread's sums

  static __device__ int lane() { return static_cast<int>(threadIdx.x) % warp_size; }
  static __device__ int row(int r) { return static_cast<int>(threadIdx.x) / 8 + 16 * r; }
  static __device__ int column(int c) { return lane() % 8 + 8 * c; }
  static __device__ int sum_column(int c) {
    return c / vector * 8 * vector + lane() % 8 * vector + c % vector;
  }

  template <int Width>
  struct Numbers {
    float value[rows][Width];
    __device__ float& at(int r, int c) { return value[r][c]; }
    __device__ float at(int r, int c) const { return value[r][c]; }
  };
  using Scores = Numbers<columns>;
  using Sums = Numbers<sum_columns>;

  struct Own {
    Element const* rows;
  };
  static __device__ void take(Element const* own, Own& x) { x.rows = own; }

  /// scores = own rows times the tile's, transposed; channels are added in order.
  static __device__ void multiply(Own const& x, Element const* tile, Scores& scores) {
#pragma unroll
    for (int r = 0; r < rows; ++r) {
#pragma unroll
      for (int c = 0; c < columns; ++c) scores.value[r][c] = 0;
    }
#pragma unroll 4
    for (int d = 0; d < Channels; d += 4) {
      float4 a[rows];
#pragma unroll
      for (int r = 0; r < rows; ++r) a[r] = *reinterpret_cast<float4 const*>(x.rows + row(r) * pitch + d);
#pragma unroll
      for (int c = 0; c < columns; ++c) {
        float4 const b = *reinterpret_cast<float4 const*>(tile + column(c) * pitch + d);
#pragma unroll
        for (int r = 0; r < rows; ++r) {
          float& sum = scores.value[r][c];
          sum = fmaf(a[r].x, b.x, sum);
          sum = fmaf(a[r].y, b.y, sum);
          sum = fmaf(a[r].z, b.z, sum);
          sum = fmaf(a[r].w, b.w, sum);
        }
      }
    }
  }

  /// sums += weights times the tile; its rows are added in order. The weights go through shared memory to
  /// the lanes that share a row, all of one warp: no barrier of the block.
  static __device__ void add_product(Scores const& weights, Element const* tile, float* staging, Sums& sums) {
#pragma unroll
    for (int r = 0; r < rows; ++r) {
#pragma unroll
      for (int c = 0; c < columns; ++c) staging[row(r) * staging_pitch + column(c)] = weights.value[r][c];
    }
    __syncwarp();
#pragma unroll 2
    for (int j = 0; j < TileRows; j += 4) {
      float4 a[rows];
#pragma unroll
      for (int r = 0; r < rows; ++r)
        a[r] = *reinterpret_cast<float4 const*>(staging + row(r) * staging_pitch + j);
      add_row<0>(a, tile + j * pitch, sums);
      add_row<1>(a, tile + (j + 1) * pitch, sums);
      add_row<2>(a, tile + (j + 2) * pitch, sums);
      add_row<3>(a, tile + (j + 3) * pitch, sums);
    }
    __syncwarp();  // before the next product writes there
  }

  /// Over the lanes that share a row, the same bits in each.
  static __device__ float row_sum(float value) {
    value += __shfl_xor_sync(all_lanes, value, 1);
    value += __shfl_xor_sync(all_lanes, value, 2);
    return value + __shfl_xor_sync(all_lanes, value, 4);
  }
  static __device__ float row_max(float value) {
    value = fmaxf(value, __shfl_xor_sync(all_lanes, value, 1));
    value = fmaxf(value, __shfl_xor_sync(all_lanes, value, 2));
    return fmaxf(value, __shfl_xor_sync(all_lanes, value, 4));
  }

 private:
  template <int Part>
  static __device__ float part_of(float4 const& x) {
    return Part == 0 ? x.x : Part == 1 ? x.y : Part == 2 ? x.z : x.w;
  }

  // One row of the tile, with number `Part` of each of the weights' vectors.
  template <int Part>
  static __device__ void add_row(float4 const (&a)[rows], Element const* tile_row, Sums& sums) {
    float b[sum_columns];
#pragma unroll
    for (int c = 0; c < sum_columns; c += vector) {
      Element const* const from = tile_row + sum_column(c);
      if constexpr (vector == 4) {
        float4 const four = *reinterpret_cast<float4 const*>(from);
        b[c] = four.x, b[c + 1] = four.y, b[c + 2] = four.z, b[c + 3] = four.w;
      } else {
        float2 const two = *reinterpret_cast<float2 const*>(from);
        b[c] = two.x, b[c + 1] = two.y;
      }
    }
#pragma unroll
    for (int r = 0; r < rows; ++r) {
#pragma unroll
      for (int c = 0; c < sum_columns; ++c)
        sums.value[r][c] = fmaf(part_of<Part>(a[r]), b[c], sums.value[r][c]);
    }
  }
};

}  // namespace cislens::cuda
