#pragma once

#include "product.hpp"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// Operands in bfloat16, the upper half of a float, rounded to nearest even; sums stay float32.
namespace cislens::cpu {
namespace {

/// The nearest bfloat16, as a float. NaN stays NaN, what is too large becomes infinite.
[[gnu::always_inline]] inline Vector round_to_bf16(Vector x) {
  auto const bits = reinterpret_cast<IntVector>(x);
  IntVector const rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & static_cast<std::int32_t>(0xFFFF0000);
  return x == x ? reinterpret_cast<Vector>(rounded) : x;
}

inline void round_row(float const* from, std::int64_t count, float* to) {
  in_vectors(
      count, [&](std::int64_t i) { store(to + i, round_to_bf16(load(from + i))); },
      [&](std::int64_t i, std::int64_t n) { store_some(to + i, round_to_bf16(load_some(from + i, n)), n); });
}

/// For processors without the instruction: the same numbers class, floats that are bfloat16 numbers.
struct RoundedOperands {
  using Element = float;
  static constexpr auto tiles = FloatOperands::tiles;

  static constexpr std::int64_t steps(std::int64_t inner) { return inner; }
  static bool in_place(Strided const&, std::int64_t) { return false; }
  static void panel(Strided const& from, std::int64_t inner, std::int64_t columns, Element* to) {
    pack_panel(from, inner, columns, to);
    round_row(to, inner * panel_columns, to);
  }
  static Left<Element> left(Strided const& from, std::int64_t rows, std::int64_t inner, Element* scratch) {
    if (from.column == 1) {
      for (std::int64_t i = 0; i < rows; ++i) round_row(from.data + i * from.row, inner, scratch + i * inner);
      return {scratch, inner, 1};
    }
    for (std::int64_t k = 0; k < inner; ++k) round_row(from.data + k * from.column, rows, scratch + k * rows);
    return {scratch, 1, rows};
  }
};

#if defined(__AVX512F__)

/// Two bfloat16 numbers of neighbouring k, the first in the lower half: what one step of a tile multiplies.
using Pair = std::uint32_t;

template <int rows>
[[gnu::target("avx512bf16")]] void pair_tile(TileOperands<Pair> const& x, ProductOutput const& c) {
  Vector total[rows][2];
  start_tile(c, total);
  Pair const* left = x.left;
  Pair const* right = x.panel;
  for (std::int64_t k = 0; k < x.steps; ++k, left += x.left_column, right += x.panel_row) {
    auto const first = (__m512bh)_mm512_loadu_si512(right);
    auto const second = (__m512bh)_mm512_loadu_si512(right + lanes);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      auto const value = (__m512bh)_mm512_set1_epi32(static_cast<int>(left[r * x.left_row]));
      total[r][0] = (Vector)_mm512_dpbf16_ps((__m512)total[r][0], value, first);
      total[r][1] = (Vector)_mm512_dpbf16_ps((__m512)total[r][1], value, second);
    }
  }
  store_tile(c, total);
}

template <int... counts>
constexpr Tiles<Pair> pair_tiles(std::integer_sequence<int, counts...>) {
  return {pair_tile<counts + 1>...};
}

using PairVector = Pair __attribute__((vector_size(lanes * 4)));

[[gnu::always_inline]] inline PairVector widened(__m256bh halves) {
  using Halves = std::uint16_t __attribute__((vector_size(lanes * 2)));
  return __builtin_convertvector((Halves)halves, PairVector);
}

/// to[i] = (first[i], second[i]); `second` null: zeros.
[[gnu::target("avx512bf16")]] inline void pair_rows(float const* first, float const* second,
                                                    std::int64_t count, Pair* to) {
  for (std::int64_t i = 0; i < count; i += lanes) {
    std::int64_t const n = count - i;
    auto const mask = static_cast<__mmask16>(n >= lanes ? 0xFFFF : (1 << n) - 1);
    PairVector both = widened(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, first + i)));
    if (second != nullptr) both |= widened(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, second + i))) << 16;
    _mm512_mask_storeu_epi32(to + i, mask, (__m512i)both);
  }
}

