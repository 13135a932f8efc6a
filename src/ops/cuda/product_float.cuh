#pragma once

#include "product.cuh"

namespace cislens::cuda {

/// Column c of thread tx within the tile.
template <int Wide>
__device__ inline int column_of(int tx, int c) {
  return Wide == 8 ? c / 4 * 64 + tx * 4 + c % 4 : tx * Wide + c;
}

/// Puts what a thread brought into shared memory with k as the slow axis.
template <bool AlongRows, typename Piece, int Stride>
__device__ inline void put_k_first(Piece const& piece, float (*to)[Stride]) {
#pragma unroll
  for (int i = 0; i < Piece::fours; ++i) {
    if (!Piece::mine(i)) continue;
    int const row = Piece::row(i);
    int const column = Piece::column(i);
    float4 const four = piece.four[i];
    if (AlongRows) {
      to[column][row] = four.x;
      to[column + 1][row] = four.y;
      to[column + 2][row] = four.z;
      to[column + 3][row] = four.w;
    } else {
      *reinterpret_cast<float4*>(&to[row][column]) = four;
    }
  }
}

// A block of 256 threads owns 128 rows and TileN columns of c, a thread 8 rows and TileN / 16 columns of
// them: 4 rows in either half of the tile and, of 128 columns, 4 in either half, so that a warp's reads of
// shared memory are whole vectors without conflicts. Both operands come in steps of 8 k through two buffers:
// while the threads multiply one, the numbers of the next step are on their way in registers. One barrier a
// step: behind it the new buffer is full and everybody has left the old one. Each number is one chain of
// fused multiply-adds in the order of k, whatever the tile and however many rows there are.
template <bool AAlongRows, bool BAlongRows, int TileN>
__global__ void __launch_bounds__(product_threads, 2)
    product_float(ProductSize size, Operand a, Operand b, ProductOutput out) {
  constexpr int step = 8;
  constexpr int wide = TileN / 16;  // columns of a thread
  using PieceA = TilePiece<AAlongRows, product_tile_m, step>;
  using PieceB = TilePiece<BAlongRows, TileN, step>;
  constexpr int stride_a = product_tile_m + 4;
  constexpr int stride_b = TileN + 4;
  __shared__ __align__(16) float shared_a[2][step][stride_a];
  __shared__ __align__(16) float shared_b[2][step][stride_b];
  TilePlace const place(size, out, TileN);
  int const tx = static_cast<int>(threadIdx.x) % 16;
  int const ty = static_cast<int>(threadIdx.x) / 16;

  PieceA piece_a;
  PieceB piece_b;
  auto const load = [&](std::int64_t k) {
    piece_a.load(a, place.row, size.m, k, place.last_k);
    piece_b.load(b, place.column, size.n, k, place.last_k);
  };
  auto const store = [&](int buffer) {
    put_k_first<AAlongRows>(piece_a, shared_a[buffer]);
    put_k_first<BAlongRows>(piece_b, shared_b[buffer]);
  };
  float sum[8][wide] = {};
  load(place.first_k);
  store(0);
  __syncthreads();
  int buffer = 0;
  for (std::int64_t k = place.first_k; k < place.last_k; k += step) {
    bool const more = k + step < place.last_k;
    if (more) load(k + step);
#pragma unroll
    for (int i = 0; i < step; ++i) {
      float x[8];
      float y[wide];
#pragma unroll
      for (int r = 0; r < 8; ++r) x[r] = shared_a[buffer][i][r / 4 * 64 + ty * 4 + r % 4];
#pragma unroll
      for (int c = 0; c < wide; ++c) y[c] = shared_b[buffer][i][column_of<wide>(tx, c)];
#pragma unroll
      for (int r = 0; r < 8; ++r) {
#pragma unroll
        for (int c = 0; c < wide; ++c) sum[r][c] = fmaf(x[r], y[c], sum[r][c]);
      }
    }
    if (more) store(buffer ^ 1);
    __syncthreads();
    buffer ^= 1;
  }
  constexpr int run = wide < 4 ? wide : 4;
#pragma unroll
  for (int r = 0; r < 8; ++r) {
#pragma unroll
    for (int c = 0; c < wide; c += run) {
      store_sums<run>(size, out, place.c, place.row + r / 4 * 64 + ty * 4 + r % 4,
                      place.column + column_of<wide>(tx, c), &sum[r][c]);
    }
  }
}

}  // namespace cislens::cuda
