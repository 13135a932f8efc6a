#include "attention_partners.cuh"
#include "attention_readout.cuh"
#include "launch.cuh"
#include "shared_memory.cuh"

#include <algorithm>

namespace cislens::cuda {
namespace {

/// A block's shared memory: its own queries, tiles of keys, scores for the choice of partners, and every
/// thread's own bins of distances.
template <typename Tile>
struct QueriesMemory {
  using Element = typename Tile::Element;
  static constexpr int own_bytes = rows_bytes<Tile>(Tile::own_rows);
  static constexpr int tile_bytes = rows_bytes<Tile>(Tile::tile_rows);
  static constexpr int score_pitch = Tile::tile_rows + 4;
  static constexpr int score_bytes = Tile::own_rows * score_pitch * static_cast<int>(sizeof(float));
  static constexpr int bin_bytes =
      static_cast<int>(readout_bins) * Tile::threads * static_cast<int>(sizeof(float));
  static constexpr int bytes = own_bytes + Tile::stages * tile_bytes + score_bytes + bin_bytes;

  char* start;
  __device__ Element* q() const { return reinterpret_cast<Element*>(start); }
  __device__ Element* k(int stage) const {
    return reinterpret_cast<Element*>(start + own_bytes + stage * tile_bytes);
  }
  __device__ float* scores() const { return reinterpret_cast<float*>(k(Tile::stages)); }
  /// Bin b is at b * Tile::threads.
  __device__ float* bins() const { return scores() + Tile::own_rows * score_pitch; }
};

/// A thread's part of what is known and summed of its rows.
template <typename Tile>
struct QuerySums {
  bool real[Tile::rows];    // else padding
  float lse2[Tile::rows];   // log2 of the sum of powers
  float limit[Tile::rows];  // of the partners
  float entropy[Tile::rows], distance[Tile::rows], mass[Tile::rows];
};

/// Where a block is in its head.
struct QueriesBlock {
  int first;                          // query
  int extras;                         // places in front of the sequence's own keys
  bool partners, weights, histogram;  // what is asked for; weights are of every row's sums
};

__device__ inline int bin_of(int distance) { return distance == 0 ? 0 : 32 - __clz(distance); }

// One warp, which owns the row: keys of a tile whose scores are above the limit come into the row's list, in
// the order of their places.
// @param scores  of the row, minus infinity for what is no partner
// @returns       the new limit
template <typename Tile>
__device__ float take_partners(float const* scores, int first_key, float* list_scores,
                               std::int32_t* list_places, std::int64_t capacity) {
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  PartnerList list(list_scores, list_places, capacity);
  float limit = list.limit();
#pragma unroll
  for (int first = 0; first < Tile::tile_rows; first += warp_size) {
    float const own = scores[first + lane];
    unsigned candidates = __ballot_sync(all_lanes, own > limit);
    while (candidates != 0) {
      int const n = __ffs(static_cast<int>(candidates)) - 1;
      candidates &= candidates - 1;
      float const score = __shfl_sync(all_lanes, own, n);
      if (!(score > limit)) continue;
      list.insert(score, first_key + first + n);
      limit = list.limit();
    }
  }
  list.store(list_scores, list_places);
  return limit;
}

// Rows in which some key is above the limit go through shared memory, where a whole warp looks at one of them
// after the other. Warps own their rows: __syncwarp is enough, before others' scores are read and before the
// next tile's are written.
template <typename Tile>
__device__ void choose_partners(ReadoutJob<typename Tile::Element> const& job, ReadoutBlock const& block,
                                QueriesBlock const& own, int place, typename Tile::Scores const& scores,
                                QueriesMemory<Tile> const& memory, QuerySums<Tile>& sums) {
  constexpr int row_lanes = Tile::tile_rows / Tile::columns;  // lanes that share a row, neighbours
  constexpr int pitch = QueriesMemory<Tile>::score_pitch;
  unsigned found[Tile::rows];
  unsigned any = 0;
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    bool above = false;
#pragma unroll
    for (int c = 0; c < Tile::columns; ++c)
      above |= scores.at(r, c) > sums.limit[r] && place + Tile::column(c) >= own.extras;
    found[r] = __ballot_sync(all_lanes, above && sums.real[r]);
    any |= found[r];
  }
  if (any == 0) return;
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
#pragma unroll
    for (int c = 0; c < Tile::columns; ++c) {
      bool const key = place + Tile::column(c) >= own.extras;
      memory.scores()[Tile::row(r) * pitch + Tile::column(c)] = key ? scores.at(r, c) : -INFINITY;
    }
  }
  __syncwarp();
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    unsigned rows = found[r];
    while (rows != 0) {
      int const lane = __ffs(static_cast<int>(rows)) - 1;
      int const row = __shfl_sync(all_lanes, Tile::row(r), lane);
      rows &= ~(((1U << row_lanes) - 1) << (lane / row_lanes * row_lanes));
      std::int64_t const list = (block.at.row + own.first + row) * job.sums.partner_count;
      float const limit = take_partners<Tile>(memory.scores() + row * pitch, place - own.extras,
                                              job.sums.partner_weight + list, job.sums.partners + list,
                                              job.sums.partner_count);
      if (row == Tile::row(r)) sums.limit[r] = limit;
    }
  }
  __syncwarp();
}

