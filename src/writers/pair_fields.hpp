#pragma once

#include "cislens/writers/pairs.hpp"

#include <string>

namespace cislens {

/// Fields of a pair as all its tables have them; ".": not tested, or not called.
std::string gap_field(PairOccurrence const& pair);
std::string orientation_field(PairOccurrence const& pair);
std::string direct_field(PairTables const& tables, PairRow const& row);

}  // namespace cislens
