#pragma once

#include <cstddef>
#include <numeric>

namespace cislens {

/// The index that a uniform number falls on, by weights of any scale; never one of weight 0.
template <typename Weights>
std::size_t draw(Weights const& weights, double uniform) {
  double left = uniform * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    last = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return last;
}

}  // namespace cislens
