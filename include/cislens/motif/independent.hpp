#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/motif/discovery.hpp"
#include "cislens/motif/merge.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace cislens {

/// A motif that tells something beside those taken before it.
struct IndependentMotif {
  std::size_t index = 0;     ///< in the list that was given
  double holdout_log_p = 0;  ///< Fisher's exact test on what those before it leave of the hold-out, ln
};

/// Which motifs of a list are no mere look-alikes, blends or pieces of others in it.
///
/// 1. Forward selection. In each step the motif whose sites explain most of what is left of the fit positives
///    (ln likelihood ratio less a Schwarz price of its columns) is tested on what is left of the hold-out, at
///    the threshold that fits the fit part best. It is kept if p is at most `max_p`, or at most 0.05 while it
///    is worth its price, and its sites are taken out. Motifs that are the same (`same`) as a kept one are
///    passed over, and so is a blend: a motif without which those like it explain more than with it.
/// 2. Each kept motif gives its place to whichever of those that are the same explains more beside all
/// others.
///
/// @return those kept, in the order taken; equal for any number of threads
/// @throws Interrupted  a signal asked to stop
std::vector<IndependentMotif> independent_motifs(std::span<MotifMatrix const> motifs,
                                                 DiscoveryInput const& input, double max_p,
                                                 MergeOptions const& same, Threads& threads);

}  // namespace cislens
