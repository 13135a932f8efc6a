#include "functions.hpp"
#include "stem.cuh"
#include "stem_plan.hpp"

#include <stdexcept>

// The response of all filters at one place is a sum of table rows, one for each pair of bases, as on the CPU:
// the same rows in the same order, so that both have the same bits and the same winners.
//
// What bounds it: at C 128, K 19 each base and channel reads 2 x 10 floats of shared memory, so 819,200 bases
// (batch 4,096, L 200) read 8.4 GB. A multiprocessor delivers 128 bytes a clock; 132 of them at 1.75 GHz
// about 29 TB/s: 0.29 ms. The output, 262 MB, takes 0.06 ms.
namespace cislens::cuda {

namespace {

constexpr int letters = 5;
constexpr int pair_rows = letters * letters;
constexpr int pair_bits = 5;
constexpr std::uint8_t no_winner = 255;

// table (slices, pairs, 25, Channels) with a slice's channels beside each other, zeros behind the last: one
// thread a number, row (g, a, b) = weight[2 g][a] + weight[2 g + 1][b].
__global__ void fill_pair_table(StemShape shape, int pairs, int slice_channels, float const* weight,
                                float* table, std::int64_t count) {
  std::int64_t const i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= count) return;
  std::int64_t const row = i / slice_channels;
  std::int64_t const channel = row / (pairs * pair_rows) * slice_channels + i % slice_channels;
  std::int64_t const first_tap = row / pair_rows % pairs * 2;
  int const pair = static_cast<int>(row % pair_rows);
  float sum = 0;
  for (int second = 0; second < 2; ++second) {
    std::int64_t const tap = first_tap + second;
    int const base = second == 0 ? pair / letters : pair % letters;
    if (tap < shape.width && base != nothing && channel < shape.channels) {
      sum += weight[(4 * tap + base) * shape.channels + channel];
    }
  }
  table[i] = sum;
}

/// Neighbouring channels of a lane.
template <int V>
struct alignas(4 * V) Channels {
  float of[V];
};

/// The rows that both strands of a place read, packed: pairs [12 group, 12 group + 12) of the forward filter
/// lie at l - K/2 + 2 g and behind, of the reverse one, complemented, at l + K/2 - 2 g and before.
__device__ void pack_pairs(StemShape const& shape, StemRun const& run, std::int64_t place, int group,
                           int pairs, std::uint64_t& forward, std::uint64_t& reverse) {
  forward = reverse = 0;
  int const first = group * stem_pairs_of_word;
  for (int i = 0; i < stem_pairs_of_word && first + i < pairs; ++i) {
    std::int64_t const ahead = place - shape.width / 2 + 2 * (first + i);
    std::int64_t const behind = place + shape.width / 2 - 2 * (first + i);
    auto const code = static_cast<std::uint64_t>(base_at(run.sequence, run.length, ahead) * letters +
                                                 base_at(run.sequence, run.length, ahead + 1));
    auto const complement =
        static_cast<std::uint64_t>(complement_at(run.sequence, run.length, behind) * letters +
                                   complement_at(run.sequence, run.length, behind - 1));
    forward |= code << (pair_bits * i);
    reverse |= complement << (pair_bits * i);
  }
}

/// The responses of a lane's channels on both strands of one place. Pairs: their number where it is known
/// when compiling, else 0.
template <int V, int Pairs>
__device__ void respond(float const* table, std::uint64_t const* words, int group_stride, int strand_stride,
                        int pairs, float (&forward)[V], float (&reverse)[V]) {
  for (int v = 0; v < V; ++v) forward[v] = reverse[v] = 0;
  int const count = Pairs > 0 ? Pairs : pairs;
  for (int first = 0; first < count; first += stem_pairs_of_word) {
    int const group = first / stem_pairs_of_word;
    std::uint64_t ahead = words[group * group_stride];
    std::uint64_t behind = words[group * group_stride + strand_stride];
    float const* rows = table + first * pair_rows * warp_size * V;
#pragma unroll
    for (int i = 0; i < stem_pairs_of_word; ++i) {
      if (first + i >= count) break;
      auto const code = static_cast<int>(ahead & 31);
      auto const complement = static_cast<int>(behind & 31);
      auto const one = *reinterpret_cast<Channels<V> const*>(rows + code * (warp_size * V));
      auto const other = *reinterpret_cast<Channels<V> const*>(rows + complement * (warp_size * V));
#pragma unroll
      for (int v = 0; v < V; ++v) {
        forward[v] += one.of[v];
        reverse[v] += other.of[v];
      }
      ahead >>= pair_bits;
      behind >>= pair_bits;
      rows += pair_rows * warp_size * V;
    }
  }
}

template <int V>
__device__ void store_token(StemShape const& shape, bool vectors, std::int64_t channel, std::int64_t row,
                            float const (&value)[V], int const (&code)[V], float* y, std::uint8_t* winner) {
  std::int64_t const at = row * shape.channels + channel;
  if (vectors && channel + V <= shape.channels) {
    Channels<V> values;
    unsigned codes = 0;
#pragma unroll
    for (int v = 0; v < V; ++v) {
      values.of[v] = value[v];
      codes |= static_cast<unsigned>(code[v]) << (8 * v);
    }
    *reinterpret_cast<Channels<V>*>(y + at) = values;
    if (V == 4) {
      *reinterpret_cast<unsigned*>(winner + at) = codes;
    } else if (V == 2) {
      *reinterpret_cast<unsigned short*>(winner + at) = static_cast<unsigned short>(codes);
    } else {
      winner[at] = static_cast<std::uint8_t>(codes);
    }
    return;
  }
#pragma unroll
  for (int v = 0; v < V; ++v) {
    if (channel + v >= shape.channels) continue;
    y[at + v] = value[v];
    winner[at + v] = static_cast<std::uint8_t>(code[v]);
  }
}

// A block owns one slice of 32 V channels (blockIdx.y) and, when `InShared`, has its table in shared memory;
// a lane owns V neighbouring channels, so that a warp reads whole rows. Warps take runs on their own; the one
// barrier of the block is behind the copy of the table, those of a warp are around the words of its run.
template <int V, int Pairs, bool InShared>
__global__ void __launch_bounds__(1024)
    stem_responses(StemShape shape, StemRuns runs, int pairs, bool vectors, std::uint8_t const* bases,
                   std::int64_t const* lengths, float const* tables, float const* bias, float* y,
                   std::uint8_t* winner) {
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  int const warps = static_cast<int>(blockDim.x) / warp_size;
  int const table_floats = pairs * pair_rows * warp_size * V;
  int const groups = ceil_div(pairs, stem_pairs_of_word);
  float* const shared = dynamic_shared<float>();
  float const* table = tables + std::int64_t{blockIdx.y} * table_floats;
  if (InShared) {
    for (int i = static_cast<int>(threadIdx.x); i < table_floats; i += static_cast<int>(blockDim.x)) {
      shared[i] = table[i];
    }
    __syncthreads();
  }
  float const* const own = (InShared ? shared : table) + lane * V;
  auto* const words = reinterpret_cast<std::uint64_t*>(shared + (InShared ? table_floats : 0)) +
                      warp * 2 * groups * runs.bases;
  int const strand_stride = groups * runs.bases;
  std::int64_t const channel = (std::int64_t{blockIdx.y} * warp_size + lane) * V;
  float channel_bias[V];
  for (int v = 0; v < V; ++v) channel_bias[v] = channel + v < shape.channels ? bias[channel + v] : 0.0F;

  for (std::int64_t number = std::int64_t{blockIdx.x} * warps + warp; number < runs.all;
       number += std::int64_t{gridDim.x} * warps) {
    StemRun const run(shape, runs, number, bases, lengths);
    __syncwarp();
    for (std::int64_t l = run.first_base + lane; l < run.last_base(shape); l += warp_size) {
      auto const at = static_cast<int>(l - run.first_base);
      for (int group = 0; group < groups; ++group) {
        pack_pairs(shape, run, l, group, pairs, words[group * runs.bases + at],
                   words[strand_stride + group * runs.bases + at]);
      }
    }
    __syncwarp();
    for (std::int64_t token = run.first_token; token < run.in_use; ++token) {
      std::int64_t const first = token * shape.pool;
      auto const places = static_cast<int>(StemRun::min64(first + shape.pool, run.length) - first);
      float best[V];
      int code[V];
      for (int place = 0; place < places; ++place) {
        float forward[V];
        float reverse[V];
        respond<V, Pairs>(own, words + (first - run.first_base) + place, runs.bases, strand_stride, pairs,
                          forward, reverse);
#pragma unroll
        for (int v = 0; v < V; ++v) {
          bool const reverse_wins = reverse[v] > forward[v];
          float const response = reverse_wins ? reverse[v] : forward[v];
          if (place != 0 && !(response > best[v])) continue;
          best[v] = response;
          code[v] = 2 * place + (reverse_wins ? 1 : 0);
        }
      }
      // NaN passes through: it is not <= 0.
#pragma unroll
      for (int v = 0; v < V; ++v) {
        float const x = best[v] + channel_bias[v];
        best[v] = shape.exponential ? expf(x) : (x <= 0 ? 0.0F : x);
      }
      store_token<V>(shape, vectors, channel, run.sequence_row + token, best, code, y, winner);
    }
    float zeros[V] = {};
    int none[V];
    for (int v = 0; v < V; ++v) none[v] = no_winner;
    std::int64_t const padding = run.in_use > run.first_token ? run.in_use : run.first_token;
    for (std::int64_t token = padding; token < run.last_token; ++token) {
      store_token<V>(shape, vectors, channel, run.sequence_row + token, zeros, none, y, winner);
    }
  }
}

template <int V, int Pairs, bool InShared>
void start(StemShape const& shape, StemForwardPlan const& plan, std::uint8_t const* bases,
           std::int64_t const* lengths, float const* tables, float const* bias, float* y,
           std::uint8_t* winner) {
  StemRuns const runs(shape);
  bool const vectors = shape.channels % V == 0 && reinterpret_cast<std::uintptr_t>(y) % (4 * V) == 0 &&
                       reinterpret_cast<std::uintptr_t>(winner) % V == 0;
  dim3 const grid(plan.blocks, plan.slices);
  launch(stem_responses<V, Pairs, InShared>, grid, plan.warps * warp_size, plan.shared_bytes, shape, runs,
         plan.pairs, vectors, bases, lengths, tables, bias, y, winner);
}

}  // namespace

void stem_forward(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                  float const* weight, float const* bias, float* y, std::uint8_t* winner, float* scratch) {
  StemForwardPlan const plan(shape);
  launch(fill_pair_table, blocks_for(plan.table_floats, 256), 256, 0, shape, plan.pairs,
         plan.lane_channels * warp_size, weight, scratch, plan.table_floats);
  auto const run = [&](auto function) { function(shape, plan, bases, lengths, scratch, bias, y, winner); };
  bool const usual = plan.pairs == 10;  // K = 19
  if (!plan.in_shared) return run(start<1, 0, false>);
  if (plan.lane_channels == 4) return usual ? run(start<4, 10, true>) : run(start<4, 0, true>);
  if (plan.lane_channels == 2) return usual ? run(start<2, 10, true>) : run(start<2, 0, true>);
  return usual ? run(start<1, 10, true>) : run(start<1, 0, true>);
}

}  // namespace cislens::cuda
