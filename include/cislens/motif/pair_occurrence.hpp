#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/pair_counts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace cislens {

struct PairOccurrenceOptions {
  int max_gap = 50;         ///< bases between two sites that can still be partners
  int permutations = 1000;  ///< of sites among sequences
  double min_expected =
      5;  ///< pairs expected in fewer sequences, by their motifs' frequencies alone, are not tested
  std::int64_t stratum = 200;  ///< least sequences of a stratum of length and GC
  double call_q = 0.05;        ///< of pairs that are asked whether they are direct
  std::uint64_t seed = 1;
};

/// Where the sites are that pairs are made of.
struct PairSites {
  std::span<Site const> sites;            ///< by sequence, then start; not overlapping
  std::span<std::int64_t const> lengths;  ///< (sequences) bases
  std::span<double const> gc;             ///< (sequences) share of G and C
  int motifs = 0;
  SiteReadings const* readings = nullptr;         ///< of the sites; none: each is what it is called
  std::span<double const> strand_certainty = {};  ///< (motifs) see PairSiteList; empty: strands are known
  std::span<std::uint8_t const> leans = {};       ///< (sites) see PairSiteList; empty: none does
};

/// How often two motifs stand side by side, against the same sites dealt out to sequences at random.
struct PairOccurrence {
  int a = 0;  ///< motifs, a <= b
  int b = 0;
  std::int64_t sequences = 0;  ///< that hold both within max_gap
  double expected = 0;         ///< mean of the permutations

  /// The window of gaps in which the pair is most over-represented, and how much: the signed root of the
  /// Poisson likelihood ratio, largest over windows of 1, 3, 7, 15 and all gaps; below 0 when no window holds
  /// more than expected. p: share of permutations whose largest is as large (max-T over windows).
  double z = 0;
  double log_p = 0;
  double q = 1;  ///< of call_log_p
  int window_first = 0;
  int window_last = 0;
  std::int64_t window_sequences = 0;  ///< with the pair at these gaps, once at each: what z is of
  double window_expected = 0;         ///< mean of the permutations

  /// Of pairs with an occurrence q <= 0.1, in the window above: how many sequences hold an instance that
  /// could not as well be one of a stronger called pair, against the permutations, p by a Poisson variable
  /// with their mean (normal where they spread more). A pair is called when it passes both tests: else it is
  /// a stronger pair's instances under the name of a look-alike. Minus infinity when no stronger pair
  /// explains any.
  double own_log_p = -std::numeric_limits<double>::infinity();
  std::int64_t own = 0;
  double own_expected = 0;
  int like_a = -1;  ///< the stronger pair that explains most instances; -1: none does
  int like_b = -1;

  /// The larger of both p, by which pairs are called.
  double call_log_p() const { return std::max(log_p, own_log_p); }

  /// Given the number of sequences: whether gaps, and orientations in the window above, are spread as by
  /// chance (max-T). Tested for pairs with q <= 0.1; q is NaN for the others.
  int gap = -1;  ///< middle of the window that stands out most
  double gap_log_p = 0;
  double gap_q = 1;
  PairOrientation orientation = PairOrientation::both_forward;
  bool strand_a_known = true;  ///< false: the other strand of a is as frequent in this pair
  bool strand_b_known = true;
  double orientation_log_p = 0;
  double orientation_q = 1;

  /// Whether the pair stands side by side more often than by chance also where no third motif is near that
  /// both are called with by occurrence (the three strongest are asked). Of pairs with q <= call_q; else
  /// false.
  bool direct = false;
  int via = -1;  ///< the third motif without which least is left, -1: there is none
  double direct_p = std::numeric_limits<double>::quiet_NaN();  ///< of what is left without it

  std::vector<std::int32_t> gaps;     ///< (max_gap + 1) sequences by gap, once at each
  std::vector<double> expected_gaps;  ///< mean of the permutations
  std::vector<double> gap_deviation;  ///< their standard deviation
  std::array<std::int32_t, pair_orientations> orientations{};  ///< in the window; pairs with q <= 0.1
  std::array<double, pair_orientations> expected_orientations{};
};

/// "+-"; '.' for a strand that is not known: "+.": b stands behind a.
std::string orientation_text(PairOccurrence const& pair);

/// Tests every pair of motifs, those with themselves too, that is frequent enough; by a, then b.
/// Deterministic for a seed, whatever the number of threads.
/// @throws Interrupted  a signal asked to stop
std::vector<PairOccurrence> test_pair_occurrence(PairSites const& sites, PairOccurrenceOptions const& options,
                                                 Threads& threads);

}  // namespace cislens
