#include "column_sums.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "vector.cuh"
#include "warp.cuh"

namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;
constexpr int block_threads = block_warps * warp_size;

// All kernels over rows: one warp a row, lane k takes columns k, k + 32, ... (in fours where `width` is 4),
// then the lanes are joined pairwise, so the order of additions is fixed. Rows that do not exist leave at
// once, whole warps: no barrier follows. A row is read again for each sum, from the cache.
struct Row {
  std::int64_t index;
  std::int64_t first;  // this lane's first column
  std::int64_t step;
};

template <int width>
__device__ Row row_of_warp() {
  return {std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size,
          static_cast<std::int64_t>(threadIdx.x % warp_size) * width, warp_size * width};
}

template <int width>
__global__ void __launch_bounds__(block_threads)
    forward_kernel(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                   float const* bias, float epsilon, float* y, float* mean, float* rstd) {
  Row const row = row_of_warp<width>();
  if (row.index >= rows) return;
  float const* const from = x + row.index * channels;
  float* const to = y + row.index * channels;
  auto const count = static_cast<float>(channels);
  float total = 0;
  for (std::int64_t c = row.first; c < channels; c += row.step) {
    Floats<width> const a = load_floats<width>(from + c);
#pragma unroll
    for (int i = 0; i < width; ++i) total += a.at[i];
  }
  float const m = warp_sum(total) / count;
  float squares = 0;
  for (std::int64_t c = row.first; c < channels; c += row.step) {
    Floats<width> const a = load_floats<width>(from + c);
#pragma unroll
    for (int i = 0; i < width; ++i) squares += (a.at[i] - m) * (a.at[i] - m);
  }
  float const r = 1.0F / sqrtf(warp_sum(squares) / count + epsilon);
  for (std::int64_t c = row.first; c < channels; c += row.step) {
    Floats<width> a = load_floats<width>(from + c);
    Floats<width> const g = load_floats<width>(gain + c);
    Floats<width> const b = load_floats<width>(bias + c);
#pragma unroll
    for (int i = 0; i < width; ++i) a.at[i] = (a.at[i] - m) * r * g.at[i] + b.at[i];
    store_floats<width>(to + c, a);
  }
  if (threadIdx.x % warp_size != 0) return;
  mean[row.index] = m;
  rstd[row.index] = r;
}

// With x_hat = (x - mean) rstd and g = dy gain:  dx = rstd (g - mean(g) - x_hat mean(g x_hat)) + dresidual;
// without `through_scale`, where rstd counts as a constant, the last mean is left out. A lane reads what it
// needs of dy and dresidual at a column before it writes dx there, and the sums are done by then: dx may be
// either.
template <int width, bool through_scale>
__global__ void __launch_bounds__(block_threads)
    backward_kernel(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                    float const* mean, float const* rstd, float const* dy, float const* dresidual,
                    float* dx) {
  Row const row = row_of_warp<width>();
  if (row.index >= rows) return;
  std::int64_t const start = row.index * channels;
  float const r = rstd[row.index];
  float m = 0;
  if constexpr (through_scale) m = mean[row.index];
  float total = 0;
  float total_x = 0;
  for (std::int64_t c = row.first; c < channels; c += row.step) {
    Floats<width> const gradient = load_floats<width>(dy + start + c);
    Floats<width> const g = load_floats<width>(gain + c);
    Floats<width> a{};
    if constexpr (through_scale) a = load_floats<width>(x + start + c);
#pragma unroll
    for (int i = 0; i < width; ++i) {
      float const scaled = gradient.at[i] * g.at[i];
      total += scaled;
      if constexpr (through_scale) total_x += scaled * ((a.at[i] - m) * r);
    }
  }
  float const mean_g = warp_sum(total) / static_cast<float>(channels);
  float mean_gx = 0;
  if constexpr (through_scale) mean_gx = warp_sum(total_x) / static_cast<float>(channels);
  for (std::int64_t c = row.first; c < channels; c += row.step) {
    Floats<width> const gradient = load_floats<width>(dy + start + c);
    Floats<width> const g = load_floats<width>(gain + c);
    Floats<width> a{};
    if constexpr (through_scale) a = load_floats<width>(x + start + c);
    Floats<width> residual{};
    if (dresidual != nullptr) residual = load_floats<width>(dresidual + start + c);
    Floats<width> result;
#pragma unroll
    for (int i = 0; i < width; ++i) {
      float inner = gradient.at[i] * g.at[i] - mean_g;
      if constexpr (through_scale) inner -= (a.at[i] - m) * r * mean_gx;
      result.at[i] = r * inner + residual.at[i];
    }
    store_floats<width>(dx + start + c, result);
  }
}

/// What an element gives to dgain and dbias.
struct ParameterTerm {
  static constexpr int count = 2;
  float const *x, *mean, *rstd, *dy;
  std::int64_t channels;

  __device__ void operator()(std::int64_t row, std::int64_t c, float (&sum)[count]) const {
    float const gradient = dy[row * channels + c];
    sum[0] += gradient * ((x[row * channels + c] - mean[row]) * rstd[row]);
    sum[1] += gradient;
  }
};

}  // namespace

void layer_norm_forward(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                        float const* bias, float epsilon, float* y, float* mean, float* rstd) {
  bool const vectors =
      channels % 4 == 0 && aligned_16(x) && aligned_16(gain) && aligned_16(bias) && aligned_16(y);
  launch(vectors ? forward_kernel<4> : forward_kernel<1>, blocks_for(rows, block_warps), block_threads, 0,
         rows, channels, x, gain, bias, epsilon, y, mean, rstd);
}

// The parameters' sums come first: dx may be written over dy.
void layer_norm_backward(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                         float const* mean, float const* rstd, float const* dy, float const* dresidual,
                         float* dx, float* dgain, float* dbias) {
  if (dgain != nullptr || dbias != nullptr) {
    add_column_sums(rows, channels, ParameterTerm{x, mean, rstd, dy, channels}, {{dgain, dbias}},
                    workspace());
  }
  bool const vectors = channels % 4 == 0 && aligned_16(x) && aligned_16(gain) && aligned_16(dy) &&
                       aligned_16(dresidual) && aligned_16(dx);
  launch(vectors ? backward_kernel<4, true> : backward_kernel<1, true>, blocks_for(rows, block_warps),
         block_threads, 0, rows, channels, x, gain, mean, rstd, dy, dresidual, dx);
}

void layer_norm_attribution(std::int64_t rows, std::int64_t channels, float const* gain, float const* rstd,
                            float const* dy, float const* dresidual, float* dx) {
  bool const vectors =
      channels % 4 == 0 && aligned_16(gain) && aligned_16(dy) && aligned_16(dresidual) && aligned_16(dx);
  launch(vectors ? backward_kernel<4, false> : backward_kernel<1, false>, blocks_for(rows, block_warps),
         block_threads, 0, rows, channels, nullptr, gain, nullptr, rstd, dy, dresidual, dx);
}

}  // namespace cislens::cuda
