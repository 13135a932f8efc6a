#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/motif/scan.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// What a candidate is worth beyond the limit.
enum class SiteWeight {
  rarity,    ///< log10(p_limit / p): how much rarer so high a score is by chance than the motif's limit
  evidence,  ///< the mean of that and of log10 of the likelihood ratio to the background times p_limit: among
             ///< look-alikes the word's own motif wins more often than by either alone
};

/// Which candidates of one sequence are sites: the set that does not overlap and whose weights sum highest
/// (weighted interval scheduling, O(n log n)). Sites of different motifs exclude each other as those of one
/// motif do. Counting only what exceeds the limit keeps two sites that just pass it from displacing a strong
/// one between them.
///
/// Candidates that hang together by overlaps compete among themselves: what is far away changes nothing, and
/// they can come piece by piece. Ties are decided reading the stretch that they cover or its reverse
/// complement, whichever is smaller as a word, so that a sequence and its reverse complement give mirrored
/// sites. Of a stretch that is its own reverse complement the bases around it decide, outwards; where they
/// are symmetric to both ends of the sequence, the reading direction. In that direction: fewer sites, then
/// the earlier one, the lower motif, '+'.
class Competition {
 public:
  /// @param p_limits        the limits that the candidates passed, by motif; must outlive the competition
  /// @param sequence        must outlive the competition
  /// @param sequence_index  copied into the sites
  Competition(std::span<double const> p_limits, SiteWeight weight, BasesView sequence,
              std::int64_t sequence_index)
      : p_limits_(p_limits), weight_(weight), sequence_(sequence), index_(sequence_index) {}

  /// @param candidates  by start; none starts before one that was added earlier
  void add(std::span<Candidate const> candidates);
  /// Appends the sites that no candidate which starts at `next` or later can displace, by start, and forgets
  /// theirs. Attribution fields are as in an untouched Site.
  void take(std::int64_t next, std::vector<Site>& sites);

 private:
  std::span<double const> p_limits_;
  SiteWeight weight_;
  BasesView sequence_;
  std::int64_t index_;
  std::vector<Candidate> waiting_;  ///< by start
};

/// The sites of a sequence whose candidates are all there. @param candidates  any order
std::vector<Site> compete(std::span<Candidate const> candidates, std::span<double const> p_limits,
                          SiteWeight weight, BasesView sequence, std::int64_t sequence_index);

}  // namespace cislens
