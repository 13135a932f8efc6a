#include "cislens/motif/em_scan.hpp"

#include "cislens/base/errors.hpp"

#include <cmath>
#include <string>

namespace cislens {

ScoreTable::ScoreTable(MotifColumns const& columns)
    : width_(static_cast<int>(columns.size())), quads_((width_ + 3) / 4), table_(quads_ * 256) {
  if (quads_ < 1 || quads_ > 10) {
    throw ShapeError("a motif of " + std::to_string(width_) + " columns cannot be looked for: 1 to 40 can");
  }
  auto const units = [&](int column, int base) {
    if (column < 0 || column >= width_) return 0;
    return static_cast<int>(std::lround(std::log(columns[column][base]) * score_units_per_nat));
  };
  for (int quad = 0; quad < quads_; ++quad) {
    for (int code = 0; code < 256; ++code) {
      Pair sum = {0, 0};
      for (int i = 0; i < 4; ++i) {
        int const base = (code >> (6 - 2 * i)) & 3;
        int const column = 4 * quad + i;
        sum += Pair{units(column, base), units(width_ - 1 - column, 3 - base)};
      }
      table_[quad * 256 + code] = sum;
    }
  }
}

}  // namespace cislens
