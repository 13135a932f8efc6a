#include "cislens/motif/discovery_shape.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/merge.hpp"
#include "cislens/motif/pwm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cislens {

std::string consensus(MotifColumns const& columns) { return iupac_consensus({"", "", columns, 0}); }

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

MotifMatrix to_matrix(MotifModel const& model) {
  MotifMatrix matrix;
  matrix.rows = model.columns;
  matrix.sites = model.sites;
  return matrix;
}

MotifModel to_model(MotifMatrix const& matrix, std::array<double, 4> const& background) {
  constexpr double least_sites = 20;
  MotifModel model;
  model.around = background;
  for (auto const& row : matrix.rows) {
    std::array<double, 4> counts{};
    for (std::size_t b = 0; b < 4; ++b) counts[b] = row[b] * std::max(least_sites, matrix.sites);
    model.columns.push_back(to_probabilities(counts, background));
  }
  return model;
}

bool kinds_of_one(MotifModel const& a, MotifModel const& b) {
  constexpr double distinct_correlation = 0.8;
  return best_alignment(to_matrix(a), to_matrix(b), 6).correlation >= distinct_correlation;
}

bool look_alike(MotifModel const& a, MotifModel const& b) {
  constexpr double same_correlation = 0.85;
  constexpr double same_information = 0.75;
  MotifMatrix const first = to_matrix(a);
  MotifMatrix const second = to_matrix(b);
  int const shorter = std::min(first.width(), second.width());
  for (int columns = std::min(6, shorter); columns <= shorter; ++columns) {
    auto const match = best_alignment(first, second, columns);
    if (match.correlation < same_correlation) continue;
    int const begin = std::max(0, match.offset);
    MotifColumns const shared(first.rows.begin() + begin, first.rows.begin() + begin + match.overlap);
    double const least = std::min(motif_bits(a.columns, a.around), motif_bits(b.columns, b.around));
    if (motif_bits(shared, a.around) >= same_information * least) return true;
  }
  return false;
}

bool side_by_side(MotifModel const& whole, MotifModel const& a, MotifModel const& b) {
  auto const span = [&](MotifModel const& piece) {
    auto const match = best_alignment(to_matrix(whole), to_matrix(piece), 6);
    int const first = std::max(0, match.offset);
    return ColumnRange{first, first + match.overlap};
  };
  ColumnRange const one = span(a);
  ColumnRange const two = span(b);
  int const shared = std::min(one.last, two.last) - std::max(one.first, two.first);
  return 2 * shared < std::min(one.last - one.first, two.last - two.first);
}

}  // namespace cislens
