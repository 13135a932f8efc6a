#pragma once

#include "reference/scalar.hpp"

namespace cislens::reference {

enum class Loss { binary_cross_entropy, poisson, squared_error };

template <typename T>
struct LossResult {
  T value;                 ///< mean over the known entries; 0 when none is known
  std::vector<T> dlogits;  ///< as logits; 0 where the target is NaN
  std::int64_t known;      ///< how many entries have a target
};

/// Loss of one logit z with the target y, and its slope.
///   binary cross-entropy: log(1 + exp(z)) - y z;  Poisson with log-rate z: exp(z) - y z;  squared error: (z
///   - y)^2
template <typename T>
T loss_of(Loss loss, T z, T y) {
  if (loss == Loss::binary_cross_entropy) return softplus(z) - y * z;
  if (loss == Loss::poisson) return std::exp(z) - y * z;
  return (z - y) * (z - y);
}
template <typename T>
T loss_slope(Loss loss, T z, T y) {
  if (loss == Loss::binary_cross_entropy) return sigmoid(z) - y;
  if (loss == Loss::poisson) return std::exp(z) - y;
  return T(2) * (z - y);
}

/// @param logits   (B, T)
/// @param targets  (B, T), NaN where not known
template <typename T>
LossResult<T> mean_loss(Loss loss, std::vector<T> const& logits, std::vector<double> const& targets) {
  LossResult<T> result{T{}, std::vector<T>(logits.size()), 0};
  for (double const y : targets) result.known += std::isnan(y) ? 0 : 1;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(targets[i])) continue;
    T const y = constant<T>(targets[i]);
    T const share = constant<T>(1 / static_cast<double>(result.known));
    result.value += share * loss_of(loss, logits[i], y);
    result.dlogits[i] = share * loss_slope(loss, logits[i], y);
  }
  return result;
}

}  // namespace cislens::reference