// A row's numbers of a tile go into the thread's bins: all into one where the whole tile is about as far
// away, which most tiles are.
template <typename Tile>
__device__ void fill_bins(QueriesBlock const& own, int place, int r, typename Tile::Scores const& weights,
                          float mass, float* bins) {
  int const query = own.first + Tile::row(r);
  int const low = place - own.extras;
  int const high = low + Tile::tile_rows - 1;
  int const nearest = query < low ? low - query : query > high ? query - high : 0;
  int const farthest = max(abs(query - low), abs(query - high));
  if (bin_of(nearest) == bin_of(farthest)) {
    bins[bin_of(nearest) * Tile::threads + threadIdx.x] += mass;
    return;
  }
#pragma unroll
  for (int c = 0; c < Tile::columns; ++c) {
    int const key = low + Tile::column(c);
    if (key >= 0) bins[bin_of(abs(query - key)) * Tile::threads + threadIdx.x] += weights.at(r, c);
  }
}

// In a power times its exponent; powers of less are 0, and their product is 0 too, not 0 * infinity.
constexpr float least_exponent = -150;

// Scores become weights and are added up by rows; what a row does not see has the weight 0.
template <typename Tile>
__device__ void add_weights(QueriesBlock const& own, int place, typename Tile::Scores& scores,
                            QueriesMemory<Tile> const& memory, QuerySums<Tile>& sums) {
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    int const query = own.first + Tile::row(r);
    float mass = 0;  // of the sequence's own keys
#pragma unroll
    for (int c = 0; c < Tile::columns; ++c) {
      int const key = place + Tile::column(c) - own.extras;
      float const log2_a = scores.at(r, c) - sums.lse2[r];
      float const a = power_of_two<Tile>(log2_a);
      scores.at(r, c) = a;
      sums.entropy[r] += a * fmaxf(log2_a, least_exponent);
      if (key < 0) continue;
      mass += a;
      sums.distance[r] += a * static_cast<float>(abs(key - query));
    }
    sums.mass[r] += mass;
    if (own.histogram && sums.real[r]) fill_bins<Tile>(own, place, r, scores, mass, memory.bins());
  }
}

template <typename Tile>
__device__ void store_sums(ReadoutJob<typename Tile::Element> const& job, ReadoutBlock const& block,
                           QueriesBlock const& own, QuerySums<Tile> const& sums) {
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    float const entropy = -ln_2 * Tile::row_sum(sums.entropy[r]);
    float const distance = Tile::row_sum(sums.distance[r]);
    float const mass = Tile::row_sum(sums.mass[r]);
    int const query = own.first + Tile::row(r);
    if (!speaks_for_rows<Tile>() || query >= job.shape.queries) continue;
    std::int64_t const at = block.at.row + query;
    if (job.sums.entropy != nullptr) job.sums.entropy[at] = sums.real[r] ? entropy : 0.0F;
    if (job.sums.distance != nullptr) job.sums.distance[at] = sums.real[r] ? distance : 0.0F;
    if (job.sums.mass != nullptr) job.sums.mass[at] = sums.real[r] ? mass : 0.0F;
  }
}

