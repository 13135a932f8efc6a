#include "cislens/seqio/region_filter.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/seqio/interval_set.hpp"
#include "cislens/seqio/regions.hpp"

#include <algorithm>

namespace cislens {

namespace {

/// A file that names contigs of which the genome has none would filter nothing, without a word.
IntervalSet read_places(std::string const& bed, Genome const& genome) {
  std::vector<Region> const regions = read_regions(bed);
  std::vector<Interval> places;
  places.reserve(regions.size());
  bool any = false;
  for (Region const& region : regions) {
    any = any || genome.has(region.interval.contig);
    places.push_back(region.interval);
  }
  if (!any) {
    throw InputError(bed + ":" + std::to_string(regions.front().line) + ": " +
                     genome.explain_missing(places.front().contig));
  }
  return IntervalSet(places);
}

}  // namespace

std::int64_t drop_blacklisted(std::vector<NamedRegion>& regions, std::string const& bed,
                              Genome const& genome) {
  IntervalSet const places = read_places(bed, genome);
  return static_cast<std::int64_t>(std::erase_if(
      regions, [&](NamedRegion const& region) { return places.covered_bp(region.interval) > 0; }));
}

std::int64_t keep_mappable(std::vector<NamedRegion>& regions, std::string const& bed, double min_share,
                           Genome const& genome) {
  IntervalSet const places = read_places(bed, genome);
  return static_cast<std::int64_t>(std::erase_if(regions, [&](NamedRegion const& region) {
    auto const length = static_cast<double>(region.interval.length());
    return static_cast<double>(places.covered_bp(region.interval)) < min_share * length;
  }));
}

std::vector<double> overlaps_with(std::vector<NamedRegion> const& regions, std::string const& bed,
                                  Genome const& genome) {
  IntervalSet const places = read_places(bed, genome);
  std::vector<double> result;
  result.reserve(regions.size());
  for (NamedRegion const& region : regions) {
    result.push_back(places.covered_bp(region.interval) > 0 ? 1.0 : 0.0);
  }
  return result;
}

}  // namespace cislens
