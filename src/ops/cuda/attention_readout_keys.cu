#include "attention_readout.cuh"
#include "launch.cuh"
#include "shared_memory.cuh"

namespace cislens::cuda {
namespace {

/// A block's shared memory: its own keys, and values where they are needed; tiles of queries and of do, with
/// the queries' lse and weights; what products need.
template <typename Tile, bool Attribution>
struct KeysMemory {
  using Element = typename Tile::Element;
  static constexpr int own_bytes = rows_bytes<Tile>(Tile::own_rows);
  static constexpr int tile_bytes = rows_bytes<Tile>(Tile::tile_rows);
  static constexpr int numbers_bytes = Tile::stages * Tile::tile_rows * static_cast<int>(sizeof(float));
  static constexpr int bytes = (Attribution ? 2 : 1) * own_bytes + 2 * Tile::stages * tile_bytes +
                               2 * numbers_bytes + Tile::staging_bytes;

  char* start;
  __device__ Element* k() const { return reinterpret_cast<Element*>(start); }
  __device__ Element* v() const { return reinterpret_cast<Element*>(start + own_bytes); }
  __device__ Element* q(int stage) const {
    return reinterpret_cast<Element*>(start + (Attribution ? 2 : 1) * own_bytes + 2 * stage * tile_bytes);
  }
  __device__ Element* d_o(int stage) const {
    return q(stage) + tile_bytes / static_cast<int>(sizeof(Element));
  }
  __device__ float* lse2(int stage) const {
    return reinterpret_cast<float*>(q(Tile::stages)) + stage * Tile::tile_rows;
  }
  __device__ float* row_weight(int stage) const { return lse2(Tile::stages) + stage * Tile::tile_rows; }
  __device__ float* staging() const { return row_weight(Tile::stages); }
};

// Starts the copy of a tile of queries: threads of its rows read their lse and weights.
template <typename Tile, bool Attribution>
__device__ void load_queries(ReadoutJob<typename Tile::Element> const& job, ReadoutBlock const& block,
                             int place, int stage, KeysMemory<Tile, Attribution> const& memory) {
  std::int64_t const first = block.head_in_part * job.packed.query_rows * Tile::channels;
  load_rows<Tile, Tile::tile_rows>(job.packed.q + first, place, block.query_length, memory.q(stage));
  if (job.packed.d_o != nullptr)
    load_rows<Tile, Tile::tile_rows>(job.packed.d_o + first, place, block.query_length, memory.d_o(stage));
  int const row = static_cast<int>(threadIdx.x);
  if (row >= Tile::tile_rows) return;
  bool const real = place + row < block.query_length;
  std::int64_t const at = block.at.row + place + row;
  memory.lse2(stage)[row] = real ? job.lse[at] * log2_e : 0.0F;
  memory.row_weight(stage)[row] = !real ? 0.0F : job.row_weight == nullptr ? 1.0F : job.row_weight[at];
}

/// A thread's part of the sums of its rows.
template <typename Tile>
struct KeySums {
  float received[Tile::rows], attribution[Tile::rows];
  typename Tile::Sums dv;
};

// Takes in a tile of queries.
// @param sight_of  as in hide_unseen
// @param whole     whether all rows see the whole tile
template <typename Tile, bool Attribution, typename SightOf>
__device__ void absorb_queries(ReadoutJob<typename Tile::Element> const& job, typename Tile::Own const& k,
                               typename Tile::Own const& v, SightOf const& sight_of, int place, bool whole,
                               int stage, KeysMemory<Tile, Attribution> const& memory, KeySums<Tile>& sums) {
  typename Tile::Scores a;
  Tile::multiply(k, memory.q(stage), a);
  if (!whole) hide_unseen<Tile>(sight_of, place, a);
#pragma unroll
  for (int c = 0; c < Tile::columns; ++c) {
    float const lse2 = memory.lse2(stage)[Tile::column(c)];
    float const row_weight = memory.row_weight(stage)[Tile::column(c)];
#pragma unroll
    for (int r = 0; r < Tile::rows; ++r) {
      a.at(r, c) = power_of_two<Tile>(a.at(r, c) - lse2);
      sums.received[r] += row_weight * a.at(r, c);
    }
  }
  if constexpr (Attribution) {
    typename Tile::Scores worth;
    Tile::multiply(v, memory.d_o(stage), worth);
#pragma unroll
    for (int c = 0; c < Tile::columns; ++c) {
#pragma unroll
      for (int r = 0; r < Tile::rows; ++r) sums.attribution[r] += a.at(r, c) * worth.at(r, c);
    }
  }
  if (job.sums.dv != nullptr || job.sums.dsummary_value != nullptr)
    Tile::add_product(a, memory.d_o(stage), memory.staging(), sums.dv);
}

/// Where the sums of a place of the list of keys go; null: nowhere.
struct KeyTargets {
  float *received, *attribution, *dv;
  bool real;  // else zeros: padding
};

template <typename Element>
__device__ KeyTargets targets_of(ReadoutJob<Element> const& job, ReadoutBlock const& block, int place) {
  AttentionShape const& shape = job.shape;
  AttentionReadoutSums const& sums = job.sums;
  if (place < shape.summaries) {
    std::int64_t const slot = block.index * sums.ranges * shape.summaries + place;
    return {sums.summary_received == nullptr ? nullptr : sums.summary_received + slot, nullptr,
            sums.dsummary_value == nullptr ? nullptr : sums.dsummary_value + slot * shape.head_channels,
            true};
  }
  int const key = place - job.packed.extras;
  if (key < 0 || key >= shape.keys) return {nullptr, nullptr, nullptr, false};
  std::int64_t const column = block.index * shape.keys + key;
  return {sums.received == nullptr ? nullptr : sums.received + column,
          sums.attribution == nullptr ? nullptr : sums.attribution + column,
          sums.dv == nullptr ? nullptr : sums.dv + block.at.key + key * shape.key_stride,
          key < block.key_length};
}

template <typename Tile>
__device__ void store_sums(ReadoutJob<typename Tile::Element> const& job, ReadoutBlock const& block,
                           int first, KeySums<Tile> const& sums) {
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    KeyTargets const to = targets_of(job, block, first + Tile::row(r));
    float const received = Tile::row_sum(sums.received[r]);
    float const attribution = Tile::row_sum(sums.attribution[r]);
    if (speaks_for_rows<Tile>()) {
      if (to.received != nullptr) *to.received = to.real ? received : 0.0F;
      if (to.attribution != nullptr) *to.attribution = to.real ? attribution : 0.0F;
    }
    if (to.dv == nullptr) continue;
#pragma unroll
    for (int c = 0; c < Tile::sum_columns; ++c) {
      int const channel = Tile::sum_column(c);
      if (channel < job.shape.head_channels) to.dv[channel] = to.real ? sums.dv.at(r, c) : 0.0F;
    }
  }
}

// A block owns rows of a head's list of keys and meets the queries that see them, in their order; the sums of
// its rows stay in registers. One barrier a tile: it is there, and all have left the one before, so that the
// next may be on its way while this one is worked on. Where Tile has a single stage, a second barrier lets
// all leave the tile before the next comes. Blocks of padding meet nobody and write zeros.
template <typename Tile, bool Attribution>
__global__ void __launch_bounds__(Tile::threads, Tile::channels == 16 ? 3 : 2)
    readout_keys_kernel(ReadoutJob<typename Tile::Element> const job) {
  KeysMemory<Tile, Attribution> const memory{dynamic_shared<char>()};
  ReadoutBlock const block(job);
  int const extras = job.packed.extras;
  int const count = extras + block.key_length;
  int const first = static_cast<int>(block.block) * Tile::own_rows;
  int const last = max(first, min(first + Tile::own_rows, count) - 1);
  std::int64_t const packed = block.head_in_part * job.packed.key_rows * Tile::channels;
  KeySums<Tile> sums;
  clear_sums<Tile>(sums.dv);
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    sums.received[r] = 0;
    sums.attribution[r] = 0;
  }
  auto const sight_of = [&](int row) {
    return sight_of_key(job.shape, extras, min(first + row, last), block.query_length);
  };
  BlockSight const all(sight_of(0), sight_of(max(0, extras - first)), sight_of(Tile::own_rows),
                       Tile::tile_rows);
  int const tiles = first < count ? all.tiles() : 0;