// The threads' bins, added up by warps: a lane takes every 32nd thread's, then the lanes are joined.
template <typename Tile>
__device__ void store_bins(float const* bins, float* to) {
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  for (int bin = static_cast<int>(threadIdx.x) / warp_size; bin < readout_bins;
       bin += Tile::threads / warp_size) {
    float total = 0;
    for (int n = lane; n < Tile::threads; n += warp_size) total += bins[bin * Tile::threads + n];
    total = warp_sum(total);
    if (lane == 0) to[bin] = total;
  }
}

// Empty lists for the block's queries, padding too.
__device__ void clear_partners(AttentionReadoutSums const& sums, std::int64_t first, std::int64_t count) {
  for (std::int64_t n = threadIdx.x; n < count; n += blockDim.x) {
    sums.partner_weight[first + n] = lowest_score;
    sums.partners[first + n] = -1;
  }
}

// A block owns queries of a head and meets the keys that they see, in their order; tiles and barriers as in
// readout_keys_kernel. The barrier of the first tile also makes the empty lists visible; after that only the
// warp that owns a row touches its list. The last barrier is for the bins, which all warps add up.
template <typename Tile>
__global__ void __launch_bounds__(Tile::threads, 2)
    readout_queries_kernel(ReadoutJob<typename Tile::Element> const job, float* histogram_parts) {
  QueriesMemory<Tile> const memory{dynamic_shared<char>()};
  ReadoutBlock const block(job);
  AttentionReadoutSums const& wanted = job.sums;
  QueriesBlock const own{static_cast<int>(block.block) * Tile::own_rows, job.packed.extras,
                         wanted.partners != nullptr,
                         wanted.entropy != nullptr || wanted.distance != nullptr || wanted.mass != nullptr ||
                             wanted.histogram != nullptr,
                         wanted.histogram != nullptr};
  int const key_count = own.extras + block.key_length;
  QuerySums<Tile> sums;
#pragma unroll
  for (int r = 0; r < Tile::rows; ++r) {
    int const query = own.first + Tile::row(r);
    sums.real[r] = query < block.query_length;
    sums.lse2[r] = sums.real[r] ? job.lse[block.at.row + query] * log2_e : 0.0F;
    sums.limit[r] = lowest_score;
    sums.entropy[r] = 0;
    sums.distance[r] = 0;
    sums.mass[r] = 0;
  }
  if (own.histogram) {
    for (int bin = 0; bin < readout_bins; ++bin) memory.bins()[bin * Tile::threads + threadIdx.x] = 0;
  }
  if (own.partners) {
    int const rows = min(Tile::own_rows, static_cast<int>(job.shape.queries) - own.first);
    clear_partners(wanted, (block.at.row + own.first) * wanted.partner_count, rows * wanted.partner_count);
  }
  int const last = max(own.first, min(own.first + Tile::own_rows, block.query_length) - 1);
  auto const sight_of = [&](int row) {
    return sight_of_query(job.shape, own.extras, min(own.first + row, last), block.key_length);
  };
  BlockSight const all(sight_of(0), sight_of(0), sight_of(Tile::own_rows), Tile::tile_rows);
  int const tiles = own.first < block.query_length ? all.tiles() : 0;

  if (tiles > 0) {
    load_rows<Tile, Tile::own_rows>(
        job.packed.q + block.head_in_part * job.packed.query_rows * Tile::channels, own.first,
        block.query_length, memory.q());
  }
  auto const load = [&](int n) {
    if (n < tiles) {
      load_rows<Tile, Tile::tile_rows>(
          job.packed.k + block.head_in_part * job.packed.key_rows * Tile::channels, all.tile_place(n),
          key_count, memory.k(n % Tile::stages));
    }
    cp_async_commit();
  };
  load(0);
  typename Tile::Own q;
  for (int n = 0; n < tiles; ++n) {
    cp_async_wait<0>();
    __syncthreads();
    if (n == 0) Tile::take(memory.q(), q);
    if constexpr (Tile::stages > 1) load(n + 1);
    int const place = all.tile_place(n);
    typename Tile::Scores scores;
    Tile::multiply(q, memory.k(n % Tile::stages), scores);
    if (!all.whole(place)) hide_unseen<Tile>(sight_of, place, scores);
    if (own.partners) choose_partners<Tile>(job, block, own, place, scores, memory, sums);
    if (own.weights) add_weights<Tile>(own, place, scores, memory, sums);
    if constexpr (Tile::stages == 1) {
      __syncthreads();
      load(n + 1);
    }
  }
  store_sums<Tile>(job, block, own, sums);
  if (!own.histogram) return;
  __syncthreads();
  store_bins<Tile>(memory.bins(),
                   histogram_parts + (block.head_in_part * job.blocks_per_head + block.block) * readout_bins);
}

