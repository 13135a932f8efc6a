#pragma once

#include "attention_block.hpp"
#include "attention_partners.hpp"

#include <array>
#include <bit>
#include <utility>

// What the readout does with a block of scores while it lies in the first cache: the scores of a few rows
// become weights in registers and go into the sums of their columns and rows at once.
namespace cislens::cpu {
namespace {

/// What is asked for, known when the inner loop is compiled.
struct Asked {
  bool distance;  ///< and mass
  bool weighted;  ///< rows count by their own weights in `received`
  bool worth;     ///< A (do . v) is summed
  bool kept;      ///< A is written down
  bool partners;  ///< row maxima of the scores
};

/// Sums of one row, a lane at a time.
struct RowSums {
  Vector entropy;  // sum of A log2 A
  Vector mass, distance;
  Vector top;  // largest scores of the current block
};

/// A few rows of a block, [begin, end) whole vectors of keys of it.
struct RowGroup {
  float const* scores;  // score_row floats from row to row, as in worth and weights
  float const* worth;   // do . v
  float* weights;       // A, when it is kept
  float const* lse2;    // one a row: log2 of the sum of powers
  float const* row_weight;
  float query;  // place of the first row
  float key;    // place of the block's key 0
  std::int64_t begin, end;
  float* received;     // of the block's key 0
  float* attribution;  // the same
};

/// Lanes of a and b in pairs, `width` apart, added: first those of a, then those of b, in every 2 width
/// lanes.
template <int width>
[[gnu::always_inline]] inline Vector add_pairs(Vector a, Vector b) {
  IntVector low;
  IntVector high;
  for (int i = 0; i < lanes; ++i) {
    int const from = i % (2 * width) < width ? i : lanes + i - width;
    low[i] = from;
    high[i] = from + width;
  }
  return __builtin_shuffle(a, b, low) + __builtin_shuffle(a, b, high);
}

/// Lane i is the sum of the lanes of x[i]; the order of additions is the same for each.
[[gnu::always_inline]] inline Vector sums_of(Vector (&x)[lanes]) {
  [&]<int... steps>(std::integer_sequence<int, steps...>) {
    (([&] {
       constexpr int width = lanes >> (steps + 1);
       for (int i = 0; i < width; ++i) x[i] = add_pairs<width>(x[i], x[i + width]);
     }()),
     ...);
  }
  (std::make_integer_sequence<int, std::bit_width(static_cast<unsigned>(lanes)) - 1>());
  return x[0];
}

/// 0, 1, 2 ...
inline Vector ramp() {
  Vector x;
  for (int i = 0; i < lanes; ++i) x[i] = static_cast<float>(i);
  return x;
}

[[gnu::always_inline]] inline Vector magnitude(Vector x) {
  return reinterpret_cast<Vector>(reinterpret_cast<IntVector>(x) & 0x7FFFFFFF);
}

/// `rows` rows at once: their columns are added up in registers before they go to memory, in the order of
/// rows.
template <int rows, Asked asked>
inline void absorb_rows(RowGroup const& group, RowSums* sums) {
  RowSums total[rows];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    total[r] = sums[r];
    total[r].top = broadcast(hidden_score);
  }
  Vector place = ramp() + (group.key - group.query + static_cast<float>(group.begin));
  for (std::int64_t j = group.begin; j < group.end; j += lanes) {
    Vector received = load(group.received + j);
    Vector attribution{};
    if constexpr (asked.worth) attribution = load(group.attribution + j);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      Vector const score = load(group.scores + r * score_row + j);
      if constexpr (asked.partners) total[r].top = maximum(total[r].top, score);
      Vector const log2_a = score - group.lse2[r];
      Vector const a = power_of_two(log2_a);
      total[r].entropy += a * log2_a;
      if constexpr (asked.distance) {
        total[r].mass += a;
        total[r].distance += a * magnitude(place - static_cast<float>(r));
      }
      if constexpr (asked.weighted) {
        received += group.row_weight[r] * a;
      } else {
        received += a;
      }
      if constexpr (asked.worth) attribution += a * load(group.worth + r * score_row + j);
      if constexpr (asked.kept) store(group.weights + r * score_row + j, a);
    }
    store(group.received + j, received);
    if constexpr (asked.worth) store(group.attribution + j, attribution);
    place += static_cast<float>(lanes);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) sums[r] = total[r];
}

using AbsorbRows = void (*)(RowGroup const& group, RowSums* sums);

constexpr int group_rows = lanes == 16 ? 4 : 2;

/// Every combination of what may be asked, once for `rows` rows: bit by bit in the order of Asked.
template <int rows>
constexpr auto absorb_table = []<int... bits>(std::integer_sequence<int, bits...>) {
  return std::array<AbsorbRows, sizeof...(bits)>{
      absorb_rows<rows, Asked{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0,
                              (bits & 16) != 0}>...};
}
(std::make_integer_sequence<int, 32>());

inline std::size_t index_of(Asked const& asked) {
  return (asked.distance ? 1U : 0U) + (asked.weighted ? 2U : 0U) + (asked.worth ? 4U : 0U) +
         (asked.kept ? 8U : 0U) + (asked.partners ? 16U : 0U);
}

}  // namespace
}  // namespace cislens::cpu
