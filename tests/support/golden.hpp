#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace cislens::test {

/// One tensor of a golden file, row-major.
struct GoldenTensor {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

/// Name -> tensor of a file that tests/golden/make_golden.py wrote; the format is in tests/golden/README.md.
using Golden = std::map<std::string, GoldenTensor>;

/// @throws std::runtime_error  the file is not there, or a tensor has too few or too many numbers
inline Golden read_golden(std::string const& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " cannot be read; tests/golden/README.md says how to make it");
  Golden golden;
  GoldenTensor* current = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string word;
    if (line.starts_with("tensor ")) {
      words >> word >> word;
      current = &golden[word];
      while (words >> word) current->shape.push_back(std::stoll(word));
    } else if (current != nullptr) {
      while (words >> word) current->values.push_back(std::strtod(word.c_str(), nullptr));
    }
  }
  for (auto const& [name, tensor] : golden) {
    std::size_t expected = 1;
    for (std::int64_t const dimension : tensor.shape) expected *= static_cast<std::size_t>(dimension);
    if (tensor.values.size() != expected) throw std::runtime_error(path + ": " + name + " is not whole");
  }
  return golden;
}

}  // namespace cislens::test
