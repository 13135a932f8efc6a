#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/em.hpp"

#include <cstdint>
#include <span>

namespace cislens {

/// Where to cut the scores of windows into with and without a site, and what that gives.
struct ScoreCut {
  double threshold = 0;  ///< nats; a window at or above it has a site
  std::int64_t positives_with = 0;
  std::int64_t controls_with = 0;
  double log_p = 0;  ///< Fisher's exact test, one-sided, natural logarithm
};

/// The cut at which positives and controls differ most, by the likelihood ratio of the 2 x 2 table.
/// @param least  no cut below this (the highest score of the positives when all are)
ScoreCut best_cut(std::span<double const> positives, std::span<double const> controls, double least);

/// The table at a given threshold.
ScoreCut apply_cut(std::span<double const> positives, std::span<double const> controls, double threshold);

}  // namespace cislens
