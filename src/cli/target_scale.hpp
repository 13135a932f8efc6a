#pragma once

#include "cislens/data/dataset.hpp"
#include "cislens/model/config.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/ops/loss.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Mean and spread of each target over the records to train on, so that training neither has to learn the
/// mean step by step nor depends on the units of the targets.
class TargetScale {
 public:
  /// @param train  records; unknown values are left out
  TargetScale(Dataset const& dataset, LossKind loss, std::span<std::int64_t const> train);

  /// Real values become standard deviations from the mean; targets of the other losses stay.
  void standardise(Dataset& dataset) const;
  /// Starts the logits at the mean: its log-odds, its logarithm, or 0 for standardised values.
  void start_bias(MutableWeights const& weights) const;
  /// A network that was trained on standardised values predicts the values themselves.
  void unfold(MutableWeights const& weights) const;

 private:
  LossKind loss_;
  std::vector<double> mean_, deviation_;  ///< a target each; deviation 1 where all values are the same
  std::vector<double> known_;
};

}  // namespace cislens
