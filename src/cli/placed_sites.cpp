#include "placed_sites.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/sites.hpp"

#include "site_limits.hpp"

#include <algorithm>

namespace cislens {

namespace {

std::vector<SitePlaces> places_of(std::span<DiscoveredMotif const> motifs) {
  std::vector<SitePlaces> places;
  for (DiscoveredMotif const& motif : motifs) {
    SitePlaces& own = places.emplace_back();
    own.along = motif.places;
    if (motif.beside_places.none()) continue;
    auto const anchor =
        std::ranges::find(motifs, motif.beside, [](DiscoveredMotif const& other) { return other.matrix.id; });
    if (anchor == motifs.end())
      throw Error("motif '" + motif.matrix.id + "' stands beside '" + motif.beside +
                  "', which is not listed");
    own.beside = static_cast<int>(anchor - motifs.begin());
    own.around = motif.beside_places;
  }
  return places;
}

Scanner make_scanner(std::span<DiscoveredMotif const> motifs, std::span<SitePlaces const> places,
                     double site_p, Background const& background) {
  constexpr double most_looser = 100;  // times --site-p, at a place that a motif prefers
  std::vector<MotifMatrix> matrices;
  for (DiscoveredMotif const& motif : motifs) matrices.push_back(motif.matrix);
  ScanOptions scan;
  scan.p_limit = site_p;
  scan.short_motifs = true;
  for (SitePlaces const& preferred : places)
    scan.looser.push_back(std::min(most_looser, preferred.highest()));
  return {matrices, background, scan};
}

}  // namespace

PlacedSites::PlacedSites(std::span<DiscoveredMotif const> motifs, double site_p, Background const& background)
    : places_(places_of(motifs)), scanner_(make_scanner(motifs, places_, site_p, background)) {
  for (DiscoveredMotif const& motif : motifs) names_.push_back(motif.matrix.id + " " + motif.consensus);
}

void PlacedSites::tell_limits(Log& log) const { tell_site_limits(scanner_, names_, log); }

std::vector<Site> PlacedSites::find(std::span<Bases const> sequences, Threads& threads) const {
  return find_sites(scanner_, review_places(places_, scanner_.p_limits(), sequences), sequences, threads);
}

}  // namespace cislens
