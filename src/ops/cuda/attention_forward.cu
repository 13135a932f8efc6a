#include "attention_tile.cuh"
#include "functions.hpp"
#include "launch.cuh"

namespace cislens::cuda {
namespace {

template <typename Element>
struct ForwardCall {
  AttentionShape shape;
  std::int64_t const *query_lengths, *key_lengths;
  AttentionPart part;
  PackedHeads<Element> packed;
  AttentionResult result;
  unsigned blocks_per_head;
};

/// The tile for D padded to Channels; Short where a head has few queries, so that fewer rows are idle. With
/// two bands a warp, what is read from shared memory serves two products; at D 128 there are registers for
/// that when tiles are short and queries are read again.
template <typename Element, int Channels, bool Short>
struct ForwardTile {
  static constexpr bool narrow = Channels == 128 && !Short;
  using Type = Bf16Tile<Channels, Short ? 1 : 2, narrow ? 32 : 64, !narrow>;
};
template <int Channels, bool Short>
struct ForwardTile<float, Channels, Short> {
  using Type = FloatTile<Channels, 4, Channels == 128 ? 32 : 64>;
};

template <typename Tile>
constexpr std::size_t forward_shared_bytes() {
  return rows_bytes<Tile>(Tile::own_rows) + 2 * Tile::stages * rows_bytes<Tile>(Tile::tile_rows) +
         Tile::staging_bytes;
}

/// On a multiprocessor: as many as have registers without spilling.
template <typename Tile, bool with_entropy>
constexpr int blocks_at_a_time() {
  bool const small = Tile::rows == 2 ? Tile::channels <= 64 : Tile::channels == 16;
  return small && !with_entropy ? 3 : 2;
}

/// The softmax of a thread's rows on its way. What is summed over keys is so for the thread's own columns
/// alone, until the end.
template <typename Tile>
struct Rows {
  float top[Tile::rows];       // the highest score so far, of the whole row
  float total[Tile::rows];     // of powers 2^(score - top)
  float weighted[Tile::rows];  // of power times (score - top)

  __device__ Rows() {
#pragma unroll
    for (int r = 0; r < Tile::rows; ++r) {
      top[r] = -INFINITY;
      total[r] = 0;
      weighted[r] = 0;
    }
  }
};

// Below this, a power of two is 0; the product of the two is 0 too, not 0 * infinity.
constexpr float least_score = -150;

/// Takes a tile's scores in: they become powers, and earlier sums are brought to the new top. A NaN is no
/// top, but its power is NaN and goes into all sums.
template <typename Tile, bool with_entropy>
__device__ void absorb(Rows<Tile>& rows, typename Tile::Scores& scores, typename Tile::Sums& sums) {
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    float top = scores.at(r, 0);
#pragma unroll
    for (int c = 1; c < Tile::columns; ++c) top = fmaxf(top, scores.at(r, c));
    top = fmaxf(rows.top[r], Tile::row_max(top));
    float const from = top == -INFINITY ? 0 : top;  // nothing seen so far: infinities must not meet
    float const moved = rows.top[r] - from;
    float const shrink = exp2_fast(moved);
    if constexpr (with_entropy)
      rows.weighted[r] = shrink * (rows.weighted[r] + rows.total[r] * fmaxf(moved, least_score));
    rows.total[r] *= shrink;
    rows.top[r] = top;
#pragma unroll
    for (int c = 0; c < Tile::columns; ++c) {
      float const score = scores.at(r, c) - from;
      float const power = exp2_fast(score);
      scores.at(r, c) = power;
      rows.total[r] += power;
      if constexpr (with_entropy) rows.weighted[r] = fmaf(power, fmaxf(score, least_score), rows.weighted[r]);
    }
#pragma unroll
    for (int c = 0; c < Tile::sum_columns; ++c) sums.at(r, c) *= shrink;
  }
}

/// o = sum / total, lse = ln(sum of exp(score)), entropy = -sum A ln A = ln(total) - weighted ln 2 / total;
/// zeros for padding and for rows without keys.
/// @param first  query of the block's first row
template <typename Tile, bool with_entropy, typename Element>
__device__ void finish(ForwardCall<Element> const& call, HeadPlace const& place, int first, int last,
                       int length, Rows<Tile> const& rows, typename Tile::Sums const& sums) {
  AttentionShape const& shape = call.shape;
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    float const total = Tile::row_sum(rows.total[r]);
    float const weighted = with_entropy ? Tile::row_sum(rows.weighted[r]) : 0;
    int const i = first + Tile::row(r);
    if (i >= last) continue;
    bool const none = total == 0 || i >= length;
    float const inverse = none ? 0 : 1 / total;
    float* const o = call.result.o + place.output + i * shape.output_stride;
#pragma unroll
    for (int c = 0; c < Tile::sum_columns; ++c) {
      int const d = Tile::sum_column(c);
      if (d < shape.head_channels) o[d] = none ? 0 : sums.at(r, c) * inverse;
    }
    if (Tile::column(0) != 0) continue;  // one of the lanes that share the row
    call.result.lse[place.row + i] = none ? 0 : (rows.top[r] + log2f(total)) * ln_2;
    if constexpr (with_entropy)
      call.result.entropy[place.row + i] = none ? 0 : ln_2 * (log2f(total) - weighted * inverse);
  }
}

