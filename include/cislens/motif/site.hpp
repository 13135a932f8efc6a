#pragma once

#include <cstdint>

namespace cislens {

/// A binding site: an instance of a motif in a sequence that no better overlapping candidate displaced.
struct Site {
  std::int64_t sequence = 0;
  std::int64_t start = 0;  ///< 0-based, half-open, in the sequence
  std::int64_t end = 0;
  char strand = '+';
  int motif = 0;     ///< index of the motif
  double score = 0;  ///< log-odds, bits
  double p = 1;      ///< exact P(a score at least as high) at one place and strand, over review_places' ratio
  double attribution = 0;    ///< the network's score there, summed over the site
  double attribution_q = 1;  ///< against windows of the shuffled copies
  int head = -1;             ///< head with the largest share of the attribution, -1: none

  bool operator==(Site const&) const = default;
};

}  // namespace cislens
