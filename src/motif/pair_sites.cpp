#include "cislens/motif/pair_sites.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/compete.hpp"
#include "cislens/motif/scan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cislens {

namespace {

constexpr double reading_limit = 10;     // of p: how much weaker than a site another reading may be
constexpr std::int64_t piece_bp = 1024;  // of sequences that are scanned together, at least one

double evidence_bits(double score_bits, double p) {
  return (score_bits - std::log2(std::max(p, 1e-300))) / 2;
}

/// Whether two stretches share at least 3/4 of the shorter.
bool same_place(Site const& site, Candidate const& other) {
  std::int64_t const shared = std::min(site.end, other.end) - std::max(site.start, other.start);
  return 4 * shared >= 3 * std::min(site.end - site.start, other.end - other.start);
}

/// Sites of some sequences, one after the other.
struct Found {
  std::vector<Site> sites;
  std::vector<std::vector<std::int32_t>> readings;  // one a site
  std::vector<double> certainty;                    // of its strand, one a site
  std::vector<std::uint8_t> leans;                  // one a site
};

/// See PairSiteList::leans. @param candidates  that competed, of one sequence, by start
bool lean_on_each_other(Site const& left, Site const& right, std::span<Candidate const> candidates,
                        std::int64_t widest) {
  auto const gives_way = [](Site const& site, Candidate const& other) {
    return same_place(site, other) &&
           evidence_bits(other.score * Pwm::unit_bits, other.p) > evidence_bits(site.score, site.p);
  };
  auto const from = std::ranges::lower_bound(candidates, right.start - widest, {}, &Candidate::start);
  for (auto other = from; other != candidates.end() && other->start < left.end; ++other) {
    if (other->end > right.start && (gives_way(left, *other) || gives_way(right, *other))) return true;
  }
  return false;
}

/// How sure the strand of a site is, see PairSiteList. @param candidates  of one sequence, by start
double strand_certainty(Site const& site, std::span<Candidate const> candidates, std::int64_t widest,
                        MotifClusters const& clusters) {
  auto const on_strand = [&](int motif, char strand) {
    return (strand == '+') != clusters.turned[static_cast<std::size_t>(motif)];
  };
  auto const cluster = [&](int motif) { return clusters.cluster_of[static_cast<std::size_t>(motif)]; };
  double certainty = 1;
  auto const from = std::ranges::lower_bound(candidates, site.start - widest, {}, &Candidate::start);
  for (auto other = from; other != candidates.end() && other->start < site.end; ++other) {
    if (cluster(other->motif) != cluster(site.motif) || !same_place(site, *other)) continue;
    if (on_strand(other->motif, other->strand) == on_strand(site.motif, site.strand)) continue;
    double const above = std::max(0.0, site.score - other->score * Pwm::unit_bits);
    certainty = std::min(certainty, 1 / (1 + std::exp2(-above)));
  }
  return certainty;
}

/// @param candidates  of one sequence, by start  @param site  its motif is not yet a cluster
std::vector<std::int32_t> readings_of(Site const& site, std::span<Candidate const> candidates,
                                      std::int64_t widest, MotifClusters const& clusters,
                                      double margin_bits) {
  double const least = evidence_bits(site.score, site.p) - margin_bits;
  std::vector<std::int32_t> found;
  auto const from = std::ranges::lower_bound(candidates, site.start - widest, {}, &Candidate::start);
  for (auto other = from; other != candidates.end() && other->start < site.end; ++other) {
    std::int32_t const cluster = clusters.cluster_of[static_cast<std::size_t>(other->motif)];
    if (cluster == clusters.cluster_of[static_cast<std::size_t>(site.motif)] || !same_place(site, *other))
      continue;
    if (evidence_bits(other->score * Pwm::unit_bits, other->p) >= least) found.push_back(cluster);
  }
  std::ranges::sort(found);
  auto const repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace

PairSiteList find_pair_sites(std::span<MotifMatrix const> motifs, MotifClusters const& clusters,
                             Background const& background, std::span<Bases const> sequences,
                             PairSiteOptions const& options, Threads& threads) {
  Scanner const scanner(motifs, background,
                        {std::min(1.0, reading_limit * options.p_limit), options.pseudocount});
  std::vector<double> const p_limits(motifs.size(), options.p_limit);
  std::int64_t widest = 1;
  for (MotifMatrix const& motif : motifs) widest = std::max<std::int64_t>(widest, motif.width());
  std::vector<std::size_t> pieces{0};  // first sequence of each, and one behind the last
  std::int64_t bases = 0;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    bases += std::ssize(sequences[s]);
    if (bases < piece_bp && s + 1 < sequences.size()) continue;
    pieces.push_back(s + 1);
    bases = 0;
  }
  std::vector<Found> found(pieces.size() - 1);
  threads.for_each(std::ssize(found), [&](std::int64_t piece, int) {
    throw_if_interrupted();
    for (std::size_t s = pieces[piece]; s < pieces[piece + 1]; ++s) {
      auto const all = scanner.candidates(sequences[s]);
      std::vector<Candidate> strong;
      std::ranges::copy_if(all, std::back_inserter(strong),
                           [&](Candidate const& candidate) { return candidate.p <= options.p_limit; });
      auto const own =
          compete(strong, p_limits, SiteWeight::evidence, sequences[s], static_cast<std::int64_t>(s));
      for (Site const& site : own) {
        found[piece].readings.push_back(readings_of(site, all, widest, clusters, options.margin_bits));
        found[piece].certainty.push_back(strand_certainty(site, all, widest, clusters));
      }
      for (std::size_t i = 0; i < own.size(); ++i)
        found[piece].leans.push_back(
            i + 1 < own.size() && lean_on_each_other(own[i], own[i + 1], strong, widest) ? 1 : 0);
      found[piece].sites.insert(found[piece].sites.end(), own.begin(), own.end());
    }
  });
  PairSiteList list;
  list.readings.first.push_back(0);
  for (Found const& part : found) {
    list.sites.insert(list.sites.end(), part.sites.begin(), part.sites.end());
    list.leans.insert(list.leans.end(), part.leans.begin(), part.leans.end());
    for (auto const& others : part.readings) {
      list.readings.motifs.insert(list.readings.motifs.end(), others.begin(), others.end());
      list.readings.first.push_back(std::ssize(list.readings.motifs));
    }
  }
  list.sites = sites_of_clusters(list.sites, clusters);
  list.strand_certainty.assign(static_cast<std::size_t>(clusters.size()), 0);
  std::vector<double> count(list.strand_certainty.size());
  std::size_t at = 0;
  for (Found const& part : found) {
    for (double const certainty : part.certainty) {
      auto const cluster = static_cast<std::size_t>(list.sites[at++].motif);
      list.strand_certainty[cluster] += certainty;
      count[cluster] += 1;
    }
  }
  for (std::size_t c = 0; c < count.size(); ++c)
    list.strand_certainty[c] = count[c] > 0 ? list.strand_certainty[c] / count[c] : 1;
  return list;
}

}  // namespace cislens
