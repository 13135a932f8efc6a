#pragma once

#include "cislens/base/random.hpp"
#include "cislens/motif/pair_counts.hpp"
#include "cislens/motif/pair_sites.hpp"

#include <cstdint>
#include <span>

namespace cislens {

/// The same sites without partnership: exchanged between sequences of one stratum as SiteArrangement does,
/// many times. What else a site could be goes with it.
/// @param lengths  (sequences) bases  @param strata  (sequences) see pair_strata
/// @throws ShapeError  a site lies outside its sequence
PairSiteList exchanged_sites(PairSiteList const& list, std::span<std::int64_t const> lengths,
                             std::span<int const> strata, Random& random);

/// The same places with motif, strand and other readings dealt out anew among all of them. Where sites stand
/// together whatever they are called, their pairs stay frequent.
PairSiteList relabelled_sites(PairSiteList const& list, Random& random);

}  // namespace cislens
