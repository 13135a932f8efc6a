#pragma once

#include <cstdint>

namespace cislens {

/// A stretch of a sequence that the network looked at: a maximum of a head's score that shuffled copies do
/// not reach.
struct Seqlet {
  std::int64_t sequence = 0;  ///< index of the sequence
  std::int64_t start = 0;     ///< 0-based, half-open, in the sequence
  std::int64_t end = 0;
  int head = -1;     ///< which head, -1: all heads together
  double score = 0;  ///< height of the maximum
  double p = 1;      ///< share of maxima in shuffled copies that are as high
  double q = 1;      ///< Benjamini-Hochberg over all seqlets of the run
};

}  // namespace cislens
