#include "column_sums.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "projection.cuh"
#include "warp.cuh"

// logit_t = b_t + w_t . sum_i h_i + u_t . sum_i y_i: the sums over tokens come first, so the cost is one pass
// over them.
namespace cislens::cuda {
namespace {

// Block (tile of channels, sequence): sums over the sequence's tokens of both inputs.
__global__ void __launch_bounds__(tile_columns* slices)
    token_sums_kernel(HeadShape shape, std::int64_t const* lengths, float const* token, float const* pair,
                      float* sums) {
  std::int64_t const tiles = ceil_div<std::int64_t>(shape.channels, tile_columns);
  std::int64_t const s = blockIdx.x / tiles;
  std::int64_t const c = blockIdx.x % tiles * tile_columns + threadIdx.x;
  float sum[2] = {};
  if (c < shape.channels) {
    std::int64_t const length = lengths[s];
#pragma unroll 4
    for (std::int64_t i = threadIdx.y; i < length; i += slices) {
      std::int64_t const at = (s * shape.tokens + i) * shape.channels + c;
      sum[0] += token[at];
      sum[1] += pair[at];
    }
  }
  add_slices(sum);
  if (threadIdx.y != 0 || c >= shape.channels) return;
  sums[s * 2 * shape.channels + c] = sum[0];
  sums[(s * 2 + 1) * shape.channels + c] = sum[1];
}

constexpr int block_warps = 8;

// One warp an output: the lanes share the channels of token sums, then those of pair sums.
__global__ void __launch_bounds__(block_warps* warp_size)
    logits_kernel(HeadShape shape, float const* sums, float const* token_weight, float const* pair_weight,
                  float const* bias, float* logits) {
  std::int64_t const output = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (output >= shape.sequences * shape.targets) return;
  std::int64_t const target = output % shape.targets;
  float const* const own = sums + output / shape.targets * 2 * shape.channels;
  float total = dot_column(own, token_weight, shape.channels, shape.targets, target) +
                dot_column(own + shape.channels, pair_weight, shape.channels, shape.targets, target);
  total = warp_sum(total);
  if (threadIdx.x % warp_size == 0) logits[output] = bias[target] + total;
}

constexpr int block_threads = 256;

// A thread owns a channel of a sequence's first token: dx_c = sum_t dlogits_t weight_ct, of both gradients.
__global__ void __launch_bounds__(block_threads)
    first_rows_kernel(HeadShape shape, float const* dlogits, float const* token_weight,
                      float const* pair_weight, float* dtoken, float* dpair) {
  std::int64_t const i = std::int64_t{blockIdx.x} * block_threads + threadIdx.x;
  if (i >= shape.sequences * shape.channels) return;
  std::int64_t const s = i / shape.channels;
  std::int64_t const c = i % shape.channels;
  std::int64_t const at = s * shape.tokens * shape.channels + c;
  dtoken[at] = dot_row(dlogits + s * shape.targets, token_weight + c * shape.targets, shape.targets);
  dpair[at] = dot_row(dlogits + s * shape.targets, pair_weight + c * shape.targets, shape.targets);
}

// One warp a token: the sequence's tokens get a copy of its row 0, padding zeros. Row 0 itself is written
// only where the sequence is all padding, and then nobody reads it.
__global__ void __launch_bounds__(block_warps* warp_size)
    spread_kernel(HeadShape shape, std::int64_t const* lengths, float* dtoken, float* dpair) {
  std::int64_t const row = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row >= shape.sequences * shape.tokens) return;
  std::int64_t const token = row % shape.tokens;
  bool const real = token < lengths[row / shape.tokens];
  if (real && token == 0) return;
  std::int64_t const to = row * shape.channels;
  std::int64_t const from = to - token * shape.channels;
  for (std::int64_t c = threadIdx.x % warp_size; c < shape.channels; c += warp_size) {
    dtoken[to + c] = real ? dtoken[from + c] : 0.0F;
    dpair[to + c] = real ? dpair[from + c] : 0.0F;
  }
}

}  // namespace

void additive_forward(HeadShape const& shape, std::int64_t const* lengths, float const* token,
                      float const* pair, float const* token_weight, float const* pair_weight,
                      float const* bias, float* sums, float* logits) {
  std::int64_t const tiles = ceil_div<std::int64_t>(shape.channels, tile_columns);
  launch(token_sums_kernel, blocks_for(shape.sequences * tiles, 1), column_block(), 0, shape, lengths, token,
         pair, sums);
  launch(logits_kernel, blocks_for(shape.sequences * shape.targets, block_warps), block_warps * warp_size, 0,
         shape, sums, token_weight, pair_weight, bias, logits);
}

void additive_backward(HeadShape const& shape, std::int64_t const* lengths, float const* token_weight,
                       float const* pair_weight, float const* sums, float const* dlogits, float* dtoken,
                       float* dpair, float* dtoken_weight, float* dpair_weight, float* dbias) {
  std::int64_t const weights = shape.channels * shape.targets;
  std::int64_t const stride = 2 * shape.channels;
  auto const add_weight = [&](float const* x, float* dweight) {
    if (dweight == nullptr) return;
    add_column_sums(shape.sequences, weights, OuterTerm{x, stride, dlogits, shape.targets}, {{dweight}},
                    workspace());
  };
  add_weight(sums, dtoken_weight);
  add_weight(sums + shape.channels, dpair_weight);
  if (dbias != nullptr) {
    add_column_sums(shape.sequences, shape.targets, MatrixTerm<1>{{dlogits}, shape.targets}, {{dbias}},
                    workspace());
  }
  launch(first_rows_kernel, blocks_for(shape.sequences * shape.channels, block_threads), block_threads, 0,
         shape, dlogits, token_weight, pair_weight, dtoken, dpair);
  launch(spread_kernel, blocks_for(shape.sequences * shape.tokens, block_warps), block_warps * warp_size, 0,
         shape, lengths, dtoken, dpair);
}

}  // namespace cislens::cuda