  if (tiles > 0) {
    load_rows<Tile, Tile::own_rows>(job.packed.k + packed, first, count, memory.k());
    if constexpr (Attribution)
      load_rows<Tile, Tile::own_rows>(job.packed.v + packed, first, count, memory.v());
  }
  auto const load = [&](int n) {
    if (n < tiles) load_queries<Tile, Attribution>(job, block, all.tile_place(n), n % Tile::stages, memory);
    cp_async_commit();
  };
  load(0);
  typename Tile::Own k;
  typename Tile::Own v;
  for (int n = 0; n < tiles; ++n) {
    cp_async_wait<0>();
    __syncthreads();
    if (n == 0) {
      Tile::take(memory.k(), k);
      if constexpr (Attribution) Tile::take(memory.v(), v);
    }
    if constexpr (Tile::stages > 1) load(n + 1);
    int const place = all.tile_place(n);
    absorb_queries<Tile, Attribution>(job, k, v, sight_of, place, all.whole(place), n % Tile::stages, memory,
                                      sums);
    if constexpr (Tile::stages == 1) {
      __syncthreads();
      load(n + 1);
    }
  }
  store_sums<Tile>(job, block, first, sums);
}

template <typename Tile, bool Attribution>
void read_keys_with(ReadoutJob<typename Tile::Element> job) {
  std::int64_t const rows = job.packed.extras + job.shape.keys;
  job.blocks_per_head = (rows + Tile::own_rows - 1) / Tile::own_rows;
  launch(readout_keys_kernel<Tile, Attribution>, blocks_for(job.heads * job.blocks_per_head, 1),
         Tile::threads, KeysMemory<Tile, Attribution>::bytes, job);
}