// A thread owns a bin of a head: what its blocks found, added up in their order.
__global__ void histogram_kernel(std::int64_t bins, std::int64_t first_head, std::int64_t ranges,
                                 std::int64_t blocks_per_head, float const* parts, float* histogram) {
  std::int64_t const i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= bins) return;
  std::int64_t const head = i / readout_bins;
  std::int64_t const bin = i % readout_bins;
  float total = 0;
  for (std::int64_t n = 0; n < blocks_per_head; ++n)
    total += parts[(head * blocks_per_head + n) * readout_bins + bin];
  histogram[(first_head + head) * ranges * readout_bins + bin] = total;
}

// Tiles such that nothing is spilled and a block fits into the 99 KiB that every chip since sm_80 has.
template <typename Element, int Channels>
struct QueriesTile {
  using Type = FloatTile<Channels, 4, Channels == 128 ? 32 : 64>;
};
template <int Channels>
struct QueriesTile<__nv_bfloat16, Channels> {
  using Type = Bf16Tile<Channels, Channels == 128 ? 1 : 2, Channels == 128 ? 32 : 64, true>;
};
constexpr std::int64_t least_own_rows = 64;

}  // namespace

std::int64_t histogram_floats(AttentionShape const& shape) {
  return ScratchPieces::padded(shape.sequences * shape.heads *
                               ((shape.queries + least_own_rows - 1) / least_own_rows) * readout_bins);
}

template <typename Element, int Channels>
void read_queries(ReadoutJob<Element> job, float* histogram_parts) {
  using Tile = typename QueriesTile<Element, Channels>::Type;
  static_assert(Tile::own_rows >= least_own_rows);
  job.blocks_per_head = (job.shape.queries + Tile::own_rows - 1) / Tile::own_rows;
  launch(readout_queries_kernel<Tile>, blocks_for(job.heads * job.blocks_per_head, 1), Tile::threads,
         QueriesMemory<Tile>::bytes, job, histogram_parts);
  if (job.sums.histogram == nullptr) return;
  constexpr int threads = 128;
  std::int64_t const bins = job.heads * readout_bins;
  launch(histogram_kernel, blocks_for(bins, threads), threads, 0, bins, job.first_head, job.sums.ranges,
         job.blocks_per_head, histogram_parts, job.sums.histogram);
}

template void read_queries<float, 16>(ReadoutJob<float>, float*);
template void read_queries<float, 32>(ReadoutJob<float>, float*);
template void read_queries<float, 64>(ReadoutJob<float>, float*);
template void read_queries<float, 128>(ReadoutJob<float>, float*);
template void read_queries<__nv_bfloat16, 16>(ReadoutJob<__nv_bfloat16>, float*);
template void read_queries<__nv_bfloat16, 32>(ReadoutJob<__nv_bfloat16>, float*);
template void read_queries<__nv_bfloat16, 64>(ReadoutJob<__nv_bfloat16>, float*);
template void read_queries<__nv_bfloat16, 128>(ReadoutJob<__nv_bfloat16>, float*);

}  // namespace cislens::cuda
