#pragma once

#include "../backend.hpp"
#include "simd.hpp"

#include <algorithm>
#include <cstdint>

// A filter over one-hot bases is a sum of rows of the filter table: weight is (K, 4, C), so the response of
// all C filters at one place is K rows of C numbers added up. Taps are taken two at a time: a row for each of
// the 25 pairs of A, C, G, T and nothing (N, or outside of the sequence), which halves the additions and
// needs no exceptions. The reverse strand reads the same rows in the same order, at the complemented bases.
namespace cislens::cpu {
namespace {

constexpr std::int64_t block_channels = 2 * lanes;  // channels at a time: their rows stay in L1
constexpr std::int64_t letters = 5;                 // 4: nothing
constexpr std::int64_t pair_rows_of_tap = letters * letters;

inline std::int64_t tap_pairs(StemShape const& shape) { return (shape.width + 1) / 2; }
inline std::int64_t channel_blocks(StemShape const& shape) {
  return (shape.channels + block_channels - 1) / block_channels;
}
inline std::int64_t table_floats(StemShape const& shape) {
  return tap_pairs(shape) * pair_rows_of_tap * block_channels;
}

/// Channels of a block that exist.
inline std::int64_t block_width(StemShape const& shape, std::int64_t first) {
  return std::min(block_channels, shape.channels - first);
}

/// table (K / 2, 25, block_channels) of the channels from `first` on: row (g, a, b) = weight[2 g][a] +
/// weight[2 g + 1][b].
inline void fill_table(StemShape const& shape, float const* weight, std::int64_t first, float* table) {
  std::int64_t const width = block_width(shape, first);
  std::fill_n(table, table_floats(shape), 0.0F);
  auto const add_tap = [&](std::int64_t tap, std::int64_t base, float* row) {
    if (tap < shape.width && base < 4)
      add_scaled(1.0F, weight + (4 * tap + base) * shape.channels + first, row, width);
  };
  for (std::int64_t g = 0; g < tap_pairs(shape); ++g) {
    for (std::int64_t pair = 0; pair < pair_rows_of_tap; ++pair) {
      float* const row = table + (g * pair_rows_of_tap + pair) * block_channels;
      add_tap(2 * g, pair / letters, row);
      add_tap(2 * g + 1, pair % letters, row);
    }
  }
}

/// dweight += what a table of gradients says about its taps: the transpose of fill_table.
inline void gather_table(StemShape const& shape, float const* table, std::int64_t first, float* dweight) {
  std::int64_t const width = block_width(shape, first);
  auto const add_row = [&](std::int64_t tap, std::int64_t base, float const* row) {
    if (tap < shape.width && base < 4)
      add_scaled(1.0F, row, dweight + (4 * tap + base) * shape.channels + first, width);
  };
  for (std::int64_t g = 0; g < tap_pairs(shape); ++g) {
    for (std::int64_t pair = 0; pair < pair_rows_of_tap; ++pair) {
      float const* const row = table + (g * pair_rows_of_tap + pair) * block_channels;
      add_row(2 * g, pair / letters, row);
      add_row(2 * g + 1, pair % letters, row);
    }
  }
}

/// Where in the first tap pair's table (in floats) the pairs of one sequence lie, for each place and strand.
struct PairPlaces {
  std::int32_t* forward;  // of places l and l + 1
  std::int32_t* reverse;  // of the complements at places l and l - 1
  std::int64_t margin;    // entries before place 0 and behind the last

  static std::int64_t floats(StemShape const& shape) { return 2 * (shape.bases + 2 * shape.width + 4); }

  PairPlaces(StemShape const& shape, float* scratch)
      : forward(reinterpret_cast<std::int32_t*>(scratch)),
        reverse(forward + floats(shape) / 2),
        margin(shape.width + 1) {}

  void fill(std::uint8_t const* bases, std::int64_t length) const {
    auto const base = [&](std::int64_t place) {
      return place >= 0 && place < length && bases[place] < 4 ? std::int64_t{bases[place]} : letters - 1;
    };
    auto const complement = [&](std::int64_t place) {
      std::int64_t const code = base(place);
      return code < 4 ? 3 - code : code;
    };
    for (std::int64_t l = -margin; l < length + margin; ++l) {
      forward[margin + l] = static_cast<std::int32_t>((base(l) * letters + base(l + 1)) * block_channels);
      reverse[margin + l] =
          static_cast<std::int32_t>((complement(l) * letters + complement(l - 1)) * block_channels);
    }
  }
  /// Entry g of the first is where tap pair g of the filter at `centre` looks; entry -g of the second.
  std::int32_t const* at_forward(std::int64_t centre, std::int64_t width) const {
    return forward + margin + centre - width / 2;
  }
  std::int32_t const* at_reverse(std::int64_t centre, std::int64_t width) const {
    return reverse + margin + centre + width / 2;
  }
};

}  // namespace
}  // namespace cislens::cpu
