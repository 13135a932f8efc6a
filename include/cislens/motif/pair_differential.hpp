#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/pair_occurrence.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace cislens {

/// One set of sequences and the places where a pair could stand.
struct PairChances {
  double sequences = 0;  ///< that hold the pair
  double expected = 0;   ///< mean of exchanged sites, > 0
  double sites_a = 0;    ///< of its motifs, in all sequences
  double sites_b = 0;
};

/// Share of the sequences with a pair that the foreground would have if it were no more of a pair there than
/// in the background: the largest of three answers to "no more of a pair". The same ratio to exchanged sites
/// in both; the same share of motif a's sites that bring b along (beyond those that chance gives one); the
/// same share of b's sites. Without association in either set all three agree. With it they differ when
/// motifs are not equally frequent: the ratio alone would call a composite element that is rarer in the
/// foreground, for the rarer a motif is the higher its ratio can be; the share alone one whose motifs are
/// otherwise rarer.
double fair_share(PairChances const& foreground, PairChances const& background);

/// A pair in the foreground and in the background, each against its own exchanged sites.
struct PairDifferential {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  std::int64_t background_sequences = 0;  ///< that hold both within max_gap
  double background_expected = 0;         ///< mean of exchanged sites

  /// The gaps that are compared: the window in which both sets together stand out most from exchanged sites.
  /// Which of the two has more there plays no part in its choice: taken where the foreground is highest, it
  /// would hold more in the foreground by itself.
  int window_first = 0;
  int window_last = 0;
  std::int64_t in_foreground = 0;  ///< sequences with the pair in the window
  std::int64_t in_background = 0;
  double foreground_chance = nan;  ///< the same of exchanged sites, mean
  double background_chance = nan;

  double log2_ratio = nan;  ///< of count to chance, foreground over background; half a sequence is added
  double log_p = nan;       ///< more of a pair in the foreground? binomial with fair_share; NaN: not tested
  double q = nan;           ///< Benjamini-Hochberg over the pairs that were tested
};

/// Compares pairs with those of a background.
/// @param pairs       of test_pair_occurrence in the foreground
/// @param foreground, background  sites of the same motifs, found by the same rule
/// @param options     those of test_pair_occurrence; pairs that chance puts in fewer than min_expected
/// sequences
///                    of the background are not tested
/// @return one a pair  @throws Interrupted  a signal asked to stop
std::vector<PairDifferential> test_pair_differential(std::span<PairOccurrence const> pairs,
                                                     PairSites const& foreground, PairSites const& background,
                                                     PairOccurrenceOptions const& options, Threads& threads);

}  // namespace cislens
