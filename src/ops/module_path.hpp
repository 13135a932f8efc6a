#pragma once

#include <filesystem>
#include <string>

namespace cislens {

/// A module's file in lib/cislens beside the program (build tree: bin and lib/cislens side by side;
/// installed: the same), whether it is there or not.
inline std::filesystem::path module_path(std::string const& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path const program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path folder = program.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::path const candidate = folder / "lib" / "cislens" / file; fs::exists(candidate, error))
      return candidate;
  }
  return program.parent_path().parent_path() / "lib" / "cislens" / file;
}

}  // namespace cislens
