#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// The libraries that this layer hides: name and version as used now, for `cislens doctor`.
std::vector<std::pair<std::string, std::string>> seqio_library_versions();

}  // namespace cislens
