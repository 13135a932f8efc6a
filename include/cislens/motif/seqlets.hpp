#pragma once

#include "cislens/motif/seqlet.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace cislens {

/// What one head says about every base of every sequence.
struct HeadTracks {
  int head = -1;                           ///< copied to Seqlet::head; -1: all heads together
  std::vector<std::vector<float>> tracks;  ///< [sequence][base], finite
  /// [copy][base]: the same score on shuffled copies of the sequences; any number of copies, any order.
  std::vector<std::vector<float>> shuffled;
};

struct SeqletOptions {
  int smooth_bp = 5;       ///< odd, width of the moving average; at the ends the average of what is there
  int width_bp = 31;       ///< odd, width of a seqlet around its maximum, cut at the ends of the sequence
  double target_p = 0.05;  ///< maxima with a larger p-value are no seqlets
};

/// Non-overlapping maxima of the smoothed score that shuffled copies seldom reach.
///
/// In every track the highest smoothed value becomes a maximum, the maxima that would overlap it (closer than
/// `width_bp`) are given up, and so on. The same is done in the shuffled copies. For a maximum of height s
///
///   p = (1 + shuffled maxima of the same head >= s) / (1 + shuffled maxima of the same head),
///
/// and q is Benjamini-Hochberg over all maxima of all heads, before those with p > target_p are left out.
///
/// @param heads      how many
/// @param tracks_of  called once for each of 0 ... heads - 1, in order; one head's tracks are held at a time
/// @return sorted by sequence, start, head
/// @throws ShapeError  heads with different numbers of sequences, tracks of unequal length for one sequence,
/// a
///                     head with tracks but without shuffled copies, an even or non-positive width
/// @throws NumericalError  a score is not finite
std::vector<Seqlet> find_seqlets(int heads, std::function<HeadTracks(int head)> const& tracks_of,
                                 SeqletOptions const& options);

}  // namespace cislens
