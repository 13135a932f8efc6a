#include "attention_tile.cuh"
#include "functions.hpp"
#include "launch.cuh"

#include <algorithm>
#include <cmath>
#include <stdexcept>

// Gradients of attention, the weights computed again from scores and forward's row sums, in two passes: one
// whose blocks own keys while queries go by, for dk and dv, and one whose blocks own queries while keys go
// by, for dq. Each sum belongs to one thread and runs in the order of the tiles: no atomics, the same bits
// again. Price: seven products a pair of tiles instead of the five of a single pass.
namespace cislens::cuda {
namespace {

/// Of every query: what its scores are measured from, and what is subtracted from do . v. Padding has an
/// infinite lse2, so its weights are exactly 0.
using RowStatistics = float2;  // x: lse in units of log2, y: do . o + g H

template <typename Element>
struct BackwardCall {
  AttentionShape shape;
  std::int64_t const *query_lengths, *key_lengths;
  AttentionPart part;
  PackedHeads<Element> packed;
  RowStatistics const* statistics;  // (heads of the part, statistics_rows)
  std::int64_t statistics_rows;
  float entropy_gradient;
  AttentionSums sums;
  unsigned blocks_per_head;
};

/// @tparam Keys  the pass whose blocks own keys: it has two sums instead of one
template <typename Element, int Channels, bool Keys>
struct BackwardTile {
  static constexpr int bands = Channels <= 32 ? 2 : 1;
  using Type = Bf16Tile<Channels, bands, Channels == 64 ? 64 : 32, Channels <= 64>;
};
template <int Channels, bool Keys>
struct BackwardTile<float, Channels, Keys> {
  using Type = FloatTile<Channels, Channels == 128 ? 2 : 4, Channels == 128 ? 32 : 64>;
};

template <typename Tile>
constexpr std::size_t backward_shared_bytes() {
  return 2 * rows_bytes<Tile>(Tile::own_rows) + 2 * Tile::stages * rows_bytes<Tile>(Tile::tile_rows) +
         Tile::stages * Tile::tile_rows * sizeof(RowStatistics) + Tile::staging_bytes;
}

/// Whole tiles of statistics are copied: rows are rounded up to this.
constexpr std::int64_t statistics_block = 64;
std::int64_t statistics_rows(AttentionShape const& shape) {
  return ceil_div(shape.queries, statistics_block) * statistics_block;
}

struct StatisticsCall {
  AttentionShape shape;
  std::int64_t const* query_lengths;
  std::int64_t first_head, heads, rows;
  AttentionUpstream upstream;
  RowStatistics* to;
};

constexpr int statistics_threads = 256;
constexpr int row_lanes = 16;

// What the products see of do.
__device__ inline float as_operand(float value, float) { return value; }
__device__ inline float as_operand(float value, __nv_bfloat16) {
  return __bfloat162float(__float2bfloat16_rn(value));
}

// 16 lanes a row; lane k multiplies channels k, k + 16, ..., then the lanes are added pairwise. do is rounded
// as in do . v: the gradients of a row's scores cancel.
template <typename Element>
__global__ void __launch_bounds__(statistics_threads) statistics_kernel(StatisticsCall const call) {
  AttentionShape const& shape = call.shape;
  std::int64_t const index =
      static_cast<std::int64_t>(blockIdx.x) * (statistics_threads / row_lanes) + threadIdx.x / row_lanes;
  bool const inside = index < call.heads * call.rows;
  std::int64_t const head = inside ? index / call.rows : 0;
  std::int64_t const i = index % call.rows;
  HeadPlace const place(shape, call.first_head + head);
  bool const real = inside && i < call.query_lengths[place.sequence];
  int const lane = static_cast<int>(threadIdx.x) % row_lanes;
  float sum = 0;
  if (real) {
    std::int64_t const at = place.output + i * shape.output_stride;
    for (int d = lane; d < shape.head_channels; d += row_lanes)
      sum = fmaf(call.upstream.o[at + d], as_operand(call.upstream.d_o[at + d], Element{}), sum);
  }
#pragma unroll
  for (int step = row_lanes / 2; step > 0; step /= 2) sum += __shfl_xor_sync(all_lanes, sum, step);
  if (!inside || lane != 0) return;
  if (!real) {
    call.to[index] = {INFINITY, 0};
    return;
  }
  if (call.upstream.entropy != nullptr)
    sum = fmaf(call.upstream.entropy_gradient, call.upstream.entropy[place.row + i], sum);
  call.to[index] = {call.upstream.lse[place.row + i] * log2_e, sum};
}

/// The least log2 of a weight in the entropy's gradient: A ln A is 0 below, and never 0 * infinity.
constexpr float least_log2 = -126;

/// dS = A (dP - do . o) - g A (ln A + H); `scores` become A, `gradients`, dP before, become dS.
/// @param g  times ln 2
template <bool with_entropy>
__device__ inline void score_gradient(float& score, float& gradient, RowStatistics row, float g) {
  float const log2_a = score - row.x;
  float const a = exp2_fast(log2_a);
  float inner = gradient - row.y;
  if constexpr (with_entropy) inner = fmaf(-g, fmaxf(log2_a, least_log2), inner);
  score = a;
  gradient = a * inner;
}

/// The rows that a block owns and the rows that go by, as the two passes see them.
template <typename Tile, bool Keys>
struct Sides {
  using Element = typename Tile::Element;
  Element const *own_left, *own_right;    // k and v, or q and do
  Element const *tile_left, *tile_right;  // q and do, or k and v
  int own_count, tile_count;              // rows of them that are there

