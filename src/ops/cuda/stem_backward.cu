#include "functions.hpp"
#include "parts.cuh"
#include "stem.cuh"
#include "stem_plan.hpp"

namespace cislens::cuda {

namespace {

constexpr int tap_bits = 3;

/// The bases that a filter at `place` reads on the forward strand, taps [21 group, 21 group + 21).
__device__ std::uint64_t pack_taps(StemShape const& shape, StemRun const& run, std::int64_t place,
                                   int group) {
  std::uint64_t word = 0;
  int const first = group * stem_taps_of_word;
  for (int i = 0; i < stem_taps_of_word && first + i < shape.width; ++i) {
    auto const code =
        static_cast<std::uint64_t>(base_at(run.sequence, run.length, place - shape.width / 2 + first + i));
    word |= code << (tap_bits * i);
  }
  return word;
}

/// Adds a gradient to the rows that one filter had read: row 4 k + base of tap k, on the reverse strand
/// 4 (K - 1 - k) + 3 - base, which is 4 K - 1 less that. Seven taps at a time: their rows differ, so all are
/// read before the first is written.
__device__ void scatter(StemShape const& shape, std::uint64_t const* words, int group_stride, bool reverse,
                        float gradient, float* column, int channels) {
  constexpr int at_once = 7;
  auto const width = static_cast<int>(shape.width);
  int const step = reverse ? -channels : channels;
  float* const start = column + (reverse ? (4 * width - 1) * channels : 0);
  for (int first = 0; first < width; first += stem_taps_of_word) {
    std::uint64_t word = words[first / stem_taps_of_word * group_stride];
    for (int i = 0; i < stem_taps_of_word && first + i < width; i += at_once) {
      float old[at_once];
      int row[at_once];
#pragma unroll
      for (int j = 0; j < at_once; ++j) {
        auto const base = static_cast<int>(word & 7);
        word >>= tap_bits;
        int const tap = first + i + j;
        row[j] = tap < width && base != nothing ? 4 * tap + base : -1;
        if (row[j] >= 0) old[j] = start[row[j] * step];
      }
#pragma unroll
      for (int j = 0; j < at_once; ++j) {
        if (row[j] >= 0) start[row[j] * step] = old[j] + gradient;
      }
    }
  }
}

constexpr int tokens_at_once = 4;  // whose numbers are on their way together

struct TokenGradient {
  int code;
  float value;  // the gradient before the activation

