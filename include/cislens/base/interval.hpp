#pragma once

#include <cstdint>
#include <string>

namespace cislens {

/// A stretch of a contig: 0-based, half-open. `strand` is '+', '-' or '.'.
struct Interval {
  std::string contig;
  std::int64_t start = 0;
  std::int64_t end = 0;
  char strand = '.';

  std::int64_t length() const { return end - start; }
  bool operator==(Interval const&) const = default;
};

}  // namespace cislens
