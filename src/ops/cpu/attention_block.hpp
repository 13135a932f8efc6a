#pragma once

#include "../backend.hpp"
#include "multiply.hpp"
#include "simd.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

// What forward, backward and readout share: one head of one sequence copied into contiguous, zero-padded
// memory, and one block of scores at a time. Nothing of size L x L exists.
namespace cislens::cpu {
namespace {

constexpr std::int64_t query_block = 24;       // rows of scores at a time
constexpr std::int64_t panel = 4 * lanes;      // keys in one packed panel
constexpr std::int64_t key_block = 4 * panel;  // keys of scores at a time: 24 x 256 floats stay in L1 and L2

inline std::int64_t padded(std::int64_t count, std::int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

/// Hands out pieces of the op's scratch memory.
struct Scratch {
  float* next;
  float* take(std::int64_t count) {
    float* const piece = next;
    next += padded(count, 16);
    return piece;
  }
};

/// One head of one sequence. `columns` is D padded to whole vectors, `keys` the length padded to whole
/// panels.
struct HeadSize {
  std::int64_t length, channels, columns, keys;

  HeadSize(AttentionShape const& shape, std::int64_t valid)
      : length(valid),
        channels(shape.head_channels),
        columns(padded(channels, lanes)),
        keys(padded(valid, panel)) {}
};

/// to (length, columns) = factor * from, zeros in the added columns.
inline void pack_rows(HeadSize const& size, float const* from, std::int64_t stride, float factor, float* to) {
  for (std::int64_t i = 0; i < size.length; ++i) {
    float* const row = to + i * size.columns;
    for (std::int64_t d = 0; d < size.channels; ++d) row[d] = factor * from[i * stride + d];
    for (std::int64_t d = size.channels; d < size.columns; ++d) row[d] = 0;
  }
}

inline void unpack_rows(HeadSize const& size, float const* from, float factor, float* to,
                        std::int64_t stride) {
  for (std::int64_t i = 0; i < size.length; ++i) {
    for (std::int64_t d = 0; d < size.channels; ++d) to[i * stride + d] = factor * from[i * size.columns + d];
  }
}

/// Transposed into panels: to[panel][d][key in panel], zeros for keys behind the end.
inline void pack_panels(HeadSize const& size, float const* from, std::int64_t stride, float* to) {
  for (std::int64_t first = 0; first < size.keys; first += panel) {
    float* const block = to + first * size.channels;
    std::int64_t const count = std::min(panel, size.length - first);
    for (std::int64_t d = 0; d < size.channels; ++d) {
      for (std::int64_t j = 0; j < count; ++j) block[d * panel + j] = from[(first + j) * stride + d];
      for (std::int64_t j = count; j < panel; ++j) block[d * panel + j] = 0;
    }
  }
}

/// out (rows, key_block) = left (rows, D) times the packed panels of keys [first, first + count).
inline void block_scores(HeadSize const& size, float const* left, std::int64_t rows, float const* panels,
                         std::int64_t first, std::int64_t count, float* out) {
  for (std::int64_t j = 0; j < count; j += panel) {
    std::int64_t const columns = std::min(panel, padded(count - j, lanes));
    multiply<false>(rows, columns, size.channels, left, size.columns, 1, panels + (first + j) * size.channels,
                    panel, out + j, key_block);
  }
}

/// 2 ^ (scores - shift) in place, exact zeros behind `count`.
[[gnu::always_inline]] inline void exponentials(float* scores, std::int64_t count, float shift) {
  std::int64_t const whole = padded(count, lanes);
  for (std::int64_t j = 0; j < whole; j += lanes) store(scores + j, exp2(load(scores + j) - shift));
  std::fill(scores + count, scores + whole, 0.0F);
}

}  // namespace
}  // namespace cislens::cpu
