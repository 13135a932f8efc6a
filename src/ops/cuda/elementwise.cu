#include "functions.hpp"
#include "launch.cuh"
#include "vector.cuh"

#include <cmath>

// Functions of single numbers: bound by memory, so four neighbours go in one access where addresses allow.
namespace cislens::cuda {
namespace {

constexpr int block_threads = 256;

__device__ float normal_cdf(float x) { return 0.5F * (1.0F + erff(x * 0.70710678118654752F)); }

struct Gelu {
  static constexpr bool reads_b = false;
  __device__ float operator()(float x, float, std::int64_t) const { return x * normal_cdf(x); }
};

struct GeluBackward {
  static constexpr bool reads_b = true;
  __device__ float operator()(float x, float dy, std::int64_t) const {
    constexpr float inverse_sqrt_2_pi = 0.39894228040143268F;
    return dy * (normal_cdf(x) + x * inverse_sqrt_2_pi * expf(-0.5F * x * x));
  }
};

struct GeluAttribution {
  static constexpr bool reads_b = true;
  __device__ float operator()(float x, float dy, std::int64_t) const { return dy * normal_cdf(x); }
};

struct Add {
  static constexpr bool reads_b = true;
  __device__ float operator()(float a, float b, std::int64_t) const { return a + b; }
};

/// Drops the same elements as the CPU: 32 well-mixed bits of a counter, by the finaliser of MurmurHash3 over
/// counter and key.
struct Dropout {
  static constexpr bool reads_b = false;
  std::uint64_t seed, first;
  std::uint32_t limit;
  float keep;

  __device__ float operator()(float x, float, std::int64_t i) const {
    std::uint64_t z = (first + static_cast<std::uint64_t>(i)) * 0x9E3779B97F4A7C15ULL + seed;
    z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCDULL;
    z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53ULL;
    return static_cast<std::uint32_t>(z >> 32) < limit ? 0.0F : x * keep;
  }
};

// y = f(a) or f(a, b). A thread owns `width` neighbours, or what is left of them at the end. It has read all
// its inputs before it writes, so y may be a or b.
template <int width, typename Function>
__global__ void __launch_bounds__(block_threads)
    map_kernel(std::int64_t count, float const* a, float const* b, float* y, Function function) {
  std::int64_t const first = (std::int64_t{blockIdx.x} * block_threads + threadIdx.x) * width;
  if (first + width <= count) {
    Floats<width> const own_a = load_floats<width>(a + first);
    Floats<width> own_b{};
    if constexpr (Function::reads_b) own_b = load_floats<width>(b + first);
    Floats<width> result;
#pragma unroll
    for (int i = 0; i < width; ++i) result.at[i] = function(own_a.at[i], own_b.at[i], first + i);
    store_floats<width>(y + first, result);
    return;
  }
  for (std::int64_t i = first; i < count; ++i) y[i] = function(a[i], Function::reads_b ? b[i] : 0.0F, i);
}

template <typename Function>
void map_elements(std::int64_t count, float const* a, float const* b, float* y, Function const& function) {
  if (aligned_16(a) && aligned_16(b) && aligned_16(y)) {
    launch(map_kernel<4, Function>, blocks_for(count, 4 * block_threads), block_threads, 0, count, a, b, y,
           function);
  } else {
    launch(map_kernel<1, Function>, blocks_for(count, block_threads), block_threads, 0, count, a, b, y,
           function);
  }
}

}  // namespace

void gelu_forward(std::int64_t count, float const* x, float* y) {
  map_elements(count, x, nullptr, y, Gelu{});
}

void gelu_backward(std::int64_t count, float const* x, float const* dy, float* dx) {
  map_elements(count, x, dy, dx, GeluBackward{});
}

void gelu_attribution(std::int64_t count, float const* x, float const* dy, float* dx) {
  map_elements(count, x, dy, dx, GeluAttribution{});
}

void add(std::int64_t count, float const* a, float const* b, float* sum) {
  map_elements(count, a, b, sum, Add{});
}

void dropout(std::int64_t count, float const* x, float rate, std::uint64_t seed, std::uint64_t first,
             float* y) {
  auto const limit = static_cast<std::uint32_t>(static_cast<double>(rate) * 4294967296.0);
  map_elements(count, x, nullptr, y, Dropout{seed, first, limit, 1.0F / (1.0F - rate)});
}

}  // namespace cislens::cuda
