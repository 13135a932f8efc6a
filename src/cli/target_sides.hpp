#pragma once

#include "cislens/cli/training_run.hpp"

#include <cstdint>
#include <vector>

namespace cislens {

/// What is asked about one target: records that have it, and records that do not.
struct TargetSides {
  std::vector<std::int64_t> positives, negatives;  ///< by number of the record
};

/// Binary targets: above and up to 1/2. Counts and values: the highest quarter, as far as it lies above the
/// median, and all up to the median. Records whose value is not known are on neither side, nor are values
/// between.
TargetSides target_sides(Dataset const& dataset, LossKind loss, std::int64_t target);

/// Those of the records that are in one part of the split.
std::vector<std::int64_t> in_part(std::vector<std::int64_t> const& records, std::vector<Part> const& parts,
                                  Part part);

}  // namespace cislens
