#include "cislens/seqio/region_filter.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/seqio/interval_set.hpp"
#include "cislens/seqio/regions.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace cislens {

namespace {

/// A file that names contigs of which the genome has none would filter nothing, without a word.
std::vector<Region> read_known(std::string const& bed, Genome const& genome) {
  std::vector<Region> regions = read_regions(bed);
  if (std::ranges::none_of(regions, [&](Region const& r) { return genome.has(r.interval.contig); })) {
    throw InputError(bed + ":" + std::to_string(regions.front().line) + ": " +
                     genome.explain_missing(regions.front().interval.contig));
  }
  return regions;
}

IntervalSet places_of(std::vector<Region> const& regions) {
  std::vector<Interval> places;
  places.reserve(regions.size());
  for (Region const& region : regions) places.push_back(region.interval);
  return IntervalSet(places);
}

IntervalSet read_places(std::string const& bed, Genome const& genome) {
  return places_of(read_known(bed, genome));
}

std::int64_t middle_of(Interval const& place) { return place.start + place.length() / 2; }

/// Summits, or middles of what has none, by contig and in order.
std::map<std::string, std::vector<std::int64_t>> summits_of(std::vector<Region> const& regions) {
  std::map<std::string, std::vector<std::int64_t>> summits;
  for (Region const& region : regions) {
    Interval const& place = region.interval;
    summits[place.contig].push_back(region.summit < 0 ? middle_of(place) : place.start + region.summit);
  }
  for (auto& [contig, places] : summits) std::ranges::sort(places);
  return summits;
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

std::vector<double> centred_on(std::vector<NamedRegion> const& regions, std::string const& bed,
                               std::int64_t within_bp, Genome const& genome) {
  std::vector<Region> const known = read_known(bed, genome);
  IntervalSet const places = places_of(known);
  auto const summits = summits_of(known);
  std::vector<double> result;
  result.reserve(regions.size());
  for (NamedRegion const& region : regions) {
    std::int64_t const middle = middle_of(region.interval);
    auto const contig = summits.find(region.interval.contig);
    bool near = false;
    if (contig != summits.end()) {
      auto const next = std::ranges::lower_bound(contig->second, middle - within_bp);
      near = next != contig->second.end() && *next <= middle + within_bp;
    }
    bool const touched = places.covered_bp(region.interval) > 0;
    result.push_back(near ? 1.0 : touched ? std::numeric_limits<double>::quiet_NaN() : 0.0);
  }
  return result;
}

}  // namespace cislens
