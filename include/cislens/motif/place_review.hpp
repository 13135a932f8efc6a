#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/motif/position_profile.hpp"
#include "cislens/motif/sites.hpp"

#include <span>
#include <vector>

namespace cislens {

/// Where a motif prefers to stand.
struct SitePlaces {
  PositionProfile along;   ///< the records, from their middle
  int beside = -1;         ///< the motif that it stands beside; -1: none
  PositionProfile around;  ///< sites of `beside`, from their middle and read forward

  /// Times the limit that a candidate's p may be where it is preferred most.
  double highest() const { return along.highest() * around.highest(); }
};

/// A place that its motif prefers r times over others needs a p of r times the limit only: p of such motifs'
/// candidates is divided by r, and those above the limit go. Chance gives as many sites as without, for r is
/// 1 in the mean (weighted tests: Genovese, Roeder & Wasserman 2006). Near a motif that it stands beside, r
/// is that of all its candidates that are left (p within the limit, whether or not they will be sites), in
/// the mean; elsewhere 1. So candidates must be those of a whole sequence.
/// @param places     by motif
/// @param p_limits   by motif; these and the sequences must outlive it
/// @param sequences  as the sites will count them
CandidateReview review_places(std::vector<SitePlaces> places, std::span<double const> p_limits,
                              std::span<Bases const> sequences);

}  // namespace cislens
