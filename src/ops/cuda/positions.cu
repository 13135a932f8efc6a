#include "column_sums.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "warp.cuh"

namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;

/// A token lies between rows `low` and `low + 1` of the table.
struct Place {
  std::int64_t low;
  float share;  // of row low + 1, which is not read when this is 0
};

__device__ Place place_of(PositionShape const& shape, std::int64_t token, std::int64_t tokens) {
  if (!shape.interpolated) return {token, 0};
  if (tokens <= 1) return {0, 0};
  double const at = static_cast<double>(token) * static_cast<double>(shape.table_rows - 1) /
                    static_cast<double>(tokens - 1);
  auto const whole = static_cast<std::int64_t>(at);
  std::int64_t const low = whole < shape.table_rows - 2 ? whole : shape.table_rows - 2;
  return {low, static_cast<float>(at - static_cast<double>(low))};
}

// One warp a token; lanes take its channels.
__global__ void __launch_bounds__(block_warps* warp_size)
    forward_kernel(PositionShape shape, std::int64_t const* lengths, float const* table, float* x) {
  std::int64_t const row = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row >= shape.sequences * shape.tokens) return;
  std::int64_t const token = row % shape.tokens;
  std::int64_t const length = lengths[row / shape.tokens];
  if (token >= length) return;
  Place const place = place_of(shape, token, length);
  float const* const low = table + place.low * shape.channels;
  float const* const high = place.share == 0 ? low : low + shape.channels;
  for (std::int64_t c = threadIdx.x % warp_size; c < shape.channels; c += warp_size)
    x[row * shape.channels + c] += (1 - place.share) * low[c] + place.share * high[c];
}

/// Tokens [begin, end) of a sequence.
struct Tokens {
  std::int64_t begin, end;
};

/// All tokens of a sequence of `tokens` that read row `row` of the table, and perhaps a neighbour of them:
/// token i reads it when i (R - 1) / (n - 1) is less than a row away.
__device__ Tokens readers(PositionShape const& shape, std::int64_t row, std::int64_t tokens) {
  if (!shape.interpolated) return {row, row < tokens ? row + 1 : row};
  if (tokens <= 1) return {0, tokens};
  double const apart = static_cast<double>(tokens - 1) / static_cast<double>(shape.table_rows - 1);
  auto const begin = static_cast<std::int64_t>(static_cast<double>(row - 1) * apart) - 1;
  auto const end = static_cast<std::int64_t>(static_cast<double>(row + 1) * apart) + 2;
  return {begin > 0 ? begin : 0, end < tokens ? end : tokens};
}

// Row blockIdx.y of dtable, columns of tile blockIdx.x: dtable += the sum of what tokens that read it give.
// Slices share the sequences among them, or the tokens of each where there are few sequences.
__global__ void __launch_bounds__(tile_columns* slices)
    backward_kernel(PositionShape shape, std::int64_t const* lengths, float const* dx, float* dtable) {
  std::int64_t const c = std::int64_t{blockIdx.x} * tile_columns + threadIdx.x;
  bool const by_sequence = shape.sequences >= slices;
  int const slice = static_cast<int>(threadIdx.y);
  for (std::int64_t row = blockIdx.y; row < shape.table_rows; row += gridDim.y) {
    float sum[1] = {};
    for (std::int64_t s = by_sequence ? slice : 0; s < shape.sequences && c < shape.channels;
         s += by_sequence ? slices : 1) {
      std::int64_t const length = lengths[s];
      Tokens const tokens = readers(shape, row, length);
      for (std::int64_t i = tokens.begin + (by_sequence ? 0 : slice); i < tokens.end;
           i += by_sequence ? 1 : slices) {
        Place const place = place_of(shape, i, length);
        if (place.low != row && (place.low + 1 != row || place.share == 0)) continue;
        float const weight = place.low == row ? 1 - place.share : place.share;
        sum[0] += weight * dx[(s * shape.tokens + i) * shape.channels + c];
      }
    }
    add_slices(sum);
    if (slice == 0 && c < shape.channels) dtable[row * shape.channels + c] += sum[0];
  }
}

}  // namespace

void positions_forward(PositionShape const& shape, std::int64_t const* lengths, float const* table,
                       float* x) {
  launch(forward_kernel, blocks_for(shape.sequences * shape.tokens, block_warps), block_warps * warp_size, 0,
         shape, lengths, table, x);
}

void positions_backward(PositionShape const& shape, std::int64_t const* lengths, float const* dx,
                        float* dtable) {
  constexpr std::int64_t most_rows_of_blocks = 65535;
  dim3 const grid(blocks_for(shape.channels, tile_columns),
                  static_cast<unsigned>(std::min(shape.table_rows, most_rows_of_blocks)));
  launch(backward_kernel, grid, column_block(), 0, shape, lengths, dx, dtable);
}

}  // namespace cislens::cuda
