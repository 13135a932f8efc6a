#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/motif.hpp"
#include "cislens/motif/pwm.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Whole sequences with and without what is looked for. Thresholds come from the fit part, p-values from the
/// hold-out part, which nothing else has seen.
struct EnrichmentInput {
  std::span<Bases const> fit_positives, fit_controls;
  std::span<Bases const> holdout_positives, holdout_controls;
};

/// How much more often held-out positives carry a motif than held-out controls.
struct Enrichment {
  double log_p = 0;  ///< natural logarithm of Fisher's exact test, one-sided
  HoldoutCounts counts;
};

/// A sequence carries a motif when its best hit on either strand reaches the score at which the fit part's
/// positives and controls differ most.
/// @param background  strand-symmetric
/// @return one a motif; log_p = 0 when a part is empty
std::vector<Enrichment> test_enrichment(std::span<MotifMatrix const> motifs, EnrichmentInput const& input,
                                        Background const& background, Threads& threads);

/// The natural logarithm of the smallest p that Fisher's exact test, one-sided, can give to so many
/// sequences.
double least_log_p(std::int64_t positives, std::int64_t controls);

}  // namespace cislens
