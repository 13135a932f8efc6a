#include "cislens/motif/pair_clusters.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/alignment.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace cislens {

namespace {

constexpr double least_overlap = 0.75;  // of the shorter motif
constexpr int least_columns = 6;        // five of six columns agree with many longer motifs by chance

/// Whom every motif is like, and how.
struct Likeness {
  std::vector<std::vector<Alignment>> alignments;  // [a][b], b > a
  double limit;

  Alignment const& of(std::size_t a, std::size_t b) const {
    return alignments[std::min(a, b)][std::max(a, b)];
  }
  bool alike(std::size_t a, std::size_t b) const { return a == b || of(a, b).correlation >= limit; }
};

Likeness compare_all(std::span<MotifMatrix const> motifs, double min_correlation) {
  Likeness likeness{{}, min_correlation};
  for (std::size_t a = 0; a < motifs.size(); ++a) {
    auto& row = likeness.alignments.emplace_back(motifs.size());
    for (std::size_t b = a + 1; b < motifs.size(); ++b) {
      int const shorter = std::min(motifs[a].width(), motifs[b].width());
      int const columns = std::max(least_columns, static_cast<int>(std::ceil(least_overlap * shorter)));
      row[b] = best_alignment(motifs[a], motifs[b], std::clamp(columns, 1, std::max(1, shorter)));
    }
  }
  return likeness;
}

}  // namespace

MotifClusters cluster_motifs(std::span<MotifMatrix const> motifs, double min_correlation) {
  std::size_t const count = motifs.size();
  Likeness const likeness = compare_all(motifs, min_correlation);
  std::vector<bool> taken(count, false);
  std::vector<std::vector<int>> members;
  for (std::size_t left = count; left > 0;) {
    std::vector<int> best;
    for (std::size_t a = 0; a < count; ++a) {
      if (taken[a]) continue;
      std::vector<int> own{static_cast<int>(a)};
      for (std::size_t b = 0; b < count; ++b) {
        if (b != a && !taken[b] && likeness.alike(a, b)) own.push_back(static_cast<int>(b));
      }
      if (own.size() > best.size()) best = own;
    }
    for (int const motif : best) taken[motif] = true;
    left -= best.size();
    members.push_back(std::move(best));
  }
  std::ranges::sort(members, {}, [](std::vector<int> const& cluster) { return cluster.front(); });
  MotifClusters clusters{std::vector<int>(count), std::vector<bool>(count, false), std::move(members)};
  for (int c = 0; c < clusters.size(); ++c) {
    auto const first = static_cast<std::size_t>(clusters.members[c].front());
    for (int const motif : clusters.members[c]) {
      clusters.cluster_of[motif] = c;
      auto const other = static_cast<std::size_t>(motif);
      clusters.turned[motif] = other != first && likeness.of(first, other).strand == '-';
    }
  }
  return clusters;
}

std::vector<Site> sites_of_clusters(std::span<Site const> sites, MotifClusters const& clusters) {
  std::vector<Site> result(sites.begin(), sites.end());
  for (Site& site : result) {
    if (site.motif < 0 || site.motif >= std::ssize(clusters.cluster_of))
      throw ShapeError("a site names motif " + std::to_string(site.motif) + " of " +
                       std::to_string(clusters.cluster_of.size()));
    if (clusters.turned[site.motif]) site.strand = site.strand == '-' ? '+' : '-';
    site.motif = clusters.cluster_of[site.motif];
  }
  return result;
}

}  // namespace cislens
