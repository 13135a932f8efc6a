#include "kernels.cuh"
#include "tensor_core.cuh"
#include "warp.cuh"

namespace cislens::cuda::self_test {

namespace {

__global__ void sums_of_blocks(float const* x, float* sums) {
  float const sum = block_sum(x[blockIdx.x * blockDim.x + threadIdx.x]);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

__global__ void reverse(float* x, bool with_barrier, bool in_dynamic_memory) {
  __shared__ float statics[64];
  float* const shared = in_dynamic_memory ? dynamic_shared<float>() : statics;
  shared[threadIdx.x] = x[threadIdx.x];
  if (with_barrier) __syncthreads();
  x[threadIdx.x] = shared[63 - threadIdx.x];
}

// Each lane reads what its neighbour wrote.
__global__ void take_from_neighbour(float* x, bool with_barrier) {
  __shared__ float shared[32];
  shared[threadIdx.x] = x[threadIdx.x];
  if (with_barrier) __syncwarp();
  x[threadIdx.x] = shared[(threadIdx.x + 1) % 32];
}

__global__ void write_behind(float* x, int distance) { x[distance] = 1; }

__global__ void load_four(float* x) {
  float4 const four = *reinterpret_cast<float4 const*>(x + 1);
  x[0] = four.x;
}

__global__ void shuffles(int* x) {
  int const lane = static_cast<int>(threadIdx.x);
  x[lane] = __shfl_xor_sync(all_lanes, lane, 5);
  x[32 + lane] = __shfl_up_sync(all_lanes, lane, 3);
  x[64 + lane] = __shfl_down_sync(all_lanes, lane, 3, 16);
  x[96 + lane] = __shfl_sync(all_lanes, lane, 2, 8);
  x[128 + lane] = static_cast<int>(__ballot_sync(all_lanes, lane % 3 == 0));
  x[160 + lane] = lane < 8 ? __shfl_xor_sync(0xFFU, lane, 1) : -1;
}

__global__ void half_a_warp_shuffles(int* x) {
  if (threadIdx.x < 16) x[threadIdx.x] = __shfl_xor_sync(all_lanes, 1, 1);
}

__global__ void two_barriers(int* x) {
  if (threadIdx.x < 32) {
    __syncthreads();
    x[threadIdx.x] = 1;
  } else {
    __syncthreads();
  }
}

__global__ void barrier_that_few_reach(int* x) {
  if (threadIdx.x % 2 == 0) __syncthreads();
  __syncwarp();
  x[threadIdx.x] = 1;
}

__device__ unsigned pair_of(float low, float high) {
  return __bfloat16_as_ushort(__float2bfloat16_rn(low)) |
         static_cast<unsigned>(__bfloat16_as_ushort(__float2bfloat16_rn(high))) << 16;
}

// d (16, 8) = a (16, 16) b (16, 8): fragments by hand, as the PTX manual draws them.
__global__ void product(float const* a, float const* b, float* d) {
  int const g = static_cast<int>(threadIdx.x) / 4;
  int const t = static_cast<int>(threadIdx.x) % 4;
  auto const two_of_a = [&](int row, int column) {
    return pair_of(a[16 * row + column], a[16 * row + column + 1]);
  };
  auto const two_of_b = [&](int row) { return pair_of(b[8 * row + g], b[8 * (row + 1) + g]); };
  unsigned const fragment_a[4] = {two_of_a(g, 2 * t), two_of_a(g + 8, 2 * t), two_of_a(g, 2 * t + 8),
                                  two_of_a(g + 8, 2 * t + 8)};
  unsigned const fragment_b[2] = {two_of_b(2 * t), two_of_b(2 * t + 8)};
  float sums[4] = {};
  mma_bf16(sums, fragment_a, fragment_b);
  d[8 * g + 2 * t] = sums[0];
  d[8 * g + 2 * t + 1] = sums[1];
  d[8 * (g + 8) + 2 * t] = sums[2];
  d[8 * (g + 8) + 2 * t + 1] = sums[3];
}

// x: four matrices of 8 x 8; y: the same, each transposed, through ldmatrix alone.
__global__ void transpose_matrices(float const* x, float* y) {
  __shared__ __align__(16) __nv_bfloat16 rows[4][8][8];
  int const lane = static_cast<int>(threadIdx.x);
  for (int i = 0; i < 8; ++i) rows[lane / 8][lane % 8][i] = __float2bfloat16_rn(x[8 * lane + i]);
  __syncwarp();
  unsigned r[4];
  ldmatrix_x4_transposed(r, rows[lane / 8][lane % 8]);
  for (int m = 0; m < 4; ++m) {
    y[64 * m + 2 * lane] = __uint_as_float(r[m] << 16);
    y[64 * m + 2 * lane + 1] = __uint_as_float(r[m] & 0xFFFF0000U);
  }
}

__global__ void copies(float const* x, float* y, bool wait) {
  __shared__ __align__(16) float shared[128];
  cp_async_16_or_zero(shared + 4 * threadIdx.x, x + 4 * threadIdx.x, threadIdx.x % 2 == 0);
  cp_async_commit();
  if (wait) cp_async_wait<0>();
  __syncthreads();
  for (int i = 0; i < 4; ++i) y[4 * threadIdx.x + i] = shared[127 - (4 * threadIdx.x + i)];
  cp_async_wait<0>();
}

__global__ void nothing() {}

}  // namespace

void start_sums(OnDevice<float> const& x, OnDevice<float>& sums, unsigned blocks) {
  launch(sums_of_blocks, blocks, 96, 0, x.data(), sums.data());
}
void start_reversal(OnDevice<float>& x, bool with_barrier, bool in_dynamic_memory) {
  launch(reverse, 1, 64, in_dynamic_memory ? 64 * sizeof(float) : 0, x.data(), with_barrier,
         in_dynamic_memory);
}
void start_neighbours(OnDevice<float>& x, bool with_barrier) {
  launch(take_from_neighbour, 1, 32, 0, x.data(), with_barrier);
}
void start_write_behind(OnDevice<float>& x, int distance) {
  launch(write_behind, 1, 1, 0, x.data(), distance);
}
void start_unaligned_load(OnDevice<float>& x) { launch(load_four, 1, 1, 0, x.data()); }
void start_shuffles(OnDevice<int>& x) { launch(shuffles, 1, 32, 0, x.data()); }
void start_half_a_warp_shuffles(OnDevice<int>& x) { launch(half_a_warp_shuffles, 1, 32, 0, x.data()); }
void start_two_barriers(OnDevice<int>& x) { launch(two_barriers, 1, 64, 0, x.data()); }
void start_barrier_that_few_reach(OnDevice<int>& x) { launch(barrier_that_few_reach, 1, 64, 0, x.data()); }
void start_product(OnDevice<float> const& a, OnDevice<float> const& b, OnDevice<float>& d) {
  launch(product, 1, 32, 0, a.data(), b.data(), d.data());
}
void start_transposed_matrices(OnDevice<float> const& x, OnDevice<float>& y) {
  launch(transpose_matrices, 1, 32, 0, x.data(), y.data());
}
void start_copies(OnDevice<float> const& x, OnDevice<float>& y, bool wait) {
  launch(copies, 1, 32, 0, x.data(), y.data(), wait);
}
void start_shared_bytes(std::size_t bytes) { launch(nothing, 1, 1, bytes); }

}  // namespace cislens::cuda::self_test
