#include "cislens/motif/merge.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/alignment.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

struct Group {
  DiscoveredMotif best;
  std::vector<double> sites;  // by head
};

bool better(DiscoveredMotif const& a, DiscoveredMotif const& b) {
  if (a.holdout_log_p != b.holdout_log_p) return a.holdout_log_p < b.holdout_log_p;
  return a.sites > b.sites;
}

bool same_motif(MotifMatrix const& a, MotifMatrix const& b, MergeOptions const& options) {
  int const shorter = std::min(a.width(), b.width());
  int const columns = static_cast<int>(std::ceil(options.min_overlap * shorter));
  return best_alignment(a, b, columns).correlation >= options.min_correlation;
}

struct Listed {
  int head;
  DiscoveredMotif const* motif;
};

std::vector<Listed> all_by_significance(std::span<HeadMotifs const> lists, int heads) {
  std::vector<Listed> result;
  for (HeadMotifs const& list : lists) {
    if (list.head < -1 || list.head >= heads) throw ShapeError("merge_motifs: no such head");
    for (DiscoveredMotif const& motif : list.motifs) result.push_back({list.head, &motif});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](Listed const& a, Listed const& b) { return better(*a.motif, *b.motif); });
  return result;
}

}  // namespace

std::vector<DiscoveredMotif> merge_motifs(std::span<HeadMotifs const> lists, MergeOptions const& options) {
  std::vector<Group> groups;
  for (Listed const& listed : all_by_significance(lists, options.heads)) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](Group const& g) {
      return same_motif(g.best.matrix, listed.motif->matrix, options);
    });
    if (group == groups.end()) {
      groups.push_back({*listed.motif, std::vector<double>(options.heads, 0.0)});
      group = groups.end() - 1;
    }
    if (listed.head >= 0) group->sites[listed.head] += static_cast<double>(listed.motif->sites);
  }
  std::vector<DiscoveredMotif> result;
  for (Group& group : groups) {
    double total = 0;
    for (double const sites : group.sites) total += sites;
    for (double& sites : group.sites) sites = total > 0 ? sites / total : 0.0;
    group.best.head_share = group.sites;
    group.best.matrix.id = std::string("M").append(std::to_string(result.size() + 1));
    result.push_back(std::move(group.best));
  }
  return result;
}

}  // namespace cislens
