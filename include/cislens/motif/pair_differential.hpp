#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/pair_occurrence.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace cislens {

/// One set of sequences, and where in it a pair could stand.
struct PairChances {
  double sequences = 0;  ///< that hold the pair in its window of gaps
  double expected = 0;   ///< the same of exchanged sites, mean, > 0
  double bases = 0;      ///< of all sequences
  double sites_a = 0;    ///< of its motifs, in all sequences
  double sites_b = 0;
  double chance_a = 0;  ///< as many of them there are in shuffles of the sequences
  double chance_b = 0;
};

/// Share of the sequences with a pair that the foreground would have if it were no more of a pair there than
/// in the background: what exchanged sites explain in each, and what is above it by opportunities. These can
/// be the sites of the one motif, those of the other, or their chance meetings (sites of the one times sites
/// of the other, a base); all sites, or as many as there are above chance. The answer is the largest of the
/// six shares. Without association in either set all agree. With it they differ when motifs are not equally
/// frequent, and each alone misleads: meetings would call a composite element that is rarer in the
/// foreground, for they fall with the square of frequency; sites one whose motifs are otherwise rarer; all
/// sites one whose motifs are more frequent, for fewer of its sites are then there by chance.
///
/// What exchanged sites give in the window is taken off, and is not what the excess goes by: where places are
/// preferred, the association of a fixed gap lets exchanged sites stand at that gap too.
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
/// @param chance, background_chance  (motifs) sites there would be by chance; may be empty: none
/// @param options     those of test_pair_occurrence; pairs that chance puts in fewer than min_expected
/// sequences
///                    of the background are not tested
/// @return one a pair  @throws Interrupted  a signal asked to stop
std::vector<PairDifferential> test_pair_differential(std::span<PairOccurrence const> pairs,
                                                     PairSites const& foreground, PairSites const& background,
                                                     std::span<double const> chance,
                                                     std::span<double const> background_chance,
                                                     PairOccurrenceOptions const& options, Threads& threads);

}  // namespace cislens
