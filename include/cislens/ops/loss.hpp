#pragma once

#include "cislens/tensor/view.hpp"

#include <cstdint>

namespace cislens {

enum class LossKind {
  binary,   ///< binary cross-entropy on logits; targets in [0, 1]
  poisson,  ///< exp(z) - y z; the logit is the log rate; targets >= 0
  squared,  ///< (z - y)^2 / 2
};

/// Sum over the known entries of (logits, targets), both (B, T); NaN targets are skipped and get gradient 0.
/// @param scale         multiplies the gradients: 1 / known entries of the whole batch makes the loss their
/// mean
/// @param[out] dlogits  (B, T), or empty
/// @return sum of the losses, not scaled
double loss(LossKind kind, ConstView logits, ConstView targets, double scale, View dlogits);

/// How many entries are not NaN.
std::int64_t known_entries(ConstView targets);

}  // namespace cislens
