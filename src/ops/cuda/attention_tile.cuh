#pragma once

#include "attention_pack.cuh"
#include "attention_sight.cuh"
#include "attention_tile_bf16.cuh"
#include "attention_tile_float.cuh"

// What the kernels of attention share: a block owns rows of one side, queries or keys, and the tiles of the
// other side that its rows see go by through shared memory. `Tile` is Bf16Tile or FloatTile; its names for
// what a thread has are all that a kernel needs:
//
//   row(r), column(c)           the block's row and the tile's row of number (r, c) of Tile::Scores
//   row(r), sum_column(c)       the block's row and the channel of number (r, c) of Tile::Sums
//   multiply(own, tile, s)      s = own tile^T
//   add_product(s, tile, .., x) x += s tile
//   row_sum, row_max            over the lanes that share a row
namespace cislens::cuda {

/// Bytes of a tile of rows in shared memory: a multiple of 16.
template <typename Tile>
constexpr int rows_bytes(int rows) {
  return rows * Tile::pitch * static_cast<int>(sizeof(typename Tile::Element));
}

/// Starts the copy of Rows rows of a head from packed memory to shared memory; zeros from row `count` on. All
/// threads of the block call it, then cp_async_commit, cp_async_wait and a barrier.
template <typename Tile, int Rows>
__device__ void load_rows(typename Tile::Element const* packed, int first, int count,
                          typename Tile::Element* shared) {
  constexpr int width = 16 / static_cast<int>(sizeof(typename Tile::Element));
  constexpr int pieces = Tile::channels / width;
#pragma unroll
  for (int i = 0; i < Rows * pieces; i += Tile::threads) {
    int const index = i + static_cast<int>(threadIdx.x);
    if (Rows * pieces % Tile::threads != 0 && index >= Rows * pieces) return;
    int const row = index / pieces;
    int const channel = index % pieces * width;
    bool const real = first + row < count;
    std::int64_t const from = real ? static_cast<std::int64_t>(first + row) * Tile::channels + channel : 0;
    cp_async_16_or_zero(shared + row * Tile::pitch + channel, packed + from, real);
  }
}

/// Scores that their row does not see become minus infinity, whose power is 0.
/// @param sight_of  gives the Sight of a row of the block: asked for again at every edge, because edges are
///                  few and registers are short
/// @param place     of the tile's first row
template <typename Tile, typename SightOf>
__device__ void hide_unseen(SightOf const& sight_of, int place, typename Tile::Scores& scores) {
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    Sight const sight = sight_of(Tile::row(r));
#pragma unroll
    for (int c = 0; c < Tile::columns; ++c) {
      if (!sight.sees(place + Tile::column(c))) scores.at(r, c) = -INFINITY;
    }
  }
}

template <typename Tile>
__device__ void clear_sums(typename Tile::Sums& sums) {
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
#pragma unroll
    for (int c = 0; c < Tile::sum_columns; ++c) sums.at(r, c) = 0;
  }
}

}  // namespace cislens::cuda
