#pragma once

#include "cislens/base/errors.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace cislens::bench {

/// Options of a benchmark program: --name value, in any order.
class Arguments {
 public:
  /// @throws UsageError  an option has no value
  Arguments(int count, char** values) {
    if (count % 2 == 0) throw UsageError("every option has a value; see the top of the program's source");
    for (int i = 1; i + 1 < count; i += 2) values_[values[i]] = values[i + 1];
  }

  std::string text(std::string const& name, std::string const& fallback) const {
    auto const found = values_.find(name);
    return found == values_.end() ? fallback : found->second;
  }
  std::int64_t number(std::string const& name, std::int64_t fallback) const {
    return std::stoll(text(name, std::to_string(fallback)));
  }
  double real(std::string const& name, double fallback) const {
    return std::stod(text(name, std::to_string(fallback)));
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace cislens::bench
