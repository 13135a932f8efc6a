#include "column_sums.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "projection.cuh"
#include "shared_memory.cuh"
#include "warp.cuh"

#include <cmath>
#include <stdexcept>

// With dpooled_r = sum_t dlogits_t value_rt and dscore_ri = weights_ri (dpooled_r . x_i - dpooled_r .
// pooled_r) / sqrt(C):  dx_i = sum_r weights_ri dpooled_r + dscore_ri query_r,  dquery_r = sum_i dscore_ri
// x_i.
namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;
constexpr int block_threads = block_warps * warp_size;
constexpr std::int64_t slab_tokens = 32;  // of one sequence, by one block

/// Slabs [first, first + count) of those of all sequences, and where their dscore goes: (readout_heads,
/// count * slab_tokens), or null.
struct Slabs {
  std::int64_t first, count, of_a_sequence;
  float* dscore;
};

struct Gradient {
  float const *x, *query, *value, *weights, *pooled, *dlogits;
  float* dx;
};

// One block a slab, its warps share the tokens. dpooled_r of the current r lies in shared memory, (channels);
// every thread sums its own share of dpooled_r . pooled_r. Barriers: before dpooled_r is written, nobody may
// still read the one before; block_sum has one behind the writing. dx is added to by the lane that wrote it.
__global__ void __launch_bounds__(block_threads)
    tokens_kernel(HeadShape shape, std::int64_t const* lengths, float factor, Gradient given, Slabs slabs) {
  float* const dpooled = dynamic_shared<float>();
  std::int64_t const slab = slabs.first + blockIdx.x;
  std::int64_t const s = slab / slabs.of_a_sequence;
  std::int64_t const first = slab % slabs.of_a_sequence * slab_tokens;
  std::int64_t const length = lengths[s];
  std::int64_t const channels = shape.channels;
  int const lane = static_cast<int>(threadIdx.x) % warp_size;
  int const warp = static_cast<int>(threadIdx.x) / warp_size;
  for (std::int64_t r = 0; r < shape.readout_heads; ++r) {
    std::int64_t const at = s * shape.readout_heads + r;
    float own = 0;
    __syncthreads();
    for (std::int64_t c = threadIdx.x; c < channels; c += block_threads) {
      float const* const row = given.value + (r * channels + c) * shape.targets;
      dpooled[c] = dot_row(given.dlogits + s * shape.targets, row, shape.targets);
      own += dpooled[c] * given.pooled[at * channels + c];
    }
    float const mean = block_sum(own);
    for (std::int64_t i = warp; i < slab_tokens && first + i < shape.tokens; i += block_warps) {
      std::int64_t const token = first + i;
      bool const real = token < length;
      std::int64_t const start = (s * shape.tokens + token) * channels;
      float alpha = 0;
      float dscore = 0;
      if (real) {
        float product = 0;
        for (std::int64_t c = lane; c < channels; c += warp_size) product += dpooled[c] * given.x[start + c];
        alpha = given.weights[at * shape.tokens + token];
        dscore = factor * alpha * (warp_sum(product) - mean);
      }
      for (std::int64_t c = lane; c < channels; c += warp_size) {
        float const before = r == 0 ? 0.0F : given.dx[start + c];
        float const gain = real ? alpha * dpooled[c] + dscore * given.query[r * channels + c] : 0.0F;
        given.dx[start + c] = before + gain;
      }
      if (slabs.dscore != nullptr && lane == 0)
        slabs.dscore[(r * slabs.count + blockIdx.x) * slab_tokens + i] = dscore;
    }
  }
}

/// What row `row` of the slabs, tokens and padding, gives to dquery_r.
struct QueryTerm {
  static constexpr int count = 1;
  float const *dscore, *x;
  Slabs slabs;
  std::int64_t tokens, channels;

  __device__ void operator()(std::int64_t row, std::int64_t c, float (&sum)[count]) const {
    // Slabs are fewer than 2^31, as blocks are; a division of 32 bits is a fraction of one of 64.
    auto const slab = static_cast<unsigned>(slabs.first + row / slab_tokens);
    auto const of_a_sequence = static_cast<unsigned>(slabs.of_a_sequence);
    std::int64_t const sequence = slab / of_a_sequence;
    std::int64_t const token = slab % of_a_sequence * slab_tokens + row % slab_tokens;
    if (token >= tokens) return;
    // 0 is padding, which is not read, or adds nothing: of an x that is NaN it would be NaN.
    if (dscore[row] == 0) return;
    sum[0] += dscore[row] * x[(sequence * tokens + token) * channels + c];
  }
};

}  // namespace

void pooled_backward(HeadShape const& shape, std::int64_t const* lengths, float const* x, float const* query,
                     float const* value, float const* weights, float const* pooled, float const* dlogits,
                     float* dx, float* dquery, float* dvalue, float* dbias) {
  LockedWorkspace const room = workspace();
  if (dbias != nullptr) {
    add_column_sums(shape.sequences, shape.targets, MatrixTerm<1>{{dlogits}, shape.targets}, {{dbias}}, room);
  }
  if (dvalue != nullptr) {
    std::int64_t const columns = shape.readout_heads * shape.channels;
    add_column_sums(shape.sequences, columns * shape.targets,
                    OuterTerm{pooled, columns, dlogits, shape.targets}, {{dvalue}}, room);
  }
  if (shape.readout_heads == 0) {
    auto const numbers = static_cast<std::size_t>(shape.sequences * shape.tokens * shape.channels);
    check(cudaMemsetAsync(dx, 0, numbers * sizeof(float), stream()), "clearing a gradient");
    return;
  }
  float const factor = 1.0F / std::sqrt(static_cast<float>(shape.channels));
  Gradient const given{x, query, value, weights, pooled, dlogits, dx};
  std::int64_t const of_a_sequence = ceil_div(shape.tokens, slab_tokens);
  std::int64_t const all = shape.sequences * of_a_sequence;
  // As many slabs at a time as have room for their dscore in half of the workspace.
  std::int64_t const slab_scores = shape.readout_heads * slab_tokens;
  std::int64_t const at_once = dquery == nullptr ? all : std::min(all, room.count / 2 / slab_scores);
  if (at_once <= 0 && all > 0) throw std::length_error("pooled_backward: too many queries");
  for (std::int64_t first = 0; first < all; first += at_once) {
    std::int64_t const count = std::min(at_once, all - first);
    Slabs const slabs{first, count, of_a_sequence, dquery == nullptr ? nullptr : room.data};
    launch(tokens_kernel, blocks_for(count, 1), block_threads,
           static_cast<std::size_t>(shape.channels) * sizeof(float), shape, lengths, factor, given, slabs);
    for (std::int64_t r = 0; dquery != nullptr && r < shape.readout_heads; ++r) {
      std::int64_t const rows = count * slab_tokens;
      add_column_sums(rows, shape.channels,
                      QueryTerm{room.data + r * rows, x, slabs, shape.tokens, shape.channels},
                      {{dquery + r * shape.channels}}, room.behind(count * slab_scores));
    }
  }
}

}  // namespace cislens::cuda