  __device__ Sides(BackwardCall<Element> const& call, std::int64_t head, int queries, int keys) {
    PackedHeads<Element> const& x = call.packed;
    Element const* const q = x.q + head * x.query_rows * Tile::channels;
    Element const* const d_o = x.d_o + head * x.query_rows * Tile::channels;
    Element const* const k = x.k + head * x.key_rows * Tile::channels;
    Element const* const v = x.v + head * x.key_rows * Tile::channels;
    own_left = Keys ? k : q, own_right = Keys ? v : d_o;
    tile_left = Keys ? q : k, tile_right = Keys ? d_o : v;
    own_count = Keys ? keys : queries, tile_count = Keys ? queries : keys;
  }
};

/// Writes factor * sums to rows of D channels; zeros instead where a row is behind `real`.
template <typename Tile>
__device__ void write_row(typename Tile::Sums const& sums, int r, float factor, bool real, int channels,
                          float* to) {
#pragma unroll
  for (int c = 0; c < Tile::sum_columns; ++c) {
    int const d = Tile::sum_column(c);
    if (d < channels) to[d] = real ? factor * sums.at(r, c) : 0;
  }
}

/// dk and dv of the block's keys, dk in units of the packed queries; those of extra keys go to their slot.
template <typename Tile, typename Element>
__device__ void write_keys(BackwardCall<Element> const& call, std::int64_t head, HeadPlace const& place,
                           int first, int keys, typename Tile::Sums const& dk,
                           typename Tile::Sums const& dv) {
  AttentionShape const& shape = call.shape;
  int const channels = static_cast<int>(shape.head_channels);
  int const extras = call.packed.extras;
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    int const row = first + Tile::row(r);
    if (row >= extras + shape.keys) continue;
    if (row < extras) {
      if (call.sums.extra == nullptr) continue;
      float* const slot = call.sums.extra + head * call.sums.extra_stride + row * 2 * channels;
      write_row<Tile>(dk, r, ln_2, true, channels, slot);
      write_row<Tile>(dv, r, 1, true, channels, slot + channels);
      continue;
    }
    std::int64_t const at = place.key + (row - extras) * shape.key_stride;
    write_row<Tile>(dk, r, ln_2, row < keys, channels, call.sums.dk + at);
    write_row<Tile>(dv, r, 1, row < keys, channels, call.sums.dv + at);
  }
}

// A block owns Tile::own_rows rows of one side of one head; tiles of the other side go by in shared memory as
// in forward, with the queries' statistics beside them where those are the other side. One barrier a tile:
// the tile is there, and all have left the one before. Where keys are owned, scores are transposed: weights
// and gradients lie in registers as the left operands of dv and dk, where queries are owned as that of dq.
template <typename Tile, bool Keys, bool with_entropy>
__global__ void __launch_bounds__(Tile::threads, Tile::channels == 16 ? 3 : 2)
    attention_backward_kernel(BackwardCall<typename Tile::Element> const call) {
  using Element = typename Tile::Element;
  AttentionShape const& shape = call.shape;
  std::int64_t const head = blockIdx.x / call.blocks_per_head;  // of the part
  HeadPlace const place(shape, call.part.first_head + head);
  int const first = static_cast<int>(blockIdx.x % call.blocks_per_head) * Tile::own_rows;
  int const extras = call.packed.extras;
  int const queries = static_cast<int>(call.query_lengths[place.sequence]);
  int const keys = extras + static_cast<int>(call.key_lengths[place.sequence]);
  Sides<Tile, Keys> const sides(call, head, queries, keys);
  RowStatistics const* const statistics = call.statistics + head * call.statistics_rows;
  float const g = call.entropy_gradient * ln_2;

  static_assert(statistics_block % Tile::tile_rows == 0);
  constexpr int tile_elements = Tile::tile_rows * Tile::pitch;
  constexpr int own_elements = Tile::own_rows * Tile::pitch;
  Element* const own_tiles = dynamic_shared<Element>();
  Element* const tiles = own_tiles + 2 * own_elements;
  auto* const tile_statistics = reinterpret_cast<RowStatistics*>(tiles + 2 * Tile::stages * tile_elements);
  float* const staging = reinterpret_cast<float*>(tile_statistics + Tile::stages * Tile::tile_rows);

  typename Tile::Sums left_sums;   // dk or dq
  typename Tile::Sums right_sums;  // dv
  clear_sums<Tile>(left_sums);
  if constexpr (Keys) clear_sums<Tile>(right_sums);
  int const real = min(first + Tile::own_rows, sides.own_count);
  if (first < real) {
    auto const sight_of = [&](int row) {
      int const place = min(first + row, real - 1);
      return Keys ? sight_of_key(shape, extras, place, queries)
                  : sight_of_query(shape, extras, place, keys - extras);
    };
    BlockSight const block(sight_of(0), sight_of(Keys ? max(0, extras - first) : 0), sight_of(Tile::own_rows),
                           Tile::tile_rows);
    RowStatistics own_statistics[Tile::rows];
#pragma unroll
    for (int r = 0; !Keys && r < Tile::rows; ++r)
      own_statistics[r] = statistics[min(first + Tile::row(r), real - 1)];
    auto const load = [&](int n) {
      int const at = block.tile_place(n);
      Element* const to = tiles + n % Tile::stages * 2 * tile_elements;
      load_rows<Tile, Tile::tile_rows>(sides.tile_left, at, sides.tile_count, to);
      load_rows<Tile, Tile::tile_rows>(sides.tile_right, at, sides.tile_count, to + tile_elements);
      if constexpr (Keys) {
        int const pair = 2 * static_cast<int>(threadIdx.x);
        if (pair < Tile::tile_rows)
          cp_async_16(tile_statistics + n % Tile::stages * Tile::tile_rows + pair, statistics + at + pair);
      }
    };
    if (block.tiles() > 0) {
      load_rows<Tile, Tile::own_rows>(sides.own_left, first, real, own_tiles);
      load_rows<Tile, Tile::own_rows>(sides.own_right, first, real, own_tiles + own_elements);
      load(0);
      cp_async_commit();
    }
    typename Tile::Own own_left;
    typename Tile::Own own_right;
    for (int n = 0; n < block.tiles(); ++n) {
      cp_async_wait<0>();
      __syncthreads();
      if (n == 0) {
        Tile::take(own_tiles, own_left);
        Tile::take(own_tiles + own_elements, own_right);
      }
      if (Tile::stages > 1 && n + 1 < block.tiles()) load(n + 1);
      cp_async_commit();
      Element const* const tile_left = tiles + n % Tile::stages * 2 * tile_elements;
      Element const* const tile_right = tile_left + tile_elements;
      typename Tile::Scores scores;
      typename Tile::Scores gradients;
      Tile::multiply(own_left, tile_left, scores);
      Tile::multiply(own_right, tile_right, gradients);
      int const at = block.tile_place(n);
      if (!block.whole(at)) hide_unseen<Tile>(sight_of, at, scores);
#pragma unroll
      for (int c = 0; c < Tile::columns; ++c) {
        RowStatistics column{};
        if constexpr (Keys) column = tile_statistics[n % Tile::stages * Tile::tile_rows + Tile::column(c)];
#pragma unroll
        for (int r = 0; r < Tile::rows; ++r) {
          score_gradient<with_entropy>(scores.at(r, c), gradients.at(r, c), Keys ? column : own_statistics[r],
                                       g);
        }
      }
      if constexpr (Keys) Tile::add_product(scores, tile_right, staging, right_sums);
      Tile::add_product(gradients, tile_left, staging, left_sums);
      if (Tile::stages == 1 && n + 1 < block.tiles()) {
        __syncthreads();  // all have left the tile
        load(n + 1);
        cp_async_commit();
      }
    }
  }
  if constexpr (Keys) {
    write_keys<Tile>(call, head, place, first, keys, left_sums, right_sums);
  } else {
    float const factor = rsqrtf(static_cast<float>(shape.head_channels));
#pragma unroll
    for (int r = 0; r < Tile::rows; ++r) {
      int const row = first + Tile::row(r);
      if (row >= shape.queries) continue;
      write_row<Tile>(left_sums, r, factor, row < queries, static_cast<int>(shape.head_channels),
                      call.sums.dq + place.query + row * shape.query_stride);
    }
  }
}

template <typename Tile, bool Keys>
void run(BackwardCall<typename Tile::Element> call) {
  std::int64_t const rows = Keys ? call.packed.extras + call.shape.keys : call.shape.queries;
  call.blocks_per_head = blocks_for(rows, Tile::own_rows);
  dim3 const grid(blocks_for(call.part.heads * static_cast<std::int64_t>(call.blocks_per_head), 1));
  auto* const kernel = call.entropy_gradient == 0 ? attention_backward_kernel<Tile, Keys, false>
                                                  : attention_backward_kernel<Tile, Keys, true>;
  launch(kernel, grid, dim3(Tile::threads), backward_shared_bytes<Tile>(), call);
}

}  // namespace

