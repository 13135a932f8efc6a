#pragma once

#include "cislens/base/interval.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cislens {

/// The bases that a list of intervals covers, strands left aside: for blacklists and mappable places.
class IntervalSet {
 public:
  explicit IntervalSet(std::span<Interval const> intervals);

  /// How many bases of `place` are covered, each counted once.
  std::int64_t covered_bp(Interval const& place) const;
  /// Whether any interval lies on this contig.
  bool has(std::string const& contig) const { return spans_.contains(contig); }

 private:
  // Sorted, without overlap, by contig.
  std::unordered_map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> spans_;
};

}  // namespace cislens
