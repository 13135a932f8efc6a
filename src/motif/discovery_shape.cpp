#include "cislens/motif/discovery_shape.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace cislens {

std::string consensus(MotifColumns const& columns) {
  constexpr std::string_view codes = "?ACMGRSVTWYHKDBN";  // bit 0 A, 1 C, 2 G, 3 T
  std::string result;
  for (auto const& column : columns) {
    std::array<int, 4> order{0, 1, 2, 3};
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return column[a] > column[b]; });
    double const first = column[order[0]];
    double const second = column[order[1]];
    int code = 15;
    if (first > 0.5 && first > 2 * second) {
      code = 1 << order[0];
    } else if (first + second > 0.75) {
      code = 1 << order[0] | 1 << order[1];
    }
    result += codes[code];
  }
  return result;
}

double motif_bits(MotifColumns const& columns, std::array<double, 4> const& background) {
  double bits = 0;
  for (auto const& column : columns) bits += column_bits(column, background);
  return bits;
}

bool low_complexity(MotifColumns const& columns, std::array<double, 4> const& background) {
  constexpr double most_outside = 0.15;  // of the information, in columns that contradict the repeat
  constexpr double most_bits = 0.4;      // in any one of them
  constexpr double agreement = 0.35;     // a column with less of the repeat's base contradicts it
  double const total = motif_bits(columns, background);
  for (std::size_t period = 1; period <= 3 && 2 * period <= columns.size(); ++period) {
    double outside = 0;
    double highest = 0;
    for (std::size_t phase = 0; phase < period; ++phase) {
      double least = std::numeric_limits<double>::infinity();
      double least_highest = 0;
      for (std::size_t base = 0; base < 4; ++base) {
        double sum = 0;
        double most = 0;
        for (std::size_t c = phase; c < columns.size(); c += period) {
          if (columns[c][base] >= agreement) continue;
          double const bits = column_bits(columns[c], background);
          sum += bits;
          most = std::max(most, bits);
        }
        if (sum < least) {
          least = sum;
          least_highest = most;
        }
      }
      outside += least;
      highest = std::max(highest, least_highest);
    }
    if (outside < most_outside * total && highest < most_bits) return true;
  }
  return false;
}

MotifColumns reverse_complement(MotifColumns const& columns) {
  MotifColumns result(columns.rbegin(), columns.rend());
  for (auto& column : result) std::reverse(column.begin(), column.end());
  return result;
}

}  // namespace cislens
