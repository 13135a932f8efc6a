#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cislens::testing_support {

/// A new empty folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cislens_test_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;

  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  /// Writes a file and returns its path.
  std::string write(std::string const& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  std::string read(std::string const& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
  }

  /// Runs a shell command in the folder and returns the path of `result`.
  std::string run(std::string const& command, std::string const& result) const {
    if (std::system(("cd '" + folder_.string() + "' && " + command).c_str()) != 0) {
      throw std::runtime_error("failed: " + command);
    }
    return path(result);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace cislens::testing_support
