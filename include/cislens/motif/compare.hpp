#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/motif.hpp"

#include <span>
#include <vector>

namespace cislens {

struct CompareOptions {
  int min_overlap = 5;  ///< columns that must be aligned, or all of the shorter motif when it has fewer
};

/// Compares every query with every motif of a database.
///
/// Two columns x, y are compared by −√(1 − cos), the cosine taken of (x − ¼, c) and (y − ¼, c) with a small
/// constant c: like a Pearson correlation it does not mind that one motif is softer than the other, like a
/// Euclidean distance it says that two uniform columns are alike. The score of an alignment is the sum over
/// its aligned columns, each minus the median of that query column against all database columns, so that
/// unaligned columns count 0 and alignments of any length compare.
///
/// The null is a database whose columns stand in random order: per query column the histogram over all
/// database columns of both strands, per alignment their convolution, exact for the discretised scores (0 to
/// 100). The p-value of a match allows for all its offsets and both strands: 1 − Π (1 − P(score >= best)). q:
/// Benjamini-Hochberg over the database, for each query by itself. Sources: Gupta, Stamatoyannopoulos,
/// Bailey, Noble 2007, Genome Biol. 8, R24 (null, p); Tanaka, Bailey, Grant, Noble 2011, Bioinformatics 27,
/// 1603 (median, all columns).
///
/// @return per query one match for every database motif, best first: by p, then correlation, then database
/// order.
///         A query or database motif without columns has p = q = 1 and overlap 0.
std::vector<std::vector<DatabaseMatch>> compare_to_database(std::span<MotifMatrix const> queries,
                                                            std::span<MotifMatrix const> database,
                                                            CompareOptions const& options, Threads& threads);

}  // namespace cislens
