#pragma once

#include "simd.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <utility>

// Products of matrices: C = start + A B, sums in float32. A tile of C stays in registers while k runs; B
// comes in panels of `panel_columns` columns, which are B itself where it lies suitably and else a copy. An
// element of C is its start plus its products in the order of k: it does not depend on which rows or columns
// are computed with it.
namespace cislens::cpu {
namespace {

constexpr std::int64_t panel_columns = 2 * lanes;
constexpr int tallest_tile = lanes == 16 ? 12 : 6;     // rows whose sums fit the registers beside a row of B
constexpr std::int64_t inner_block = 512;              // k at a time: measured best of 64 ... 512
constexpr std::int64_t row_block = 12 * tallest_tile;  // these rows of A stay in L2 from panel to panel

/// Element (i, j) is data[i * row + j * column].
struct Strided {
  float const* data;
  std::int64_t row, column;

  Strided at(std::int64_t i, std::int64_t j) const { return {data + i * row + j * column, row, column}; }
};

/// C = bias (or nothing) + rows of `from` (or nothing) + A B. `from` may be C itself.
struct ProductOutput {
  float const* bias;
  float const* from;
  std::int64_t from_row;
  float* to;
  std::int64_t to_row;

  ProductOutput at(std::int64_t i, std::int64_t j) const {
    return {bias == nullptr ? nullptr : bias + j, from == nullptr ? nullptr : from + i * from_row + j,
            from_row, to + i * to_row + j, to_row};
  }
};

template <typename Element>
struct Left {
  Element const* data;
  std::int64_t row, column;
};

/// What a tile multiplies: rows of A in elements of some type, and a panel of B in the same.
template <typename Element>
struct TileOperands {
  Element const* left;
  std::int64_t left_row, left_column;
  Element const* panel;
  std::int64_t panel_row;
  std::int64_t steps;  // how often the sums of a tile are added to
};

template <int rows>
[[gnu::always_inline]] inline void start_tile(ProductOutput const& c, Vector (&total)[rows][2]) {
#pragma GCC unroll 2
  for (int v = 0; v < 2; ++v) {
    Vector const bias = c.bias == nullptr ? Vector{} : load(c.bias + v * lanes);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
      total[r][v] = c.from == nullptr ? bias : bias + load(c.from + r * c.from_row + v * lanes);
  }
}

template <int rows>
[[gnu::always_inline]] inline void store_tile(ProductOutput const& c, Vector const (&total)[rows][2]) {
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
    store(c.to + r * c.to_row, total[r][0]);
    store(c.to + r * c.to_row + lanes, total[r][1]);
  }
}

template <int rows>
void float_tile(TileOperands<float> const& x, ProductOutput const& c) {
  Vector total[rows][2];
  start_tile(c, total);
  float const* left = x.left;
  float const* right = x.panel;
  for (std::int64_t k = 0; k < x.steps; ++k, left += x.left_column, right += x.panel_row) {
    Vector const first = load(right);
    Vector const second = load(right + lanes);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      Vector const value = broadcast(left[r * x.left_row]);
      total[r][0] += value * first;
      total[r][1] += value * second;
    }
  }
  store_tile(c, total);
}

template <typename Element>
using Tile = void (*)(TileOperands<Element> const&, ProductOutput const&);

/// Tiles of 1, 2, ... rows.
template <typename Element>
using Tiles = std::array<Tile<Element>, tallest_tile>;

template <int... counts>
constexpr Tiles<float> float_tiles(std::integer_sequence<int, counts...>) {
  return {float_tile<counts + 1>...};
}

template <int width, int... j>
[[gnu::always_inline]] inline void exchange(Vector& a, Vector& b, std::integer_sequence<int, j...>) {
  Vector const low = __builtin_shufflevector(a, b, ((j & width) != 0 ? lanes + j - width : j)...);
  b = __builtin_shufflevector(a, b, ((j & width) != 0 ? lanes + j : j + width)...);
  a = low;
}

/// A square of lanes x lanes numbers is mirrored at its diagonal: squares of 1, 2, 4, ... change places.
template <int width>
[[gnu::always_inline]] inline void transpose(Vector (&rows)[lanes]) {
  if constexpr (width < lanes) {
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) {
      if ((i & width) == 0)
        exchange<width>(rows[i], rows[i + width], std::make_integer_sequence<int, lanes>());
    }
    transpose<2 * width>(rows);
  }
}

/// to (lanes, panel_columns)[., j] = column j of the square that starts at `from`, consecutive numbers of
/// which are `step` floats apart from those of the next j.
[[gnu::always_inline]] inline void pack_square(float const* from, std::int64_t step, float* to) {
  Vector rows[lanes];
#pragma GCC unroll 16
  for (int j = 0; j < lanes; ++j) rows[j] = load(from + j * step);
  transpose<1>(rows);
#pragma GCC unroll 16
  for (int k = 0; k < lanes; ++k) store(to + k * panel_columns, rows[k]);
}

/// Rows [first, count) of a panel, number by number.
inline void pack_rest(Strided const& from, std::int64_t first, std::int64_t count, std::int64_t columns,
                      float* to) {
  for (std::int64_t k = first; k < count; ++k) {
    float* const row = to + k * panel_columns;
    for (std::int64_t j = 0; j < columns; ++j) row[j] = from.data[k * from.row + j * from.column];
    for (std::int64_t j = columns; j < panel_columns; ++j) row[j] = 0;
  }
}

