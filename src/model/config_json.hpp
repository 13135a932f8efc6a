#pragma once

#include "cislens/model/checkpoint.hpp"

#include <filesystem>
#include <string>

namespace cislens {

/// Everything of a model but its parameters, as JSON with one key a line.
std::string format_config_json(SavedModel const& model);

/// @param path  for messages
/// @throws InputError  as load_model
SavedModel parse_config_json(std::string const& text, std::filesystem::path const& path);

}  // namespace cislens
