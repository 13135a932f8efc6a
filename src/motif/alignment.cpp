#include "cislens/motif/alignment.hpp"

#include "cislens/motif/pwm.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr double tie = 1e-9;

bool better(Alignment const& a, Alignment const& b) {
  if (std::abs(a.correlation - b.correlation) > tie) return a.correlation > b.correlation;
  return a.overlap > b.overlap;
}

void try_offsets(MotifMatrix const& a, MotifMatrix const& b, int min_overlap, char strand, Alignment& best) {
  int const least = std::clamp(min_overlap, 1, std::min(a.width(), b.width()));
  for (int offset = least - b.width(); offset <= a.width() - least; ++offset) {
    int const overlap = std::min(a.width(), offset + b.width()) - std::max(0, offset);
    Alignment const candidate{aligned_correlation(a, b, offset), offset, strand, overlap};
    if (best.overlap == 0 || better(candidate, best)) best = candidate;
  }
}

}  // namespace

double aligned_correlation(MotifMatrix const& a, MotifMatrix const& b, int offset) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  int const end = std::min(a.width(), offset + b.width());
  for (int column = std::max(0, offset); column < end; ++column) {
    for (int base = 0; base < 4; ++base) {
      double const x = a.rows[column][base] - 0.25;
      double const y = b.rows[column - offset][base] - 0.25;
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
  }
  double const norm = std::sqrt(aa * bb);
  return norm > 1e-12 ? ab / norm : 0;
}

Alignment best_alignment(MotifMatrix const& a, MotifMatrix const& b, int min_overlap) {
  Alignment best;
  if (a.rows.empty() || b.rows.empty()) return best;
  try_offsets(a, b, min_overlap, '+', best);
  try_offsets(a, reverse_complement(b), min_overlap, '-', best);
  return best;
}

}  // namespace cislens
