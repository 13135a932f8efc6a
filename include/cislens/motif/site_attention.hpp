#pragma once

#include "cislens/motif/site.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Attention that each base of one record receives from each head.
struct ReceivedTrack {
  std::int64_t length = 0;
  std::span<float const> values;  ///< (heads, length)
};

/// How much one head looks at the sites of one motif.
struct SiteAttention {
  int head = 0;
  int motif = 0;
  std::int64_t records = 0;  ///< with a site of it and places outside
  double at_sites = 0;       ///< mean over records of the attention a base inside the sites receives
  double elsewhere = 0;      ///< the same outside, in the same records
  double enrichment = 0;     ///< at_sites / elsewhere; NaN when nothing is received elsewhere
  double p = 1;              ///< records in which sites receive more: Wilcoxon signed-rank, one-sided
  double q = 1;              ///< Benjamini-Hochberg over all heads and motifs that were tested
};

/// Attention at the sites of each motif and elsewhere, a record at a time. Inside is compared with outside in
/// each record by itself, so that records that receive more attention as a whole do not matter.
class SiteAttentionSums {
 public:
  SiteAttentionSums(int heads, int motifs);

  /// @param sites  of this record; their `sequence` is not looked at
  /// @throws ShapeError  the track is not (heads, length), or a site lies outside of it
  void add(ReceivedTrack const& track, std::span<Site const> sites);

  /// @param least_records  fewer with a site: not tested, p and q are NaN
  /// @return heads * motifs entries, head by head
  std::vector<SiteAttention> result(std::int64_t least_records) const;

 private:
  struct Comparison {
    double inside = 0;  ///< sums over records of means over bases
    double outside = 0;
    std::vector<double> differences;  ///< inside - outside, one a record
  };

  int heads_, motifs_;
  std::vector<Comparison> comparisons_;  ///< (heads, motifs)
};

/// The entry of a head with the highest enrichment among those with q <= q_limit and enrichment > 1; null:
/// none.
SiteAttention const* favourite(std::span<SiteAttention const> all, int head, double q_limit);

/// ln of the one-sided p-value of the Wilcoxon signed-rank test that differences are above 0: exact up to 25
/// differences without ties, else normal with tie and continuity correction. Zeros are left out; 0 when none
/// is left.
/// Source: Wilcoxon 1945, Biometrics Bull. 1, 80; ties: Pratt, Gibbons 1981, Concepts of Nonparametric
/// Theory.
double signed_rank_log_p(std::span<double const> differences);

}  // namespace cislens
