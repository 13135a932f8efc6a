#include "attention_sight.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "warp.cuh"

namespace cislens::cuda {
namespace {

struct GatherCall {
  AttentionShape shape;
  AttentionGather gather;
  std::int64_t slot;  // floats
};

constexpr int value_threads = 256;

// A thread owns one number of dsummary_value: the sum over its head's ranges, in order.
__global__ void __launch_bounds__(value_threads) gather_values_kernel(GatherCall const call) {
  AttentionShape const& shape = call.shape;
  std::int64_t const channels = shape.head_channels;
  std::int64_t const number = static_cast<std::int64_t>(blockIdx.x) * value_threads + threadIdx.x;
  std::int64_t const index = number / (shape.summaries * channels);
  if (index >= shape.sequences * shape.heads) return;
  std::int64_t const summary = number / channels % shape.summaries;
  std::int64_t const d = number % channels;
  float const* const from =
      call.gather.extra + index * call.gather.ranges * call.slot + (2 * summary + 1) * channels + d;
  float sum = 0;
  for (std::int64_t r = 0; r < call.gather.ranges; ++r) sum += from[r * call.slot];
  HeadPlace const place(shape, index);
  call.gather.dsummary_value[place.summary_value + summary * shape.summary_value_stride + d] = sum;
}

constexpr int strips = 32;
constexpr int strip_channels = 8;

// A block owns 8 channels of one key of one head, blockIdx.y of the summaries and the null key, whose
// gradients are sums over sequences and ranges. Strip t of 32 adds the slots t, t + 32, ... in order, 8
// threads its channels; then one thread a channel adds the strips in order. The barrier shows it their sums.
__global__ void __launch_bounds__(strips* strip_channels) gather_keys_kernel(GatherCall const call) {
  __shared__ float sums[strips][strip_channels];
  AttentionShape const& shape = call.shape;
  std::int64_t const channels = shape.head_channels;
  std::int64_t const groups = ceil_div<std::int64_t>(channels, strip_channels);
  std::int64_t const head = blockIdx.x / groups;
  std::int64_t const key = blockIdx.y;
  int const lane = static_cast<int>(threadIdx.x) % strip_channels;
  int const strip = static_cast<int>(threadIdx.x) / strip_channels;
  std::int64_t const d = blockIdx.x % groups * strip_channels + lane;
  float sum = 0;
  if (d < channels) {
    std::int64_t const ranges = call.gather.ranges;
    float const* const from = call.gather.extra + 2 * key * channels + d;
    for (std::int64_t s = strip; s < shape.sequences * ranges; s += strips) {
      std::int64_t const index = s / ranges * shape.heads + head;
      sum += from[(index * ranges + s % ranges) * call.slot];
    }
  }
  sums[strip][lane] = sum;
  __syncthreads();
  if (strip != 0 || d >= channels) return;
  for (int t = 1; t < strips; ++t) sum += sums[t][lane];
  bool const summary = key < shape.summaries;
  float* const to = summary ? call.gather.dsummary_key : call.gather.dnull_key;
  if (to == nullptr) return;
  to[(summary ? key * shape.summary_key_stride : 0) + head * channels + d] += sum;
}

}  // namespace

void attention_gather(AttentionShape const& shape, AttentionGather const& gather) {
  std::int64_t const channels = shape.head_channels;
  GatherCall const call{shape, gather, (shape.summaries + 1) * 2 * channels};
  if (gather.dsummary_value != nullptr) {
    std::int64_t const numbers = shape.sequences * shape.heads * shape.summaries * channels;
    launch(gather_values_kernel, dim3(blocks_for(numbers, value_threads)), dim3(value_threads), 0, call);
  }
  if (gather.dsummary_key == nullptr && gather.dnull_key == nullptr) return;
  std::int64_t const blocks = shape.heads * ceil_div<std::int64_t>(channels, strip_channels);
  dim3 const grid(blocks_for(blocks, 1), static_cast<unsigned>(shape.summaries) + 1);
  launch(gather_keys_kernel, grid, dim3(strips * strip_channels), 0, call);
}

}  // namespace cislens::cuda