std::int64_t attention_range(AttentionShape const& shape) {
  return std::max<std::int64_t>(1, std::max(shape.queries, shape.keys));
}

std::int64_t attention_scratch(AttentionShape const& shape) {
  std::int64_t const statistics = shape.sequences * shape.heads * statistics_rows(shape);
  return packed_floats(shape, true) + ScratchPieces::padded(floats_of<RowStatistics>(statistics));
}

void attention_backward(AttentionShape const& shape, AttentionOperands const& x,
                        AttentionUpstream const& upstream, AttentionPart const& part, bool accumulate,
                        AttentionSums const& sums, float* scratch) {
  if (accumulate || part.first_query != 0 || part.first_key != 0 || part.queries != shape.queries ||
      part.keys != shape.keys)
    throw std::logic_error("attention_backward on the GPU takes whole heads");
  for_precision_and_channels(shape, [&]<typename Element, int Channels>() {
    ScratchPieces pieces(scratch);
    PackedHeads<Element> const packed = pack_heads<Element>(shape, x, part, upstream.d_o, pieces);
    std::int64_t const rows = statistics_rows(shape);
    auto* const statistics =
        reinterpret_cast<RowStatistics*>(pieces.take(floats_of<RowStatistics>(part.heads * rows)));
    StatisticsCall const of_rows{shape, x.query_lengths, part.first_head, part.heads,
                                 rows,  upstream,        statistics};
    launch(statistics_kernel<Element>, dim3(blocks_for(part.heads * rows, statistics_threads / row_lanes)),
           dim3(statistics_threads), 0, of_rows);
    BackwardCall<Element> const call{
        shape, x.query_lengths,           x.key_lengths, part, packed, statistics,
        rows,  upstream.entropy_gradient, sums,          0};
    run<typename BackwardTile<Element, Channels, true>::Type, true>(call);
    run<typename BackwardTile<Element, Channels, false>::Type, false>(call);
  });
}

}  // namespace cislens::cuda
