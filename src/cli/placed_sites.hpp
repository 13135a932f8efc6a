#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/motif.hpp"
#include "cislens/motif/place_review.hpp"
#include "cislens/motif/scan.hpp"
#include "cislens/motif/site.hpp"

#include <span>
#include <string>
#include <vector>

namespace cislens {

/// Calls sites of motifs that discover found, each where it prefers to stand.
class PlacedSites {
 public:
  /// @param motifs      one that was found `beside` another needs that one in the list
  /// @param site_p      of a site, per place and strand; at a preferred place up to 100 times that
  /// @param background  strand-symmetric
  /// @throws Error  a motif has no columns, or stands beside one that is not listed
  PlacedSites(std::span<DiscoveredMotif const> motifs, double site_p, Background const& background);

  /// Says which motifs --site-p suits badly.
  void tell_limits(Log& log) const;
  /// By sequence, then start.
  std::vector<Site> find(std::span<Bases const> sequences, Threads& threads) const;

 private:
  std::vector<std::string> names_;
  std::vector<SitePlaces> places_;
  Scanner scanner_;
};

}  // namespace cislens
