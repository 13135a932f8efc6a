#pragma once

#include "cislens/motif/motif.hpp"

#include <span>
#include <string>

namespace cislens {

/// The one rule for names: only a match with q <= q_limit may be shown as what a motif is.

/// The matches that may be shown, best first. @param matches  as compare_to_database gives them
std::span<DatabaseMatch const> significant_matches(std::span<DatabaseMatch const> matches, double q_limit);

/// Name of the best match that may be shown (its id when it has no name), or "" when there is none.
std::string shown_name(std::span<DatabaseMatch const> matches, double q_limit);

}  // namespace cislens
