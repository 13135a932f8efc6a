#pragma once

#include "cislens/base/log.hpp"
#include "cislens/motif/scan.hpp"

#include <span>
#include <string>

namespace cislens {

/// Says of which motifs no word has a p of --site-p: that less rare ones are their sites
/// (ScanOptions::short_motifs), or that they have none.
/// @param names  by motif
void tell_site_limits(Scanner const& scanner, std::span<std::string const> names, Log& log);

}  // namespace cislens
