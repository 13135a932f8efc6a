#include "device.hpp"
#include "functions.hpp"
#include "launch.cuh"
#include "warp.cuh"
#include "workspace.hpp"

#include <algorithm>

namespace cislens::cuda {

namespace {

constexpr int threads = 256;
constexpr unsigned most_blocks = 1024;

// Thread t of the grid adds numbers t, t + all threads, ... in double; a block adds its threads' sums in a
// fixed order.
__global__ void squares_of_blocks(std::int64_t count, float const* x, double* sums) {
  double total = 0;
  std::int64_t const step = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  total = block_sum(total);
  if (threadIdx.x == 0) sums[blockIdx.x] = total;
}

// One block, over the sums of all.
__global__ void sum_of_blocks(unsigned blocks, double const* sums, double* total) {
  double own = 0;
  for (unsigned i = threadIdx.x; i < blocks; i += threads) own += sums[i];
  own = block_sum(own);
  if (threadIdx.x == 0) *total = own;
}

// One thread a parameter. The formula of Loshchilov, Hutter 2019, arXiv:1711.05101, algorithm 2.
__global__ void adamw_step(AdamWStep step, std::int64_t count, float const* decay, float const* gradient,
                           float* parameter, float* first_moment, float* second_moment) {
  std::int64_t const i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float const g = gradient[i] * step.gradient_scale;
  float const first = step.beta1 * first_moment[i] + (1 - step.beta1) * g;
  float const second = step.beta2 * second_moment[i] + (1 - step.beta2) * g * g;
  first_moment[i] = first;
  second_moment[i] = second;
  float const update = first / step.bias1 / (sqrtf(second / step.bias2) + step.epsilon);
  parameter[i] -= step.learning_rate * (update + decay[i] * parameter[i]);
}

}  // namespace

double sum_of_squares(std::int64_t count, float const* x) {
  LockedWorkspace const room = workspace();
  auto* const sums = reinterpret_cast<double*>(room.data);
  unsigned const blocks = std::min(blocks_for(count, 4 * threads), most_blocks);
  launch(squares_of_blocks, blocks, threads, 0, count, x, sums);
  launch(sum_of_blocks, 1, threads, 0, blocks, sums, sums + most_blocks);
  double total = 0;
  device_memory().copy_to_host(&total, sums + most_blocks, sizeof total);
  return total;
}

void adamw(AdamWStep const& step, std::int64_t count, float const* decay, float const* gradient,
           float* parameter, float* first_moment, float* second_moment) {
  launch(adamw_step, blocks_for(count, threads), threads, 0, step, count, decay, gradient, parameter,
         first_moment, second_moment);
}

}  // namespace cislens::cuda