// Tiles such that nothing is spilled and a block fits into the 99 KiB that every chip since sm_80 has.
template <typename Element, int Channels, bool Attribution>
struct KeysTile {
  using Type = std::conditional_t<Channels == 128, FloatTile<Channels, 2, 32>, FloatTile<Channels, 4, 64>>;
};
template <int Channels, bool Attribution>
struct KeysTile<__nv_bfloat16, Channels, Attribution> {
  static constexpr int bands = Attribution || Channels == 128 ? 1 : 2;
  using Type = Bf16Tile<Channels, bands, Channels >= 64 ? 32 : 64, !Attribution>;
};

}  // namespace

template <typename Element, int Channels>
void read_keys(ReadoutJob<Element> job) {
  if (job.sums.attribution != nullptr) {
    read_keys_with<typename KeysTile<Element, Channels, true>::Type, true>(job);
  } else {
    read_keys_with<typename KeysTile<Element, Channels, false>::Type, false>(job);
  }
}

template void read_keys<float, 16>(ReadoutJob<float>);
template void read_keys<float, 32>(ReadoutJob<float>);
template void read_keys<float, 64>(ReadoutJob<float>);
template void read_keys<float, 128>(ReadoutJob<float>);
template void read_keys<__nv_bfloat16, 16>(ReadoutJob<__nv_bfloat16>);
template void read_keys<__nv_bfloat16, 32>(ReadoutJob<__nv_bfloat16>);
template void read_keys<__nv_bfloat16, 64>(ReadoutJob<__nv_bfloat16>);
template void read_keys<__nv_bfloat16, 128>(ReadoutJob<__nv_bfloat16>);

}  // namespace cislens::cuda
