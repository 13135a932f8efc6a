#pragma once

#include "cislens/base/errors.hpp"
#include "cislens/tensor/view.hpp"

#include <string>

namespace cislens {

inline std::string describe(ConstView x) {
  return "(" + std::to_string(x.rows) + ", " + std::to_string(x.columns) + ")";
}

/// @throws ShapeError  unless x is (rows, columns)
inline void require_shape(char const* what, ConstView x, std::int64_t rows, std::int64_t columns) {
  if (x.rows == rows && x.columns == columns) return;
  throw ShapeError(std::string(what) + " is " + describe(x) + ", needed is (" + std::to_string(rows) + ", " +
                   std::to_string(columns) + ")");
}

/// The same, and its rows follow each other without gaps.
inline void require_contiguous(char const* what, ConstView x, std::int64_t rows, std::int64_t columns) {
  require_shape(what, x, rows, columns);
  if (!x.contiguous()) throw ShapeError(std::string(what) + " has gaps between its rows");
}

/// As require_contiguous, but an empty view is fine.
inline void require_optional(char const* what, ConstView x, std::int64_t rows, std::int64_t columns) {
  if (!x.empty()) require_contiguous(what, x, rows, columns);
}

inline void require(bool condition, char const* what) {
  if (!condition) throw ShapeError(what);
}

}  // namespace cislens
