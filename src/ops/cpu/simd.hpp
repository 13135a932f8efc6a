#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

// Vectors of the widest registers of the instruction set that this file is compiled for, in GCC's vector
// extensions: one source for SSE, AVX2 and AVX-512. Everything here has internal linkage: the same file is
// compiled once for each instruction set, and a shared inline function would run AVX-512 code on a machine
// without it.
namespace cislens::cpu {
namespace {

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif

using Vector = float __attribute__((vector_size(lanes * 4)));
using IntVector = std::int32_t __attribute__((vector_size(lanes * 4)));
using ByteVector = std::uint8_t __attribute__((vector_size(lanes)));
using UnalignedVector = float __attribute__((vector_size(lanes * 4), aligned(4), may_alias));

[[gnu::always_inline]] inline Vector load(float const* from) {
  return *reinterpret_cast<UnalignedVector const*>(from);
}
[[gnu::always_inline]] inline void store(float* to, Vector x) { *reinterpret_cast<UnalignedVector*>(to) = x; }
/// Minus zero, which leaves every number as it is: plus zero would not (-0 + 0 = 0) and costs an addition.
[[gnu::always_inline]] inline Vector broadcast(float x) { return x - Vector{}; }
/// A NaN in `a` stays, one in `b` is lost: limits go last, so that a damaged number is seen in the end.
[[gnu::always_inline]] inline Vector maximum(Vector a, Vector b) { return b > a ? b : a; }
[[gnu::always_inline]] inline Vector minimum(Vector a, Vector b) { return b < a ? b : a; }

/// The first `count` < lanes numbers, zeros behind them.
[[gnu::always_inline]] inline Vector load_some(float const* from, std::int64_t count) {
  Vector x{};
  std::memcpy(&x, from, static_cast<std::size_t>(count) * sizeof(float));
  return x;
}
[[gnu::always_inline]] inline void store_some(float* to, Vector x, std::int64_t count) {
  std::memcpy(to, &x, static_cast<std::size_t>(count) * sizeof(float));
}

using Quad = float __attribute__((vector_size(16)));
using UnalignedQuad = float __attribute__((vector_size(16), aligned(4), may_alias));

/// Joins the halves of x until one number is left: the order is fixed.
template <typename Join>
[[gnu::always_inline]] inline float fold(Vector x, Join const& join) {
#if defined(__AVX512F__)
  auto const half = join(__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7),
                         __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
#else
  auto const half = x;
#endif
#if defined(__AVX__)
  Quad const quarter =
      join(__builtin_shufflevector(half, half, 0, 1, 2, 3), __builtin_shufflevector(half, half, 4, 5, 6, 7));
#else
  Quad const quarter = half;
#endif
  Quad const pair = join(quarter, __builtin_shufflevector(quarter, quarter, 2, 3, 0, 1));
  return join(pair, __builtin_shufflevector(pair, pair, 1, 0, 3, 2))[0];
}
[[gnu::always_inline]] inline float sum(Vector x) {
  return fold(
      x, [](auto a, auto b) __attribute__((always_inline)) { return a + b; });
}
[[gnu::always_inline]] inline float largest(Vector x) {
  return fold(
      x, [](auto a, auto b) __attribute__((always_inline)) { return a > b ? a : b; });
}

/// One bit for every lane: a >= b.
[[gnu::always_inline]] inline std::uint32_t lanes_at_least(Vector a, Vector b) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
#elif defined(__AVX__)
  return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ)));
#elif defined(__SSE2__)
  return static_cast<std::uint32_t>(_mm_movemask_ps(_mm_cmpge_ps(a, b)));
#else
  std::uint32_t bits = 0;
  for (int i = 0; i < lanes; ++i) bits |= (a[i] >= b[i] ? 1U : 0U) << i;
  return bits;
#endif
}

/// counts + 1 in the lanes where a > b.
[[gnu::always_inline]] inline IntVector count_above(IntVector counts, Vector a, Vector b) {
#if defined(__AVX512F__)
  __m512i const before = reinterpret_cast<__m512i>(counts);
  return reinterpret_cast<IntVector>(
      _mm512_mask_add_epi32(before, _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), before, _mm512_set1_epi32(1)));
#else
  return counts - (a > b);
#endif
}

