#pragma once

#include <span>
#include <string>
#include <vector>

namespace cislens {

/// Index of the target that an option names, --target or --against; 0 for an empty name.
/// @throws UsageError  there is none of this name; says which there are
int target_index(std::string const& name, std::span<std::string const> targets,
                 char const* option = "--target");

/// @throws UsageError  --against without --target, or both name one target
void check_against(std::string const& target, std::string const& against);

/// A folder's name for every target: different ones, of letters, digits, '_', '.' and '-'.
std::vector<std::string> target_folders(std::vector<std::string> const& targets);

}  // namespace cislens
