#pragma once

#include "simd.hpp"

#include <cstdint>

// The one product of the attention kernels: C (+)= A B with B and C row-major, A in any strides (so A may be
// transposed).
namespace cislens::cpu {
namespace {

/// `rows` x `vectors` registers of C are kept while k runs. The sum over k is in order for every element,
/// whichever tile it falls into: a result does not depend on how many rows were multiplied with it.
template <int rows, int vectors, bool accumulate>
[[gnu::always_inline]] inline void multiply_tile(float const* a, std::int64_t a_row, std::int64_t a_column,
                                                 float const* b, std::int64_t b_row, float* c,
                                                 std::int64_t c_row, std::int64_t inner) {
  Vector total[rows][vectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) total[r][v] = accumulate ? load(c + r * c_row + v * lanes) : Vector{};
  }
  for (std::int64_t k = 0; k < inner; ++k) {
    Vector right[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) right[v] = load(b + k * b_row + v * lanes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      Vector const left = broadcast(a[r * a_row + k * a_column]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) total[r][v] += left * right[v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) store(c + r * c_row + v * lanes, total[r][v]);
  }
}

/// How many rows of C fit the registers beside `vectors` of B: 32 registers with AVX-512, else 16.
template <int vectors>
constexpr int tile_rows = lanes == 16 ? (vectors == 4 ? 6 : 12) : (vectors == 1 ? 8 : 6);
constexpr int widest_tile = lanes == 16 ? 4 : 2;

template <int vectors, bool accumulate>
[[gnu::always_inline]] inline void multiply_columns(std::int64_t rows, std::int64_t inner, float const* a,
                                                    std::int64_t a_row, std::int64_t a_column, float const* b,
                                                    std::int64_t b_row, float* c, std::int64_t c_row) {
  constexpr int tall = tile_rows<vectors>;
  std::int64_t r = 0;
  for (; r + tall <= rows; r += tall) {
    multiply_tile<tall, vectors, accumulate>(a + r * a_row, a_row, a_column, b, b_row, c + r * c_row, c_row,
                                             inner);
  }
  for (; r + 3 <= rows; r += 3) {
    multiply_tile<3, vectors, accumulate>(a + r * a_row, a_row, a_column, b, b_row, c + r * c_row, c_row,
                                          inner);
  }
  for (; r < rows; ++r) {
    multiply_tile<1, vectors, accumulate>(a + r * a_row, a_row, a_column, b, b_row, c + r * c_row, c_row,
                                          inner);
  }
}

/// C (rows, columns) (+)= A (rows, inner) B (inner, columns). @pre columns is a multiple of lanes
template <bool accumulate>
inline void multiply(std::int64_t rows, std::int64_t columns, std::int64_t inner, float const* a,
                     std::int64_t a_row, std::int64_t a_column, float const* b, std::int64_t b_row, float* c,
                     std::int64_t c_row) {
  std::int64_t j = 0;
  for (; j + widest_tile * lanes <= columns; j += widest_tile * lanes) {
    multiply_columns<widest_tile, accumulate>(rows, inner, a, a_row, a_column, b + j, b_row, c + j, c_row);
  }
  for (; j + 2 * lanes <= columns; j += 2 * lanes) {
    multiply_columns<2, accumulate>(rows, inner, a, a_row, a_column, b + j, b_row, c + j, c_row);
  }
  for (; j < columns; j += lanes) {
    multiply_columns<1, accumulate>(rows, inner, a, a_row, a_column, b + j, b_row, c + j, c_row);
  }
}

}  // namespace
}  // namespace cislens::cpu
