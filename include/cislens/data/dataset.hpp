#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/nucleotide.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// Sequences with what is to be predicted for each. All vectors have one entry a record, in input order.
struct Dataset {
  std::vector<Bases> bases;
  std::vector<std::string> names;
  std::vector<Interval> origins;  ///< genomic place, or {name, 0, length, '+'} when the record has none
  std::vector<float> targets;  ///< (records, T) row by row; NaN: not known, skipped by every loss and metric
  std::vector<std::string> target_names;  ///< T names
  std::vector<std::int64_t> groups;  ///< records of one number stay in one part of a split (a positive and
                                     ///< its shuffles); empty: every record is its own group

  std::int64_t size() const { return static_cast<std::int64_t>(bases.size()); }
  std::int64_t target_count() const { return static_cast<std::int64_t>(target_names.size()); }
  float target(std::int64_t record, std::int64_t t) const { return targets[record * target_count() + t]; }
};

}  // namespace cislens