// A block owns Tile::own_rows queries of one head, and tiles of keys and values go by in shared memory: while
// one is used the next is on its way where there are two stages. One barrier a tile then is enough: it says
// that the tile is there for all threads, and that all have left the tile before, whose room the next takes.
// A thread's scores become the weights of the second product without leaving its warp. Keys are taken in
// order, so sums are the same whatever the grid. Blocks behind a sequence's end only write zeros.
template <typename Tile, bool with_entropy>
__global__ void __launch_bounds__(Tile::threads, blocks_at_a_time<Tile, with_entropy>())
    attention_forward_kernel(ForwardCall<typename Tile::Element> const call) {
  using Element = typename Tile::Element;
  AttentionShape const& shape = call.shape;
  std::int64_t const head = blockIdx.x / call.blocks_per_head;  // of the part
  HeadPlace const place(shape, call.part.first_head + head);
  int const length = static_cast<int>(call.query_lengths[place.sequence]);
  int const key_length = static_cast<int>(call.key_lengths[place.sequence]);
  int const first = static_cast<int>(call.part.first_query +
                                     static_cast<int>(blockIdx.x % call.blocks_per_head) * Tile::own_rows);
  int const last = static_cast<int>(
      min(static_cast<std::int64_t>(first + Tile::own_rows), call.part.first_query + call.part.queries));
  int const real = min(last, length);  // queries of the block end here
  int const extras = call.packed.extras;
  int const keys = extras + key_length;
  Element const* const k = call.packed.k + head * call.packed.key_rows * Tile::channels;
  Element const* const v = call.packed.v + head * call.packed.key_rows * Tile::channels;

  constexpr int tile_elements = Tile::tile_rows * Tile::pitch;
  Element* const own_tile = dynamic_shared<Element>();
  Element* const tiles = own_tile + Tile::own_rows * Tile::pitch;
  float* const staging = reinterpret_cast<float*>(tiles + 2 * Tile::stages * tile_elements);
  auto const stage = [&](int n) { return tiles + n % Tile::stages * 2 * tile_elements; };

  Rows<Tile> rows;
  typename Tile::Sums sums;
  clear_sums<Tile>(sums);
  if (first < real) {
    auto const sight_of = [&](int row) {
      return sight_of_query(shape, extras, min(first + row, real - 1), key_length);
    };
    BlockSight const block(sight_of(0), sight_of(0), sight_of(Tile::own_rows), Tile::tile_rows);
    auto const load = [&](int n) {
      int const at = block.tile_place(n);
      load_rows<Tile, Tile::tile_rows>(k, at, keys, stage(n));
      load_rows<Tile, Tile::tile_rows>(v, at, keys, stage(n) + tile_elements);
    };
    if (block.tiles() > 0) {
      Element const* const q = call.packed.q + head * call.packed.query_rows * Tile::channels;
      load_rows<Tile, Tile::own_rows>(q, first, real, own_tile);
      load(0);
      cp_async_commit();
    }
    typename Tile::Own own;
    for (int n = 0; n < block.tiles(); ++n) {
      cp_async_wait<0>();
      __syncthreads();
      if (n == 0) Tile::take(own_tile, own);
      if (Tile::stages > 1 && n + 1 < block.tiles()) load(n + 1);
      cp_async_commit();
      typename Tile::Scores scores;
      Tile::multiply(own, stage(n), scores);
      int const at = block.tile_place(n);
      if (!block.whole(at)) hide_unseen<Tile>(sight_of, at, scores);
      absorb<Tile, with_entropy>(rows, scores, sums);
      Tile::add_product(scores, stage(n) + tile_elements, staging, sums);
      if (Tile::stages == 1 && n + 1 < block.tiles()) {
        __syncthreads();  // all have left the tile
        load(n + 1);
        cp_async_commit();
      }
    }
  }
  finish<Tile, with_entropy>(call, place, first, last, length, rows, sums);
}

template <typename Tile>
void run(ForwardCall<typename Tile::Element> call) {
  call.blocks_per_head = blocks_for(call.part.queries, Tile::own_rows);
  dim3 const grid(blocks_for(call.part.heads * static_cast<std::int64_t>(call.blocks_per_head), 1));
  auto* const kernel = call.result.entropy == nullptr ? attention_forward_kernel<Tile, false>
                                                      : attention_forward_kernel<Tile, true>;
  launch(kernel, grid, dim3(Tile::threads), forward_shared_bytes<Tile>(), call);
}

}  // namespace

void attention_forward(AttentionShape const& shape, AttentionOperands const& x, AttentionPart const& part,
                       AttentionResult const& result, float* scratch) {
  for_precision_and_channels(shape, [&]<typename Element, int Channels>() {
    ScratchPieces pieces(scratch);
    PackedHeads<Element> const packed = pack_heads<Element>(shape, x, part, nullptr, pieces);
    ForwardCall<Element> const call{shape, x.query_lengths, x.key_lengths, part, packed, result, 0};
    if (shape.queries <= 64) {
      run<typename ForwardTile<Element, Channels, true>::Type>(call);
    } else {
      run<typename ForwardTile<Element, Channels, false>::Type>(call);
    }
  });
}

}  // namespace cislens::cuda
