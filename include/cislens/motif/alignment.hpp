#pragma once

#include "cislens/base/motif_matrix.hpp"

namespace cislens {

/// How one motif lies on another.
struct Alignment {
  double correlation = 0;  ///< over the aligned columns, -1 to 1
  int offset = 0;          ///< column 0 of the second motif lies at this column of the first; may be negative
  char strand = '+';       ///< '-': the second motif is reverse-complemented before it is laid on the first
  int overlap = 0;         ///< aligned columns; 0: the motifs cannot be aligned
};

/// Pearson correlation of the aligned columns, flattened, after subtracting 0.25 from every probability.
/// Every column then sums to 0, so it is also the cosine. 0 when one side is uniform throughout.
/// @param offset  column 0 of `b` lies at this column of `a`
double aligned_correlation(MotifMatrix const& a, MotifMatrix const& b, int offset);

/// The offset and strand with the highest correlation. Ties (within 1e-9): the longer overlap, then '+', then
/// the smaller offset.
/// @param min_overlap  columns that must be aligned, >= 1; never asked more than the shorter motif has
/// @return overlap 0 and correlation 0 when a motif is empty
Alignment best_alignment(MotifMatrix const& a, MotifMatrix const& b, int min_overlap);

}  // namespace cislens
