#pragma once

#include <span>
#include <string>

namespace cislens {

/// Index of the target that --target names; 0 for an empty name.
/// @throws UsageError  there is none of this name; says which there are
int target_index(std::string const& name, std::span<std::string const> targets);

}  // namespace cislens
