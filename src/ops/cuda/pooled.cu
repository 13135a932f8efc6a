#include "column_sums.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "projection.cuh"
#include "warp.cuh"

#include <cmath>

// weights[r] = softmax over tokens of query_r . x_i / sqrt(C);  pooled_r = sum_i weights_ri x_i;
// logit_t = b_t + sum_r value_rt . pooled_r.
namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;
constexpr int block_threads = block_warps * warp_size;

float score_factor(HeadShape const& shape) { return 1.0F / std::sqrt(static_cast<float>(shape.channels)); }

// A lane's part of a . b.
__device__ float lane_dot(float const* a, float const* b, std::int64_t count) {
  float total = 0;
  for (std::int64_t c = threadIdx.x % warp_size; c < count; c += warp_size) total += a[c] * b[c];
  return total;
}

// One warp a token: its score with every query; 0 in padding, which is not read.
__global__ void __launch_bounds__(block_threads)
    scores_kernel(HeadShape shape, std::int64_t const* lengths, float factor, float const* x,
                  float const* query, float* weights) {
  std::int64_t const row = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row >= shape.sequences * shape.tokens) return;
  std::int64_t const s = row / shape.tokens;
  std::int64_t const token = row % shape.tokens;
  bool const real = token < lengths[s];
  for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
    float score = 0;
    if (real)
      score =
          factor * warp_sum(lane_dot(query + r * shape.channels, x + row * shape.channels, shape.channels));
    if (threadIdx.x % warp_size == 0) weights[(s * shape.readout_heads + r) * shape.tokens + token] = score;
  }
}

// One block a query of a sequence: its scores become weights. A NaN among them makes all of them NaN.
__global__ void __launch_bounds__(block_threads)
    softmax_kernel(HeadShape shape, std::int64_t const* lengths, float* weights) {
  std::int64_t const length = lengths[blockIdx.x / shape.readout_heads];
  float* const alpha = weights + blockIdx.x * shape.tokens;
  float top = -1e30F;
  for (std::int64_t i = threadIdx.x; i < length; i += block_threads) top = fmaxf(top, alpha[i]);
  top = block_max(top);
  float total = 0;
  for (std::int64_t i = threadIdx.x; i < length; i += block_threads) {
    float const power = expf(alpha[i] - top);
    alpha[i] = power;
    total += power;
  }
  total = block_sum(total);
  for (std::int64_t i = threadIdx.x; i < length; i += block_threads) alpha[i] /= total;
}

// Block (tile of channels, query of a sequence): the weighted sum of the sequence's tokens.
__global__ void __launch_bounds__(tile_columns* slices)
    pooled_kernel(HeadShape shape, std::int64_t const* lengths, float const* x, float const* weights,
                  float* pooled) {
  std::int64_t const tiles = ceil_div<std::int64_t>(shape.channels, tile_columns);
  std::int64_t const at = blockIdx.x / tiles;  // sequence * readout_heads + query
  std::int64_t const s = at / shape.readout_heads;
  std::int64_t const c = blockIdx.x % tiles * tile_columns + threadIdx.x;
  float sum[1] = {};
  if (c < shape.channels) {
    std::int64_t const length = lengths[s];
#pragma unroll 4
    for (std::int64_t i = threadIdx.y; i < length; i += slices)
      sum[0] += weights[at * shape.tokens + i] * x[(s * shape.tokens + i) * shape.channels + c];
  }
  add_slices(sum);
  if (threadIdx.y == 0 && c < shape.channels) pooled[at * shape.channels + c] = sum[0];
}

// One warp an output; the lanes share the channels of all queries.
__global__ void __launch_bounds__(block_threads)
    logits_kernel(HeadShape shape, float const* pooled, float const* value, float const* bias,
                  float* logits) {
  std::int64_t const output = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (output >= shape.sequences * shape.targets) return;
  std::int64_t const target = output % shape.targets;
  std::int64_t const channels = shape.readout_heads * shape.channels;
  float const total = warp_sum(
      dot_column(pooled + output / shape.targets * channels, value, channels, shape.targets, target));
  if (threadIdx.x % warp_size == 0) logits[output] = bias[target] + total;
}

// One warp a token: dx_i = sum_r weights_ri value_r of one target, 0 in padding, which has no weights.
__global__ void __launch_bounds__(block_threads)
    attribution_kernel(HeadShape shape, std::int64_t const* lengths, float const* value, float const* weights,
                       std::int64_t target, float* dx) {
  std::int64_t const row = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row >= shape.sequences * shape.tokens) return;
  std::int64_t const s = row / shape.tokens;
  std::int64_t const token = row % shape.tokens;
  bool const real = token < lengths[s];
  for (std::int64_t c = threadIdx.x % warp_size; c < shape.channels; c += warp_size) {
    float total = 0;
    for (std::int64_t r = 0; real && r < shape.readout_heads; ++r) {
      total += weights[(s * shape.readout_heads + r) * shape.tokens + token] *
               value[(r * shape.channels + c) * shape.targets + target];
    }
    dx[row * shape.channels + c] = total;
  }
}

}  // namespace

void pooled_forward(HeadShape const& shape, std::int64_t const* lengths, float const* x, float const* query,
                    float const* value, float const* bias, float* weights, float* pooled, float* logits) {
  std::int64_t const tiles = ceil_div<std::int64_t>(shape.channels, tile_columns);
  std::int64_t const queries = shape.sequences * shape.readout_heads;
  launch(scores_kernel, blocks_for(shape.sequences * shape.tokens, block_warps), block_threads, 0, shape,
         lengths, score_factor(shape), x, query, weights);
  launch(softmax_kernel, blocks_for(queries, 1), block_threads, 0, shape, lengths, weights);
  launch(pooled_kernel, blocks_for(queries * tiles, 1), column_block(), 0, shape, lengths, x, weights,
         pooled);
  launch(logits_kernel, blocks_for(shape.sequences * shape.targets, block_warps), block_threads, 0, shape,
         pooled, value, bias, logits);
}

void pooled_attribution(HeadShape const& shape, std::int64_t const* lengths, float const* value,
                        float const* weights, std::int64_t target, float* dx) {
  launch(attribution_kernel, blocks_for(shape.sequences * shape.tokens, block_warps), block_threads, 0, shape,
         lengths, value, weights, target, dx);
}

}  // namespace cislens::cuda