  TokenGradient() = default;
  __device__ TokenGradient(StemShape const& shape, std::int64_t at, float const* y,
                           std::uint8_t const* winner, float const* dy)
      : code(winner[at]), value(before_activation(shape, y[at], dy[at])) {}
};

// A block owns `channels` channels (blockIdx.y) and every gridDim.x-th group of runs; its warps take a run
// each and add to tables of their own, a lane to the column of its channel: no two lanes meet. Behind the
// barrier the block adds the warps' tables in their order and writes one part. Runs go to warps by their
// number, so that every sum has one order.
__global__ void __launch_bounds__(512)
    stem_gradients(StemShape shape, StemRuns runs, int channels, std::uint8_t const* bases,
                   std::int64_t const* lengths, float const* y, std::uint8_t const* winner, float const* dy,
                   float* parts, std::int64_t part_floats) {
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  int const warps = static_cast<int>(blockDim.x) / warp_size;
  auto const width = static_cast<int>(shape.width);
  int const groups = ceil_div(width, stem_taps_of_word);
  int const table_floats = (4 * width + 1) * channels;  // the last row: dbias
  auto* const words = dynamic_shared<std::uint64_t>() + warp * groups * runs.bases;
  float* const tables =
      reinterpret_cast<float*>(dynamic_shared<std::uint64_t>() + warps * groups * runs.bases);
  float* const table = tables + warp * table_floats;
  for (int i = lane; i < table_floats; i += warp_size) table[i] = 0;
  __syncwarp();  // where lanes are more than channels, others cleared a lane's column
  std::int64_t const channel = std::int64_t{blockIdx.y} * channels + lane;
  bool const mine = lane < channels && channel < shape.channels;
  float bias_sum = 0;

  for (std::int64_t number = std::int64_t{blockIdx.x} * warps + warp; number < runs.all;
       number += std::int64_t{gridDim.x} * warps) {
    StemRun const run(shape, runs, number, bases, lengths);
    __syncwarp();
    for (std::int64_t l = run.first_base + lane; l < run.last_base(shape); l += warp_size) {
      for (int group = 0; group < groups; ++group) {
        words[group * runs.bases + (l - run.first_base)] = pack_taps(shape, run, l, group);
      }
    }
    __syncwarp();
    if (!mine) continue;
    for (std::int64_t first = run.first_token; first < run.in_use; first += tokens_at_once) {
      TokenGradient tokens[tokens_at_once];
#pragma unroll
      for (int i = 0; i < tokens_at_once; ++i) {
        if (first + i < run.in_use) {
          tokens[i] =
              TokenGradient(shape, (run.sequence_row + first + i) * shape.channels + channel, y, winner, dy);
        }
      }
#pragma unroll
      for (int i = 0; i < tokens_at_once; ++i) {
        if (first + i >= run.in_use) break;
        bias_sum += tokens[i].value;
        std::int64_t const place = (first + i) * shape.pool + tokens[i].code / 2 - run.first_base;
        scatter(shape, words + place, runs.bases, tokens[i].code % 2 != 0, tokens[i].value, table + lane,
                channels);
      }
    }
  }
  if (mine) table[4 * width * channels + lane] = bias_sum;
  __syncthreads();
  float* const part = parts + blockIdx.x * part_floats;
  for (int i = static_cast<int>(threadIdx.x); i < table_floats; i += static_cast<int>(blockDim.x)) {
    std::int64_t const to = std::int64_t{blockIdx.y} * channels + i % channels;
    if (to >= shape.channels) continue;
    float total = 0;
    for (int w = 0; w < warps; ++w) total += tables[w * table_floats + i];
    part[i / channels * shape.channels + to] = total;
  }
}

// weight minus the mean of the four bases at each tap of each filter; a thread one tap and channel.
__global__ void centre_weights(std::int64_t width, std::int64_t channels, float const* weight,
                               float* centred) {
  std::int64_t const i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= width * channels) return;
  std::int64_t const at = i / channels * 4 * channels + i % channels;
  float const mean =
      0.25F * (weight[at] + weight[at + channels] + weight[at + 2 * channels] + weight[at + 3 * channels]);
  for (int base = 0; base < 4; ++base) centred[at + base * channels] = weight[at + base * channels] - mean;
}

// A warp owns one base: its lanes share the channels of every token whose filters may have read it, and add
// what those that did read it give back. No barrier; the lanes meet in warp_sum alone.
__global__ void stem_scores(StemShape shape, std::uint8_t const* bases, std::int64_t const* lengths,
                            float const* centred, float const* y, std::uint8_t const* winner, float const* dy,
                            float* base_scores) {
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  std::int64_t const number = (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / warp_size;
  if (number >= shape.sequences * shape.bases) return;
  std::int64_t const s = number / shape.bases;
  std::int64_t const place = number % shape.bases;
  std::int64_t const length = lengths[s];
  int const base = base_at(bases + s * shape.bases, length, place);
  float score = 0;
  if (base != nothing) {
    std::int64_t const half = shape.width / 2;
    std::int64_t const first = (place > half ? place - half : 0) / shape.pool;
    std::int64_t const last = (place + half < length ? place + half : length - 1) / shape.pool;
    for (std::int64_t token = first; token <= last; ++token) {
      for (std::int64_t c = lane; c < shape.channels; c += warp_size) {
        std::int64_t const at = (s * shape.tokens + token) * shape.channels + c;
        int const code = winner[at];
        std::int64_t const tap = place - (token * shape.pool + code / 2) + half;
        if (tap < 0 || tap >= shape.width) continue;
        std::int64_t const forward_row = 4 * tap + base;
        std::int64_t const row = code % 2 != 0 ? 4 * shape.width - 1 - forward_row : forward_row;
        score += before_activation(shape, y[at], dy[at]) * centred[row * shape.channels + c];
      }
    }
  }
  score = warp_sum(score);
  if (lane == 0) base_scores[number] = score;
}

}  // namespace

void stem_backward(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                   float const* y, std::uint8_t const* winner, float const* dy, float* dweight, float* dbias,
                   float* scratch) {
  StemBackwardPlan const plan(shape);
  launch(stem_gradients, dim3(plan.parts, plan.slices), plan.warps * warp_size, plan.shared_bytes, shape,
         StemRuns(shape), plan.channels, bases, lengths, y, winner, dy, scratch, plan.part_floats);
  std::int64_t const rows = 4 * shape.width;
  if (dweight != nullptr) {
    add_parts(plan.parts, plan.part_floats, rows, shape.channels, scratch, dweight, shape.channels);
  }
  if (dbias != nullptr) {
    add_parts(plan.parts, plan.part_floats, 1, shape.channels, scratch + rows * shape.channels, dbias,
              shape.channels);
  }
}

void stem_attribution(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                      float const* weight, float const* y, std::uint8_t const* winner, float const* dy,
                      float* base_scores, float* scratch) {
  launch(centre_weights, blocks_for(shape.width * shape.channels, 256), 256, 0, shape.width, shape.channels,
         weight, scratch);
  launch(stem_scores, blocks_for(shape.sequences * shape.bases, 256 / warp_size), 256, 0, shape, bases,
         lengths, scratch, y, winner, dy, base_scores);
}

}  // namespace cislens::cuda
