#include "functions.hpp"
#include "launch.cuh"
#include "vector.cuh"
#include "warp.cuh"

namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;

// Pairs (d, d + D/2) of every head turn by the angle of their token: (a, b) -> (a cos - b sin, a sin + b
// cos). One warp a token; a lane owns `width` neighbouring pairs of a head, reads both halves and writes them
// back.
template <int width>
__global__ void __launch_bounds__(block_warps* warp_size)
    rotary_kernel(RotaryShape shape, float const* angles, float direction, float* x) {
  std::int64_t const row = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row >= shape.sequences * shape.tokens) return;
  auto const half = static_cast<int>(shape.head_channels / 2);
  auto const pairs = static_cast<int>(shape.heads) * half;
  float const* const cosines = angles + row % shape.tokens * shape.head_channels;
  float const* const sines = cosines + half;
  float* const token = x + row * shape.stride;
  for (int pair = static_cast<int>(threadIdx.x % warp_size) * width; pair < pairs;
       pair += warp_size * width) {
    int const d = pair % half;
    float* const a = token + pair / half * shape.head_channels + d;
    float* const b = a + half;
    Floats<width> first = load_floats<width>(a);
    Floats<width> second = load_floats<width>(b);
    Floats<width> const cosine = load_floats<width>(cosines + d);
    Floats<width> const sine = load_floats<width>(sines + d);
#pragma unroll
    for (int i = 0; i < width; ++i) {
      float const before = first.at[i];
      float const turn = direction * sine.at[i];
      first.at[i] = before * cosine.at[i] - second.at[i] * turn;
      second.at[i] = before * turn + second.at[i] * cosine.at[i];
    }
    store_floats<width>(a, first);
    store_floats<width>(b, second);
  }
}

}  // namespace

void rotary(RotaryShape const& shape, float const* angles, float direction, float* x) {
  bool const vectors =
      shape.head_channels % 8 == 0 && shape.stride % 4 == 0 && aligned_16(angles) && aligned_16(x);
  launch(vectors ? rotary_kernel<4> : rotary_kernel<1>,
         blocks_for(shape.sequences * shape.tokens, block_warps), block_warps * warp_size, 0, shape, angles,
         direction, x);
}

}  // namespace cislens::cuda
