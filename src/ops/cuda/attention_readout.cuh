#pragma once

#include "attention_pack.cuh"
#include "attention_tile.cuh"

#include <type_traits>

// The readout reads A twice at most: once by blocks that own queries, for what is summed over keys, and once
// by blocks that own keys, for what is summed over queries. Every number is written by the block that owns
// it; A_ij comes from the scores and lse. A part is whole heads, all queries and keys of them.
namespace cislens::cuda {

/// What both passes know.
template <typename Element>
struct ReadoutJob {
  AttentionShape shape;
  PackedHeads<Element> packed;
  std::int64_t const *query_lengths, *key_lengths;
  float const *lse, *row_weight;  // row_weight may be null
  AttentionReadoutSums sums;
  std::int64_t first_head, heads;
  std::int64_t blocks_per_head;
};

/// The part of a pass that one block owns.
struct ReadoutBlock {
  HeadPlace at;
  std::int64_t index;         // of the head
  std::int64_t head_in_part;  // of its packed rows
  std::int64_t block;         // of its head
  int query_length, key_length;

  template <typename Element>
  __device__ explicit ReadoutBlock(ReadoutJob<Element> const& job)
      : at(job.shape, job.first_head + blockIdx.x / job.blocks_per_head),
        index(job.first_head + blockIdx.x / job.blocks_per_head),
        head_in_part(blockIdx.x / job.blocks_per_head),
        block(blockIdx.x % job.blocks_per_head),
        query_length(static_cast<int>(job.query_lengths[at.sequence])),
        key_length(static_cast<int>(job.key_lengths[at.sequence])) {}
};

// 2^x: as accurate as float32 is, or as the operands are.
template <typename Tile>
__device__ inline float power_of_two(float x) {
  if constexpr (std::is_same_v<typename Tile::Element, float>) {
    return exp2f(x);
  } else {
    return exp2_fast(x);
  }
}

// Whether the lane speaks for its rows: one of those that share them does.
template <typename Tile>
__device__ inline bool speaks_for_rows() {
  return Tile::column(0) == 0;
}

/// @param histogram_parts  (heads, blocks, readout_bins) of scratch memory, or null
template <typename Element, int Channels>
void read_queries(ReadoutJob<Element> job, float* histogram_parts);

template <typename Element, int Channels>
void read_keys(ReadoutJob<Element> job);

/// Floats of scratch memory for histogram_parts.
std::int64_t histogram_floats(AttentionShape const& shape);

}  // namespace cislens::cuda
