#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/interaction.hpp"
#include "cislens/motif/pair_occurrence.hpp"

#include <span>
#include <vector>

namespace cislens {

/// Whether two motifs act together: both in one sequence, wherever they stand, do more for its being of the
/// foreground than each by itself.
struct PairInteraction {
  PresenceCounts counts;                   ///< all strata together; of a pair with itself 0
  double site_p_a = InteractionTest::nan;  ///< largest p of a site of motif a that counts as its presence
  double site_p_b = InteractionTest::nan;
  InteractionTest test = {};
  double q = InteractionTest::nan;  ///< Benjamini-Hochberg over the pairs that were tested
};

/// The sites that presence is read from, by motif: each sequence with its smallest p.
/// @param sites  by sequence  @return (motifs) ascending by p
std::vector<std::vector<double>> smallest_p(std::span<Site const> sites, int motifs);

/// The largest p of a site that still counts: where the sequences differ most from shuffles of themselves, by
/// the score statistic of two equal shares. Chance sites thin presence out when it is too large, and true
/// ones are missed when it is too small. It is chosen without a look at who is of the foreground, so that the
/// test holds whatever it is.
/// @param p, shuffled  of as many sequences each, ascending; see smallest_p
/// @param sequences    of either
/// @return 0: no sequence holds a site, or no more than of the shuffles
double presence_limit(std::span<double const> p, std::span<double const> shuffled, std::int64_t sequences);

/// Tests pairs by presence. Strata are classes of length and GC of all sequences together (pair_strata).
/// @param pairs       of test_pair_occurrence in the foreground
/// @param foreground, background  sites of the same motifs, found by the same rule
/// @param shuffled, shuffled_background  sites, by sequence, in shuffles of the sequences
/// @param options     with its stratum and min_expected: pairs are tested when as many sequences of either
/// set
///                    would hold both motifs, either one alone and neither, did labels know nothing of motifs
/// @return one a pair; those of a motif with itself are not tested  @throws Interrupted  a signal asked to
/// stop
std::vector<PairInteraction> test_pair_interaction(std::span<PairOccurrence const> pairs,
                                                   PairSites const& foreground, PairSites const& background,
                                                   std::span<Site const> shuffled,
                                                   std::span<Site const> shuffled_background,
                                                   PairOccurrenceOptions const& options, Threads& threads);

}  // namespace cislens
