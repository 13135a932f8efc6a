#include "cislens/motif/merge.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

using Columns = std::vector<std::array<double, 4>>;

Columns reverse_complement_columns(Columns const& columns) {
  Columns result(columns.rbegin(), columns.rend());
  for (auto& column : result) std::reverse(column.begin(), column.end());
  return result;
}

/// Pearson correlation over a[first_a, first_a + overlap) and b[first_b, ...). Every column sums to 1, so
/// both means are 1/4.
double correlation(Columns const& a, int first_a, Columns const& b, int first_b, int overlap) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (int i = 0; i < overlap; ++i) {
    for (std::size_t base = 0; base < 4; ++base) {
      double const x = a[first_a + i][base] - 0.25;
      double const y = b[first_b + i][base] - 0.25;
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0.0;
}

}  // namespace

MotifSimilarity compare_motifs(MotifMatrix const& a, MotifMatrix const& b, int min_columns) {
  MotifSimilarity best;
  best.correlation = -std::numeric_limits<double>::infinity();
  int const least = std::max(1, std::min({min_columns, a.width(), b.width()}));
  for (char const strand : {'+', '-'}) {
    Columns const other = strand == '+' ? b.rows : reverse_complement_columns(b.rows);
    for (int offset = least - b.width(); offset + least <= a.width(); ++offset) {
      int const first = std::max(0, offset);
      int const overlap = std::min(a.width(), offset + b.width()) - first;
      double const r = correlation(a.rows, first, other, first - offset, overlap);
      if (r > best.correlation) best = {r, offset, strand, overlap};
    }
  }
  if (best.overlap == 0) best.correlation = 0;
  return best;
}

namespace {

struct Group {
  DiscoveredMotif best;
  std::vector<double> sites;  // by head
};

bool better(DiscoveredMotif const& a, DiscoveredMotif const& b) {
  if (a.holdout_p != b.holdout_p) return a.holdout_p < b.holdout_p;
  return a.sites > b.sites;
}

bool same_motif(MotifMatrix const& a, MotifMatrix const& b, MergeOptions const& options) {
  int const shorter = std::min(a.width(), b.width());
  int const columns = static_cast<int>(std::ceil(options.min_overlap * shorter));
  return compare_motifs(a, b, columns).correlation >= options.min_correlation;
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
