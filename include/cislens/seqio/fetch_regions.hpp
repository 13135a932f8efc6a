#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/seqio/genome.hpp"

#include <span>
#include <string>
#include <vector>

namespace cislens {

/// The letters of many places, in their order and as the file has them; strand '-' is reverse-complemented. A
/// contig with many places is read whole and then let go, which is far faster than as many fetches.
/// @throws InputError  of Genome::fetch; a letter that is no nucleotide
std::vector<std::string> fetch_regions(Genome& genome, std::span<Interval const> places);

}  // namespace cislens