/// 2^x. Relative error below 3e-7 in [-126, 127]; below that 2^-126, above it 2^127: never infinite, never
/// denormal. NaN stays NaN. The integer part goes to the exponent, the rest in [-0.5, 0.5] through the Taylor
/// polynomial of degree 6 of exp(x ln 2).
[[gnu::always_inline]] inline Vector exp2(Vector x) {
  x = minimum(maximum(x, broadcast(-126.0F)), broadcast(127.0F));
  Vector const shift =
      broadcast(12582912.0F);  // 1.5 * 2^23: adding it rounds to an integer in the low mantissa bits
  Vector const shifted = x + shift;
  Vector const f = x - (shifted - shift);
  Vector y = broadcast(1.535336188319500e-4F);
  y = y * f + 1.339887440266574e-3F;
  y = y * f + 9.618437357674640e-3F;
  y = y * f + 5.550332471162809e-2F;
  y = y * f + 2.402264791363012e-1F;
  y = y * f + 6.931472028550421e-1F;
  y = y * f + 1.0F;
  return reinterpret_cast<Vector>(reinterpret_cast<IntVector>(y) +
                                  (reinterpret_cast<IntVector>(shifted) << 23));
}

/// 2^x for x below 127.5. Relative error below 2e-7 from -126 on; below that exactly 0. NaN stays NaN. As
/// exp2, but the polynomial is the minimax one of degree 5 with constant 1, and the exponent's bias is in the
/// rounding constant already: its low bits, shifted, are 2^n.
[[gnu::always_inline]] inline Vector power_of_two(Vector x) {
  Vector const shift = broadcast(12582912.0F + 127.0F);
  Vector const shifted = x + shift;
  Vector const f = x - (shifted - shift);
  Vector y = broadcast(1.3264727094021412e-3F);
  y = y * f + 9.671512682432416e-3F;
  y = y * f + 5.550733743927386e-2F;
  y = y * f + 2.402224208466177e-1F;
  y = y * f + 6.931469775985432e-1F;
  y = y * f + 1.0F;
  y *= reinterpret_cast<Vector>(reinterpret_cast<IntVector>(shifted) << 23);
  return x < -126.0F ? Vector{} : y;
}

constexpr float log2_e = 1.4426950408889634F;
[[gnu::always_inline]] inline Vector exp(Vector x) { return exp2(x * log2_e); }

/// Error function, absolute error below 2e-7: the rational approximation of single precision maths libraries
/// (odd polynomial over even polynomial on [-4, 4], where it reaches +-1).
[[gnu::always_inline]] inline Vector erf(Vector x) {
  x = minimum(maximum(x, broadcast(-4.0F)), broadcast(4.0F));
  Vector const square = x * x;
  Vector top = broadcast(-2.72614225801306e-10F);
  top = top * square + 2.77068142495902e-08F;
  top = top * square - 2.10102402082508e-06F;
  top = top * square - 5.69250639462346e-05F;
  top = top * square - 7.34990630326855e-04F;
  top = top * square - 2.95459980854025e-03F;
  top = top * square - 1.60960333262415e-02F;
  Vector bottom = broadcast(-1.45660718464996e-05F);
  bottom = bottom * square - 2.13374055278905e-04F;
  bottom = bottom * square - 1.68282697438203e-03F;
  bottom = bottom * square - 7.37332916720468e-03F;
  bottom = bottom * square - 1.42647390514189e-02F;
  return x * top / bottom;
}

/// Calls work(offset, count) for whole vectors, then once for the rest.
template <typename Whole, typename Rest>
[[gnu::always_inline]] inline void in_vectors(std::int64_t count, Whole const& whole, Rest const& rest) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) whole(i);
  if (i < count) rest(i, count - i);
}

/// sum_i a_i b_i, one accumulator.
[[gnu::always_inline]] inline float dot(float const* a, float const* b, std::int64_t count) {
  Vector total{};
  in_vectors(
      count, [&](std::int64_t i) { total += load(a + i) * load(b + i); },
      [&](std::int64_t i, std::int64_t n) { total += load_some(a + i, n) * load_some(b + i, n); });
  return sum(total);
}

/// y += factor * x
[[gnu::always_inline]] inline void add_scaled(float factor, float const* x, float* y, std::int64_t count) {
  in_vectors(
      count, [&](std::int64_t i) { store(y + i, load(y + i) + factor * load(x + i)); },
      [&](std::int64_t i, std::int64_t n) {
        store_some(y + i, load_some(y + i, n) + factor * load_some(x + i, n), n);
      });
}

}  // namespace
}  // namespace cislens::cpu
