#include "attention_pack.cuh"
#include "attention_sight.cuh"
#include "attention_tile_bf16.cuh"
#include "launch.cuh"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace cislens::cuda {
namespace {

constexpr int pack_threads = 256;

/// One list of rows that is packed: rows of q or do, or a list of keys or of their values.
template <typename Element>
struct PackJob {
  float const* rows;  // of the first sequence
  std::int64_t stride, sequence_stride;
  std::int64_t const* lengths;
  float const *summaries, *null_key;  // null: zeros in their places
  std::int64_t summary_stride, summary_sequence_stride;
  int summary_count, extras;
  float factor;
  bool vectors;  // rows are whole, aligned groups of 4 floats
  Element* to;   // null: nothing to do
  std::int64_t to_rows;
};

template <typename Element>
struct PackJobs {
  PackJob<Element> job[4];
  std::int64_t heads, first_head, blocks_per_head;  // heads of a sequence; of the part
  int channels, padded_channels;                    // D
};

__device__ inline void store_piece(float* to, float const (&x)[4]) {
  *reinterpret_cast<float4*>(to) = {x[0], x[1], x[2], x[3]};
}
__device__ inline void store_piece(__nv_bfloat16* to, float const (&x)[8]) {
  unsigned pairs[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) pairs[i] = two_bf16(x[2 * i], x[2 * i + 1]);
  *reinterpret_cast<uint4*>(to) = {pairs[0], pairs[1], pairs[2], pairs[3]};
}

/// Where row `place` of a head's list comes from; null: it is zeros.
template <typename Element>
__device__ float const* source_of(PackJob<Element> const& job, std::int64_t sequence, std::int64_t channel,
                                  int place) {
  if (place >= job.extras)
    return job.rows + sequence * job.sequence_stride + (place - job.extras) * job.stride + channel;
  if (place >= job.summary_count) return job.null_key == nullptr ? nullptr : job.null_key + channel;
  return job.summaries + sequence * job.summary_sequence_stride + place * job.summary_stride + channel;
}

// A thread packs 16 bytes of one row: neighbours have the pieces of a row, then the next row of the same
// head. blockIdx.y is the job. Rows behind a sequence's length are not written: no kernel reads them.
template <typename Element>
__global__ void __launch_bounds__(pack_threads) pack_kernel(PackJobs<Element> const jobs) {
  constexpr int width = 16 / static_cast<int>(sizeof(Element));
  int const pieces = jobs.padded_channels / width;
  PackJob<Element> const& job = jobs.job[blockIdx.y];
  if (job.to == nullptr) return;
  std::int64_t const head_in_part = blockIdx.x / jobs.blocks_per_head;
  std::int64_t const index = jobs.first_head + head_in_part;
  std::int64_t const sequence = index / jobs.heads;
  std::int64_t const channel = index % jobs.heads * jobs.channels;
  int const thread = static_cast<int>(threadIdx.x);
  std::int64_t const row = blockIdx.x % jobs.blocks_per_head * (pack_threads / pieces) + thread / pieces;
  if (row >= job.extras + job.lengths[sequence]) return;
  int const place = static_cast<int>(row);
  int const first = thread % pieces * width;
  float const* const from = source_of(job, sequence, channel, place);
  float values[width];
#pragma unroll
  for (int i = 0; i < width; ++i) values[i] = 0;
  if (from != nullptr && job.vectors && place >= job.extras) {
#pragma unroll
    for (int i = 0; i < width; i += 4) {
      if (first + i >= jobs.channels) continue;
      float4 const four = *reinterpret_cast<float4 const*>(from + first + i);
      values[i] = four.x, values[i + 1] = four.y, values[i + 2] = four.z, values[i + 3] = four.w;
    }
  } else if (from != nullptr) {
#pragma unroll
    for (int i = 0; i < width; ++i) {
      if (first + i < jobs.channels) values[i] = from[first + i];
    }
  }
#pragma unroll
  for (int i = 0; i < width; ++i) values[i] *= job.factor;
  store_piece(job.to + (head_in_part * job.to_rows + row) * jobs.padded_channels + first, values);
}

bool whole_vectors(float const* rows, std::int64_t stride, std::int64_t channels) {
  return reinterpret_cast<std::uintptr_t>(rows) % 16 == 0 && stride % 4 == 0 && channels % 4 == 0;
}

}  // namespace

