#include "cislens/motif/pair_controls.hpp"

#include <numeric>

namespace cislens {

namespace {

/// @param origin  of every site its number in `list`
SiteReadings taken_along(PairSiteList const& list, std::span<std::int64_t const> origin) {
  SiteReadings readings{{0}, {}};
  for (std::int64_t const site : origin) {
    auto const others = list.readings.of(site);
    readings.motifs.insert(readings.motifs.end(), others.begin(), others.end());
    readings.first.push_back(std::ssize(readings.motifs));
  }
  return readings;
}

}  // namespace

PairSiteList exchanged_sites(PairSiteList const& list, std::span<std::int64_t const> lengths,
                             std::span<int const> strata, Random& random) {
  constexpr int rounds = 10;  // of exchanges, each about one a site
  SiteArrangement arrangement(list.sites, {}, lengths, strata);
  for (int round = 0; round < rounds; ++round) arrangement.permute(random);
  std::vector<std::int64_t> origin;
  PairSiteList result{arrangement.sites(list.sites, origin), {}, {}, list.strand_certainty};
  result.readings = taken_along(list, origin);
  return result;
}

PairSiteList relabelled_sites(PairSiteList const& list, Random& random) {
  std::vector<std::int64_t> origin(list.sites.size());
  std::iota(origin.begin(), origin.end(), std::int64_t{0});
  random.shuffle(std::span(origin));
  PairSiteList result{list.sites, taken_along(list, origin), list.leans, list.strand_certainty};
  for (std::size_t i = 0; i < origin.size(); ++i) {
    Site const& other = list.sites[static_cast<std::size_t>(origin[i])];
    result.sites[i].motif = other.motif;
    result.sites[i].strand = other.strand;
  }
  return result;
}

}  // namespace cislens
