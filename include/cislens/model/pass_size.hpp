#pragma once

#include "cislens/model/config.hpp"
#include "cislens/ops/load.hpp"

#include <algorithm>
#include <cstdint>

namespace cislens {

/// How many sequences of so many bases, the longest of them, go through the network together.
inline std::int64_t pass_size(NetworkConfig const& config, std::int64_t bases, PassLimits const& limits) {
  std::int64_t const tokens = std::max<std::int64_t>(1, config.tokens(bases));
  return std::clamp<std::int64_t>(limits.tokens / tokens, 1, limits.sequences);
}

}  // namespace cislens
