#pragma once

#include "cislens/ops/loss.hpp"

#include <span>

namespace cislens {

/// What is to be added to all logits of a target for the lowest loss: calibration in the large. Dropout and
/// hidden bases make training sequences weaker than those that are scored later, so that logits of a trained
/// network are off by a constant.
/// @param targets  one a logit; NaN: not known, left out
/// @return 0 where no finite number is best: nothing known, all of one class, all counts 0
double best_offset(LossKind kind, std::span<float const> logits, std::span<float const> targets);

}  // namespace cislens
