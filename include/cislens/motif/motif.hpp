#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/motif/position_profile.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// One entry of a database that looks like a motif.
struct DatabaseMatch {
  std::string id;
  std::string name;
  double correlation = 0;  ///< Pearson over the aligned columns
  double p = 1;            ///< best offset and strand allowed for
  double q = 1;            ///< Benjamini-Hochberg over the database
  int offset = 0;          ///< database column 0 lies at this column of the motif
  char strand = '+';       ///< '-': the database motif was reverse-complemented
  int overlap = 0;         ///< aligned columns
};

/// In how many hold-out sequences a motif stands: Fisher's exact test is of these four numbers.
struct HoldoutCounts {
  std::int64_t positives = 0, positives_with = 0;
  std::int64_t controls = 0, controls_with = 0;

  /// Share of positives with the motif over that of controls, one added to every number: how many times more
  /// often it stands in positives. NaN when nothing was counted.
  double enrichment() const;
};

/// A motif that `discover_motifs` found.
struct DiscoveredMotif {
  MotifMatrix matrix;
  std::string consensus;               ///< IUPAC
  double information_bits = 0;         ///< against the background
  std::int64_t sites = 0;              ///< expected by the fit; once sites are called, those in the positives
  std::int64_t sequences = 0;          ///< positives that carry one
  double holdout_p = 1;                ///< Fisher exact on records never used for fitting, at least 2.2e-308
  double holdout_log_p = 0;            ///< its natural logarithm, however small
  double holdout_e = 1;                ///< holdout_p times the number of candidates tested
  HoldoutCounts holdout;               ///< what that p is of; of flanks for a motif `beside` another
  PositionProfile places;              ///< where along the records it stands; none: anywhere
  std::string beside;                  ///< id of the motif at whose sites it was found; empty: by itself
  PositionProfile beside_places;       ///< around the sites of `beside`, read forward; 0 is their middle
  PreferredPlace beside_at;            ///< its peak; neither is known when `beside` was fitted again later
  std::vector<double> head_share;      ///< per head: of the motif's sites that this head leads at
  std::vector<DatabaseMatch> matches;  ///< best first; only q <= the limit may be shown as a name
};

}  // namespace cislens
