#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// The libraries that this layer hides: name and version as compiled in, for `cislens doctor`.
std::vector<std::pair<std::string, std::string>> readout_library_versions();

}  // namespace cislens
