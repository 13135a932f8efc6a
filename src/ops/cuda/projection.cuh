#pragma once

#include "warp.cuh"

#include <cstdint>
#include <cuda_runtime.h>

// Products with a head's weights, (channels, targets) without gaps: small beside everything that is done for
// tokens.
namespace cislens::cuda {

// A lane's part of sum_c x[c] weight[c][target]: channels lane, lane + 32 ...
__device__ inline float dot_column(float const* x, float const* weight, std::int64_t channels,
                                   std::int64_t targets, std::int64_t target) {
  float total = 0;
  for (std::int64_t c = threadIdx.x % warp_size; c < channels; c += warp_size)
    total += x[c] * weight[c * targets + target];
  return total;
}

// sum_t a[t] b[t] by one thread.
__device__ inline float dot_row(float const* a, float const* b, std::int64_t count) {
  float total = 0;
  for (std::int64_t t = 0; t < count; ++t) total += a[t] * b[t];
  return total;
}

/// What a sequence gives to dweight, (channels, targets) as one row: x[c] dlogits[t].
struct OuterTerm {
  static constexpr int count = 1;
  float const* x;  // of the first sequence
  std::int64_t x_stride;
  float const* dlogits;
  std::int64_t targets;

  __device__ void operator()(std::int64_t sequence, std::int64_t column, float (&sum)[count]) const {
    sum[0] += x[sequence * x_stride + column / targets] * dlogits[sequence * targets + column % targets];
  }
};

}  // namespace cislens::cuda
