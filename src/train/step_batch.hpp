#pragma once

#include "cislens/data/dataset.hpp"

#include "groups.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// The records of a step as they go through the network: longest sequence first, cut into groups.
struct StepBatch {
  std::int64_t step = -1;  ///< number of the step, -1: none
  std::vector<std::int64_t> records;
  std::vector<Group> groups;
  double known = 0;   ///< known targets
  double tokens = 0;  ///< that are not padding
};

/// Sets all of `batch`.
void cut_batch(NetworkConfig const& config, PassLimits const& limits, Dataset const& dataset,
               std::span<std::int64_t const> records, std::int64_t step, StepBatch& batch);

}  // namespace cislens
