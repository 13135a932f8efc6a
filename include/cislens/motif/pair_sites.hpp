#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/pair_clusters.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// What else each of a list of sites could be.
struct SiteReadings {
  std::vector<std::int64_t> first;   ///< (sites + 1) of a site in `motifs`; empty: no site could be another
  std::vector<std::int32_t> motifs;  ///< a site's ascending, its own not among them

  std::span<std::int32_t const> of(std::int64_t site) const {
    if (first.empty()) return {};
    auto const from = static_cast<std::size_t>(first[static_cast<std::size_t>(site)]);
    auto const to = static_cast<std::size_t>(first[static_cast<std::size_t>(site) + 1]);
    return std::span(motifs).subspan(from, to - from);
  }
};

struct PairSiteOptions {
  double p_limit = 1e-3;  ///< of a site, per place and strand
  /// A site could be any motif that fits nearly where it is, at ten times p_limit, with an evidence (mean of
  /// log-odds and -log2 p) at most so many bits below its own.
  double margin_bits = 3.5;
  double pseudocount = 1;  ///< in sites, see log_odds
};

/// Sites that pairs are made of: their motif is the cluster, their strand that of its first member.
struct PairSiteList {
  std::vector<Site> sites;  ///< by sequence, then start; not overlapping
  SiteReadings readings;    ///< other clusters
  /// (sites) 1: this site and the next of its sequence are neighbours only through the competition for
  /// places: a candidate that overlaps both is better evidence than one of them, and lost only to the two
  /// together. Such pairs are not counted. May be empty: there are none.
  std::vector<std::uint8_t> leans;
  /// (clusters) How sure the strand of a site is, mean over sites of 1 / (1 + 2^-d), d the bits by which it
  /// scores above the same motif on the other strand there: 0.5 for a palindrome. 1 without sites.
  std::vector<double> strand_certainty;
};

/// Scans, lets candidates compete by evidence, and notes which sites cannot be told from those of
/// look-alikes.
/// @param background  strand-symmetric
/// @throws Interrupted  a signal asked to stop
PairSiteList find_pair_sites(std::span<MotifMatrix const> motifs, MotifClusters const& clusters,
                             Background const& background, std::span<Bases const> sequences,
                             PairSiteOptions const& options, Threads& threads);

}  // namespace cislens