std::int64_t packed_floats(AttentionShape const& shape, bool with_d_o) {
  std::int64_t const heads = shape.sequences * shape.heads;
  std::int64_t const channels = padded_channels(shape.head_channels);
  std::int64_t const queries = heads * shape.queries * channels;
  std::int64_t const keys = heads * (shape.keys + shape.summaries + 1) * channels;
  auto const floats = [&](std::int64_t count) {
    return ScratchPieces::padded(shape.bf16 ? floats_of<__nv_bfloat16>(count) : count);
  };
  return (with_d_o ? 2 : 1) * floats(queries) + 2 * floats(keys);
}

template <typename Element>
PackedHeads<Element> pack_heads(AttentionShape const& shape, AttentionOperands const& x,
                                AttentionPart const& part, float const* d_o, ScratchPieces& scratch) {
  int const extras = extra_keys(shape, x);
  std::int64_t const key_rows = extras + shape.keys;
  std::int64_t const rows = std::max(shape.queries, key_rows);
  if (rows > 0x7FFFF000)
    throw std::length_error("attention over " + std::to_string(rows) + " tokens: the GPU takes up to 2^31");
  std::int64_t const channels = padded_channels(shape.head_channels);
  auto const room = [&](std::int64_t rows_per_head) {
    return reinterpret_cast<Element*>(
        scratch.take(floats_of<Element>(part.heads * rows_per_head * channels)));
  };
  Element* const q = room(shape.queries);
  Element* const k = room(key_rows);
  Element* const v = room(key_rows);
  Element* const packed_d_o = d_o == nullptr ? nullptr : room(shape.queries);

  auto const of_queries = [&](float const* from, std::int64_t stride, float factor, Element* to) {
    return PackJob<Element>{from,
                            stride,
                            shape.queries * stride,
                            x.query_lengths,
                            nullptr,
                            nullptr,
                            0,
                            0,
                            0,
                            0,
                            factor,
                            whole_vectors(from, stride, shape.head_channels),
                            to,
                            shape.queries};
  };
  auto const of_keys = [&](float const* from, float const* summaries, std::int64_t summary_stride,
                           std::int64_t summary_sequence_stride, float const* null_key, Element* to) {
    return PackJob<Element>{from,
                            shape.key_stride,
                            shape.keys * shape.key_stride,
                            x.key_lengths,
                            summaries,
                            null_key,
                            summary_stride,
                            summary_sequence_stride,
                            static_cast<int>(shape.summaries),
                            extras,
                            1.0F,
                            whole_vectors(from, shape.key_stride, shape.head_channels),
                            to,
                            key_rows};
  };
  float const factor = log2_e / std::sqrt(static_cast<float>(shape.head_channels));
  PackJobs<Element> jobs{};
  jobs.job[0] = of_queries(x.q, shape.query_stride, factor, q);
  jobs.job[1] = of_keys(x.k, x.summary_key, shape.summary_key_stride, 0, x.null_key, k);
  jobs.job[2] = of_keys(x.v, x.summary_value, shape.summary_value_stride,
                        shape.summaries * shape.summary_value_stride, nullptr, v);
  jobs.job[3] = of_queries(d_o, shape.output_stride, 1.0F, packed_d_o);
  jobs.heads = shape.heads;
  jobs.first_head = part.first_head;
  jobs.channels = static_cast<int>(shape.head_channels);
  jobs.padded_channels = static_cast<int>(channels);
  std::int64_t const rows_per_block =
      pack_threads * 16 / static_cast<std::int64_t>(sizeof(Element)) / channels;
  jobs.blocks_per_head = (rows + rows_per_block - 1) / rows_per_block;
  launch(pack_kernel<Element>, dim3(blocks_for(part.heads * jobs.blocks_per_head, 1), 4), dim3(pack_threads),
         0, jobs);
  return {q, packed_d_o, k, v, shape.queries, key_rows, extras};
}

template PackedHeads<float> pack_heads(AttentionShape const&, AttentionOperands const&, AttentionPart const&,
                                       float const*, ScratchPieces&);
template PackedHeads<__nv_bfloat16> pack_heads(AttentionShape const&, AttentionOperands const&,
                                               AttentionPart const&, float const*, ScratchPieces&);

}  // namespace cislens::cuda
