#include "target_scale.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

TargetScale::TargetScale(Dataset const& dataset, LossKind loss, std::span<std::int64_t const> train)
    : loss_(loss) {
  for (std::int64_t t = 0; t < dataset.target_count(); ++t) {
    double known = 0;
    double mean = 0;
    double squares = 0;  // of the distances from the mean so far (Welford 1962)
    for (std::int64_t const record : train) {
      auto const y = static_cast<double>(dataset.target(record, t));
      if (std::isnan(y)) continue;
      known += 1;
      double const step = y - mean;
      mean += step / known;
      squares += step * (y - mean);
    }
    known_.push_back(known);
    mean_.push_back(mean);
    deviation_.push_back(squares > 0 ? std::sqrt(squares / known) : 1);
  }
}

void TargetScale::standardise(Dataset& dataset) const {
  if (loss_ != LossKind::squared) return;
  std::size_t const targets = mean_.size();
  for (std::size_t i = 0; i < dataset.targets.size(); ++i) {
    std::size_t const t = i % targets;
    dataset.targets[i] =
        static_cast<float>((static_cast<double>(dataset.targets[i]) - mean_[t]) / deviation_[t]);
  }
}

void TargetScale::start_bias(MutableWeights const& weights) const {
  for (std::size_t t = 0; t < mean_.size(); ++t) {
    if (known_[t] == 0) continue;
    // Half a record more of either kind: a target without positives has no infinite logit.
    double const low = 0.5 / (known_[t] + 1);
    double const mean = mean_[t] * (1 - 2 * low) + low;
    double logit = 0;
    if (loss_ == LossKind::binary) logit = std::log(mean / (1 - mean));
    if (loss_ == LossKind::poisson) logit = std::log(std::max(mean_[t], low));
    weights.bias.data[t] = static_cast<float>(logit);
  }
}

void TargetScale::unfold(MutableWeights const& weights) const {
  if (loss_ != LossKind::squared) return;
  for (auto const& matrix : {weights.token, weights.pair, weights.value}) {
    for (std::int64_t row = 0; row < matrix.rows; ++row) {
      for (std::size_t t = 0; t < mean_.size(); ++t) matrix.row(row)[t] *= static_cast<float>(deviation_[t]);
    }
  }
  for (std::size_t t = 0; t < mean_.size(); ++t) {
    float& bias = weights.bias.data[t];
    bias = static_cast<float>(static_cast<double>(bias) * deviation_[t] + mean_[t]);
  }
}

}  // namespace cislens
