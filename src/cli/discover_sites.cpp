#include "cislens/base/random.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/sites.hpp"

#include "discover_stages.hpp"
#include "placed_sites.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace cislens {

namespace {

constexpr std::uint64_t null_stream = 0x6E756C6C;  // "null"

std::vector<AttributionTrack> attribution_tracks(std::vector<RecordReadout> const& readouts, int heads) {
  std::vector<AttributionTrack> tracks;
  tracks.reserve(readouts.size());
  for (RecordReadout const& readout : readouts) tracks.push_back({heads, readout.heads});
  return tracks;
}

/// Per motif: what windows of its width are worth in shuffled copies.
std::vector<std::vector<double>> null_by_motif(std::vector<AttributionTrack> const& shuffled,
                                               std::vector<DiscoveredMotif> const& motifs,
                                               std::uint64_t seed) {
  constexpr std::int64_t samples = 20000;
  std::map<int, std::vector<double>> by_width;
  std::vector<std::vector<double>> result;
  for (DiscoveredMotif const& motif : motifs) {
    int const width = motif.matrix.width();
    auto const [entry, is_new] = by_width.try_emplace(width);
    if (is_new) {
      Random random(seed, mix(null_stream, static_cast<std::uint64_t>(width)));
      entry->second = null_window_sums(shuffled, width, samples, random);
    }
    result.push_back(entry->second);
  }
  return result;
}

/// Sites, sequences and shares of heads of every motif.
void count_sites(std::vector<Site> const& sites, int heads, std::vector<DiscoveredMotif>& motifs) {
  for (DiscoveredMotif& motif : motifs) {
    motif.sites = motif.sequences = 0;
    motif.head_share.assign(static_cast<std::size_t>(heads), 0.0);
  }
  std::vector<std::int64_t> last_sequence(motifs.size(), -1);
  for (Site const& site : sites) {
    DiscoveredMotif& motif = motifs[site.motif];
    ++motif.sites;
    if (last_sequence[site.motif] != site.sequence) ++motif.sequences;
    last_sequence[site.motif] = site.sequence;
    if (site.head >= 0) motif.head_share[site.head] += 1;
  }
  for (DiscoveredMotif& motif : motifs) {
    double const total = std::accumulate(motif.head_share.begin(), motif.head_share.end(), 0.0);
    for (double& share : motif.head_share) share = total > 0 ? share / total : 0;
  }
}

}  // namespace

std::vector<Site> call_sites(DiscoverChoices const& choices, PositiveReadouts const& positives, int heads,
                             std::vector<DiscoveredMotif>& motifs, Run& run, Threads& threads) {
  run.stage("sites", "calling sites of " + std::to_string(motifs.size()) + " motifs");
  if (motifs.empty()) return {};
  PlacedSites const placed(motifs, choices.site_p, estimate_background(positives.bases, true));
  placed.tell_limits(run.log());
  std::vector<Site> sites = placed.find(positives.bases, threads);
  std::vector<AttributionTrack> const tracks = attribution_tracks(positives.readouts, heads);
  std::vector<AttributionTrack> const shuffled = attribution_tracks(positives.shuffled_readouts, heads);
  attribute_sites(sites, tracks, null_by_motif(shuffled, motifs, run.seed()));
  count_sites(sites, heads, motifs);
  return sites;
}

}  // namespace cislens
