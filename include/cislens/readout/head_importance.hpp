#pragma once

#include "cislens/ops/loss.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// A mean over records of something measured twice on each, with and without.
struct PairedEffect {
  std::int64_t records = 0;
  double mean = 0;
  double standard_error = 0;  ///< of the mean
  double low = 0;             ///< 95 % percentile interval of 1,000 bootstrap samples of records
  double high = 0;
  double p = 1;  ///< sign test, two-sided, exact; records without a difference are left out
};

/// @param differences  one a record; NaN ones are left out. No record: NaN everywhere, p 1
PairedEffect paired_effect(std::span<double const> differences, std::uint64_t seed);

/// What leaving a head out does to records with known labels: loss without it minus loss with it, in nats (or
/// half squared units), a number a record; > 0: the head helps. NaN where the label is not known.
/// @param with, without, labels  one a record
std::vector<double> loss_differences(LossKind loss, std::span<float const> with,
                                     std::span<float const> without, std::span<float const> labels);

/// The same without labels: |change of the logit|.
std::vector<double> logit_changes(std::span<float const> with, std::span<float const> without);

}  // namespace cislens
