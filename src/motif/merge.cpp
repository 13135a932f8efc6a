#include "cislens/motif/merge.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/alignment.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>

namespace cislens {

namespace {

/// Over the columns that must be aligned.
double likeness(MotifMatrix const& a, MotifMatrix const& b, MergeOptions const& options) {
  int const shorter = std::min(a.width(), b.width());
  int const columns = static_cast<int>(std::ceil(options.min_overlap * shorter));
  return best_alignment(a, b, columns).correlation;
}

/// The motif that a listed one is counted for, or none.
DiscoveredMotif* most_alike(std::vector<DiscoveredMotif>& kept, MotifMatrix const& listed,
                            MergeOptions const& options) {
  DiscoveredMotif* best = nullptr;
  double highest = options.min_correlation;
  for (DiscoveredMotif& motif : kept) {
    double const r = likeness(motif.matrix, listed, options);
    if (r < highest || (r == highest && best != nullptr)) continue;
    highest = r;
    best = &motif;
  }
  return best;
}

}  // namespace

bool same_motif(MotifMatrix const& a, MotifMatrix const& b, MergeOptions const& options) {
  return likeness(a, b, options) >= options.min_correlation;
}

std::vector<DiscoveredMotif> merge_motifs(std::vector<DiscoveredMotif> kept,
                                          std::span<HeadMotifs const> lists, MergeOptions const& options) {
  std::ranges::stable_sort(kept, [](DiscoveredMotif const& a, DiscoveredMotif const& b) {
    if (a.holdout_log_p != b.holdout_log_p) return a.holdout_log_p < b.holdout_log_p;
    return a.sites > b.sites;
  });
  std::map<std::string, std::string> renamed;
  for (std::size_t m = 0; m < kept.size(); ++m) {
    std::string const id = std::string("M").append(std::to_string(m + 1));
    renamed[kept[m].matrix.id] = id;
    kept[m].matrix.id = id;
    kept[m].head_share.assign(static_cast<std::size_t>(options.heads), 0.0);
  }
  for (DiscoveredMotif& motif : kept) {
    if (!motif.beside.empty()) motif.beside = renamed.at(motif.beside);
  }
  for (HeadMotifs const& list : lists) {
    if (list.head < -1 || list.head >= options.heads) throw ShapeError("merge_motifs: no such head");
    for (DiscoveredMotif const& listed : list.motifs) {
      DiscoveredMotif* const motif = most_alike(kept, listed.matrix, options);
      if (motif != nullptr && list.head >= 0)
        motif->head_share[static_cast<std::size_t>(list.head)] += static_cast<double>(listed.sites);
    }
  }
  for (DiscoveredMotif& motif : kept) {
    double const total = std::accumulate(motif.head_share.begin(), motif.head_share.end(), 0.0);
    for (double& share : motif.head_share) share = total > 0 ? share / total : 0.0;
  }
  return kept;
}

}  // namespace cislens
