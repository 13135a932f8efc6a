#pragma once

#include "cislens/cli/training_run.hpp"

#include <cstdint>
#include <string>
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

/// What is asked with --against: records that have the target and lack the other one, and the opposite.
TargetSides opposed_sides(TargetSides const& own, TargetSides const& other);

/// @param file     the table of targets
/// @param against  the target on the other side; empty: none, and negatives may be missing
/// @throws InputError  nothing is positive for `name`, or with `against` one of the two sides is empty
void require_sides(TargetSides const& sides, std::string const& file, std::string const& name,
                   std::string const& against);

/// Those of the records that are in one part of the split.
std::vector<std::int64_t> in_part(std::vector<std::int64_t> const& records, std::vector<Part> const& parts,
                                  Part part);

}  // namespace cislens
