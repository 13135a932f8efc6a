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

/// A sequence with its sites, and arcs between those that make a called pair.
std::string pair_example_figure(PairExample const& example, PairTables const& tables);

/// What the report says about pairs; empty when no motif is there.
std::string pair_section(PairTables const& tables);

}  // namespace cislens
