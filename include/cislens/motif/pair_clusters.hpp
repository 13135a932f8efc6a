#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/motif/site.hpp"

#include <span>
#include <vector>

namespace cislens {

/// Motifs too alike to be told apart at a site, taken together: which of two E-boxes a site is called is
/// chance, and pairs of either would be counted half and reported twice.
struct MotifClusters {
  std::vector<int> cluster_of;            ///< by motif
  std::vector<bool> turned;               ///< by motif: it is like its cluster's first on the other strand
  std::vector<std::vector<int>> members;  ///< by cluster; first the one that stands for all

  int size() const { return static_cast<int>(members.size()); }
};

/// The motif with most others alike and not yet in a cluster stands for them (ties: the earlier), and so on.
/// Clusters are in the order of the motifs that stand for them.
/// @param min_correlation  of two motifs that are alike, over at least 3/4 of the shorter and six columns;
/// above 1: every
///                         motif by itself
MotifClusters cluster_motifs(std::span<MotifMatrix const> motifs, double min_correlation);

/// The sites with their cluster as motif and the strand that its first member would have.
/// @throws ShapeError  a site of a motif that is not there
std::vector<Site> sites_of_clusters(std::span<Site const> sites, MotifClusters const& clusters);

}  // namespace cislens
