#pragma once

#include "cislens/base/log.hpp"
#include "cislens/seqio/genome.hpp"
#include "cislens/seqio/promoters.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// Leaves out regions that share a base with a place in a BED file, as `bedtools intersect -v`.
/// @returns how many  @throws InputError  none of the file's contigs is in the genome; errors of read_regions
std::int64_t drop_blacklisted(std::vector<NamedRegion>& regions, std::string const& bed,
                              Genome const& genome);

/// Leaves out regions of which less than `min_share` (0 to 1) lies in the places of a BED file.
/// @returns how many  @throws InputError  as above
std::int64_t keep_mappable(std::vector<NamedRegion>& regions, std::string const& bed, double min_share,
                           Genome const& genome);

/// Whether each region shares a base with a place in a BED or narrowPeak file: 1 or 0.
/// @throws InputError  as above
std::vector<double> overlaps_with(std::vector<NamedRegion> const& regions, std::string const& bed,
                                  Genome const& genome);

/// Whether a region is centred on a place of a BED or narrowPeak file: 1 where the summit of a place, or its
/// middle when it has none, is at most `within_bp` from the region's middle; 0 where the region shares no
/// base with a place; NaN elsewhere: what lies off the middle may be cut off, and would count once in every
/// region that it touches.
/// @throws InputError  as above
std::vector<double> centred_on(std::vector<NamedRegion> const& regions, std::string const& bed,
                               std::int64_t within_bp, Genome const& genome);

}  // namespace cislens