/// to (count, panel_columns) = rows [0, count) of `from`, columns behind `columns` zero.
inline void pack_panel(Strided const& from, std::int64_t count, std::int64_t columns, float* to) {
  std::int64_t k = 0;
  if (from.row == 1 && columns == panel_columns) {
    for (; k + lanes <= count; k += lanes) {
      pack_square(from.data + k, from.column, to + k * panel_columns);
      pack_square(from.data + k + lanes * from.column, from.column, to + k * panel_columns + lanes);
    }
  }
  pack_rest(from, k, count, columns, to);
}

/// How operands are brought into the form a tile takes. This one: floats as they are.
struct FloatOperands {
  using Element = float;
  static constexpr auto tiles = float_tiles(std::make_integer_sequence<int, tallest_tile>());

  static constexpr std::int64_t steps(std::int64_t inner) { return inner; }
  /// Whether a tile can read a panel of B where it lies.
  static bool in_place(Strided const& b, std::int64_t columns) {
    return b.column == 1 && columns == panel_columns;
  }
  static void panel(Strided const& from, std::int64_t inner, std::int64_t columns, Element* to) {
    pack_panel(from, inner, columns, to);
  }
  /// A's block, itself or a copy in `scratch` (rows * inner numbers).
  static Left<Element> left(Strided const& from, std::int64_t /*rows*/, std::int64_t /*inner*/,
                            Element* /*scratch*/) {
    return {from.data, from.row, from.column};
  }
};

/// A tile of fewer than panel_columns columns goes through memory that has them all.
template <typename Element>
void edge_tile(Tile<Element> tile, TileOperands<Element> const& x, ProductOutput const& c, std::int64_t rows,
               std::int64_t columns) {
  float part[tallest_tile * panel_columns] = {};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t j = 0; j < columns; ++j) {
      part[r * panel_columns + j] =
          (c.bias == nullptr ? 0.0F : c.bias[j]) + (c.from == nullptr ? 0.0F : c.from[r * c.from_row + j]);
    }
  }
  tile(x, {nullptr, part, panel_columns, part, panel_columns});
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(part + r * panel_columns, columns, c.to + r * c.to_row);
}

struct ProductSize {
  std::int64_t rows, columns, inner;
};

constexpr std::int64_t round_up(std::int64_t count, std::int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

/// Floats of scratch memory of a product, for operands of any kind: panels of B, a block of A.
inline std::int64_t product_scratch(std::int64_t columns) {
  return inner_block * (round_up(columns, panel_columns) + row_block);
}

/// Panels of one block of k: copies where a tile cannot read B itself.
template <typename Operands>
void pack_panels(Strided const& b, std::int64_t inner, std::int64_t columns,
                 typename Operands::Element* panels) {
  for (std::int64_t j = 0; j < columns; j += panel_columns) {
    std::int64_t const width = std::min(panel_columns, columns - j);
    if (!Operands::in_place(b, width))
      Operands::panel(b.at(0, j), inner, width, panels + j * Operands::steps(inner));
  }
}

/// Rows of one block of A against all panels of one block of k.
template <typename Operands>
void multiply_block(Left<typename Operands::Element> const& a, Strided const& b,
                    typename Operands::Element const* panels, ProductOutput const& c,
                    ProductSize const& size) {
  using Element = typename Operands::Element;
  std::int64_t const steps = Operands::steps(size.inner);
  for (std::int64_t j = 0; j < size.columns; j += panel_columns) {
    std::int64_t const width = std::min(panel_columns, size.columns - j);
    Left<Element> panel{panels + j * steps, panel_columns, 1};
    if constexpr (std::is_same_v<Element, float>) {
      if (Operands::in_place(b, width)) panel = {b.at(0, j).data, b.row, 1};
    }
    for (std::int64_t i = 0; i < size.rows; i += tallest_tile) {
      std::int64_t const height = std::min<std::int64_t>(tallest_tile, size.rows - i);
      TileOperands<Element> const x{a.data + i * a.row, a.row, a.column, panel.data, panel.row, steps};
      Tile<Element> const tile = Operands::tiles[static_cast<std::size_t>(height - 1)];
      if (width == panel_columns) {
        tile(x, c.at(i, j));
      } else {
        edge_tile(tile, x, c.at(i, j), height, width);
      }
    }
  }
}

/// @param scratch  product_scratch(size.columns) floats
template <typename Operands>
void product(ProductSize const& size, Strided const& a, Strided const& b, ProductOutput c, float* scratch) {
  using Element = typename Operands::Element;
  auto* const panels = reinterpret_cast<Element*>(scratch);
  auto* const copy = panels + inner_block * round_up(size.columns, panel_columns);
  for (std::int64_t k = 0; k == 0 || k < size.inner; k += inner_block) {
    std::int64_t const inner = std::min(inner_block, size.inner - k);
    pack_panels<Operands>(b.at(k, 0), inner, size.columns, panels);
    for (std::int64_t i = 0; i < size.rows; i += row_block) {
      ProductSize const part{std::min(row_block, size.rows - i), size.columns, inner};
      multiply_block<Operands>(Operands::left(a.at(i, k), part.rows, inner, copy), b.at(k, 0), panels,
                               c.at(i, 0), part);
    }
    c = {nullptr, c.to, c.to_row, c.to, c.to_row};
  }
}

}  // namespace
}  // namespace cislens::cpu
