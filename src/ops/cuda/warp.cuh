#pragma once

#include "shared_memory.cuh"

#include <cuda_runtime.h>

namespace cislens::cuda {

inline constexpr int warp_size = 32;
inline constexpr unsigned all_lanes = 0xFFFFFFFF;

template <typename Integer>
__host__ __device__ constexpr Integer ceil_div(Integer a, Integer b) {
  return (a + b - 1) / b;
}

// Of a warp whose lanes all call it; every lane gets the result. Butterfly: lanes 16 apart are joined first,
// neighbours last, and both partners add the same two numbers, so all lanes have the same bits.
__device__ inline float warp_sum(float value) {
#pragma unroll
  for (int step = warp_size / 2; step > 0; step /= 2) value += __shfl_xor_sync(all_lanes, value, step);
  return value;
}

__device__ inline double warp_sum(double value) {
#pragma unroll
  for (int step = warp_size / 2; step > 0; step /= 2) value += __shfl_xor_sync(all_lanes, value, step);
  return value;
}

// A NaN loses against a number, as in fmaxf.
__device__ inline float warp_max(float value) {
#pragma unroll
  for (int step = warp_size / 2; step > 0; step /= 2)
    value = fmaxf(value, __shfl_xor_sync(all_lanes, value, step));
  return value;
}

// Of a block of whole warps in x alone, whose threads all call it; every thread gets the result. Each warp
// adds its own, then every warp adds the warps' sums in one order. The first barrier lets the threads that
// still read the sums of the call before finish; the second makes this call's visible.
template <typename T>
__device__ inline T block_sum(T value) {
  __shared__ T sums[warp_size];
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  int const warps = static_cast<int>(blockDim.x) / warp_size;
  T const own = warp_sum(value);
  __syncthreads();
  if (lane == 0) sums[warp] = own;
  __syncthreads();
  return warp_sum(lane < warps ? sums[lane] : T(0));
}

// As block_sum, of the largest.
__device__ inline float block_max(float value) {
  __shared__ float largest[warp_size];
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  int const warps = static_cast<int>(blockDim.x) / warp_size;
  float const own = warp_max(value);
  __syncthreads();
  if (lane == 0) largest[warp] = own;
  __syncthreads();
  return warp_max(largest[lane < warps ? lane : 0]);
}

}  // namespace cislens::cuda
