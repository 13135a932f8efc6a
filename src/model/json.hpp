#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace cislens {

/// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

/// One JSON value and nothing behind it, in which no object has a key twice.
/// @param fail  called with what is wrong; throws
Json parse_json(std::string_view text, std::function<void(std::string const& what)> const& fail);

}  // namespace cislens
