#pragma once

#include "cislens/motif/motif.hpp"

#include <span>
#include <vector>

namespace cislens {

/// The motifs that the windows of one head gave.
struct HeadMotifs {
  int head = -1;  ///< -1: found on the windows of all heads together
  std::vector<DiscoveredMotif> motifs;
};

struct MergeOptions {
  int heads = 1;                  ///< length of every head_share
  double min_correlation = 0.95;  ///< over the aligned columns of two motifs that are the same
  double min_overlap = 0.75;      ///< aligned columns over the columns of the shorter motif
};

/// Whether two motifs are one but for details, by the limits of `options`: the strictest of the rules by
/// which motifs are compared (discovery_shape.hpp has those of the search, pair_clusters.hpp that of pairs).
bool same_motif(MotifMatrix const& a, MotifMatrix const& b, MergeOptions const& options = {});

/// The motifs kept, by hold-out p, the smallest first, ids M1, M2, ... (also where another stands `beside`
/// them); head_share says what share of the sites of all motifs in the lists that are the same as it (the
/// most alike, when it could be several) each head saw. Motifs of head -1 count for no head; a motif that
/// only such a list has keeps shares of zero.
///
/// @throws ShapeError  a head outside [-1, options.heads)
std::vector<DiscoveredMotif> merge_motifs(std::vector<DiscoveredMotif> kept,
                                          std::span<HeadMotifs const> lists, MergeOptions const& options);

}  // namespace cislens
