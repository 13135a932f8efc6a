#pragma once

#include <span>
#include <string>
#include <vector>

namespace cislens {

/// Index of the target that --target names; 0 for an empty name.
/// @throws UsageError  there is none of this name; says which there are
int target_index(std::string const& name, std::span<std::string const> targets);

/// A folder's name for every target: different ones, of letters, digits, '_', '.' and '-'.
std::vector<std::string> target_folders(std::vector<std::string> const& targets);

}  // namespace cislens
