#pragma once

#include "cislens/writers/pairs.hpp"

#include <string>

namespace cislens {

/// Sequences by the gap of a pair, and behind them what exchanged sites give: mean, and a band of two
/// standard deviations.
std::string gap_figure(PairOccurrence const& pair);

/// The four orientations as bars, each with a mark where chance would end it.
std::string orientation_figure(PairOccurrence const& pair);

/// The called pairs as a network: motifs on a circle, lines as thick as the pairs are sure; dashed those that
/// a third motif explains. @pre at least one pair is called
std::string network_figure(PairTables const& tables);

/// A sequence with its sites and arcs between them. Without the pair network: arcs above the line join the
/// sites of called pairs. With it: an arc for every two sites that it has something to say about, above the
/// line where they add to the logit together and below where they take away, as wide as that is much; a dot
/// marks called pairs.
/// @param largest  size of the pair term that has the widest arc, of all examples
std::string pair_example_figure(PairExample const& example, PairTables const& tables, double largest);

/// The largest size of a pair term in the examples; 0: there are none.
double largest_pair_term(PairTables const& tables);

/// What the report says about pairs; empty when no motif is there.
std::string pair_section(PairTables const& tables);

}  // namespace cislens