/// to[i] = (from[2 i], from[2 i + 1]), a zero behind an odd end.
[[gnu::target("avx512bf16")]] inline void pair_neighbours(float const* from, std::int64_t count, Pair* to) {
  for (std::int64_t i = 0; i < count; i += 2 * lanes) {
    std::uint64_t const n = static_cast<std::uint64_t>(count - i);
    std::uint32_t const mask = n >= 32 ? 0xFFFFFFFFU : (1U << n) - 1;
    __m512 const low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), from + i);
    __m512 const high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), from + i + lanes);
    std::uint64_t const pairs = (n + 1) / 2;
    auto const store_mask = static_cast<__mmask16>(pairs >= lanes ? 0xFFFF : (1U << pairs) - 1);
    _mm512_mask_storeu_epi32(to + i / 2, store_mask, (__m512i)_mm512_cvtne2ps_pbh(high, low));
  }
}

/// pack_square of pairs: to (lanes, panel_columns)[., j] = the 2 * lanes numbers at from + j * step, in
/// pairs.
[[gnu::target("avx512bf16")]] inline void pair_square(float const* from, std::int64_t step, Pair* to) {
  Vector rows[lanes];
#pragma GCC unroll 16
  for (int j = 0; j < lanes; ++j) {
    __m512 const low = _mm512_loadu_ps(from + j * step);
    __m512 const high = _mm512_loadu_ps(from + j * step + lanes);
    rows[j] = (Vector)_mm512_cvtne2ps_pbh(high, low);
  }
  transpose<1>(rows);
#pragma GCC unroll 16
  for (int k = 0; k < lanes; ++k) _mm512_storeu_ps(to + k * panel_columns, (__m512)rows[k]);
}

/// For processors with VDPBF16PS. @pre pairs_are_usable()
struct PairOperands {
  using Element = Pair;
  static constexpr auto tiles = pair_tiles(std::make_integer_sequence<int, tallest_tile>());

  static constexpr std::int64_t steps(std::int64_t inner) { return (inner + 1) / 2; }
  static bool in_place(Strided const&, std::int64_t) { return false; }
  static void panel(Strided const& from, std::int64_t inner, std::int64_t columns, Element* to) {
    if (columns < panel_columns) return narrow_panel(from, inner, columns, to);
    std::int64_t k = 0;
    if (from.column != 1) {
      for (; k + 2 * lanes <= inner; k += 2 * lanes) {
        pair_square(from.data + k, from.column, to + k / 2 * panel_columns);
        pair_square(from.data + k + lanes * from.column, from.column, to + k / 2 * panel_columns + lanes);
      }
      return narrow_panel(from.at(k, 0), inner - k, columns, to + k / 2 * panel_columns);
    }
    for (; k < inner; k += 2) {
      float const* const first = from.data + k * from.row;
      pair_rows(first, k + 1 < inner ? first + from.row : nullptr, panel_columns, to + k / 2 * panel_columns);
    }
  }
  /// Any panel, by way of one of floats.
  static void narrow_panel(Strided const& from, std::int64_t inner, std::int64_t columns, Element* to) {
    float two_rows[2 * panel_columns];
    for (std::int64_t k = 0; k < inner; k += 2) {
      pack_panel(from.at(k, 0), std::min<std::int64_t>(2, inner - k), columns, two_rows);
      float const* const second = k + 1 < inner ? two_rows + panel_columns : nullptr;
      pair_rows(two_rows, second, panel_columns, to + k / 2 * panel_columns);
    }
  }
  static Left<Element> left(Strided const& from, std::int64_t rows, std::int64_t inner, Element* scratch) {
    std::int64_t const count = steps(inner);
    if (from.column == 1) {
      for (std::int64_t i = 0; i < rows; ++i)
        pair_neighbours(from.data + i * from.row, inner, scratch + i * count);
      return {scratch, count, 1};
    }
    for (std::int64_t k = 0; k < count; ++k) {
      float const* const first = from.data + 2 * k * from.column;
      pair_rows(first, 2 * k + 1 < inner ? first + from.column : nullptr, rows, scratch + k * rows);
    }
    return {scratch, 1, rows};
  }
};

inline bool pairs_are_usable() { return __builtin_cpu_supports("avx512bf16"); }

#endif

/// C = start + A B with operands rounded to bfloat16.
inline void product_bf16(ProductSize const& size, Strided const& a, Strided const& b, ProductOutput const& c,
                         float* scratch) {
#if defined(__AVX512F__)
  if (pairs_are_usable()) return product<PairOperands>(size, a, b, c, scratch);
#endif
  product<RoundedOperands>(size, a, b, c, scratch);
}

}  // namespace
}  // namespace cislens::cpu
