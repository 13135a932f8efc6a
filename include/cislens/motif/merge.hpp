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

/// One list from the lists of several heads: of motifs that are the same the one with the smallest hold-out p
/// (then most sites) stays, and head_share says what share of the sites of all of them each head saw. Motifs
/// of head -1 count for no head; a motif that only such a list has keeps shares of zero.
///
/// @return by hold-out p, the smallest first, ids M1, M2, ...
/// @throws ShapeError  a head outside [-1, options.heads)
std::vector<DiscoveredMotif> merge_motifs(std::span<HeadMotifs const> lists, MergeOptions const& options);

}  // namespace cislens
