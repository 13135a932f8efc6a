#pragma once

#include "cislens/base/output_file.hpp"

#include <filesystem>
#include <string>

namespace cislens {

/// A whole text under its final name, or nothing. @throws OutputError
void write_text_file(std::string const& text, std::filesystem::path const& path, IfExists if_exists);

}  // namespace cislens
