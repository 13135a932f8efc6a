#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cislens {

/// A page that is complete in itself.
/// @param header    HTML above everything
/// @param sections  their names in the navigation (empty: not in it) and their HTML (empty: left out)
std::string report_page(std::string const& title, std::string const& version, std::string const& header,
                        std::vector<std::pair<std::string, std::string>> const& sections);

}  // namespace cislens
