#pragma once

#include "cislens/motif/pair_sites.hpp"
#include "cislens/motif/site.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace cislens {

/// What co-attention says about a pair of motifs, over held-out sequences.
struct PairCoattention {
  int a = 0;  ///< motifs, a <= b
  int b = 0;
  std::int64_t sequences = 0;  ///< that hold the pair
  double expected = 0;         ///< sequences that would hold it if labels were dealt out at random
  /// Mean over sequences of the pair term of the closest instance, less the mean pair term of other labels
  /// in the same two places: logit units. Above 0: the network takes them for partners.
  double effect = 0;
  double log_p = 0;  ///< NaN: not tested
  /// Of pairs with q <= 0.1 by log_p alone: the same test without instances that could as well be those of a
  /// stronger called pair. Minus infinity when none could.
  double own_log_p = -std::numeric_limits<double>::infinity();
  int like_a = -1;  ///< the stronger pair that explains most of its instances; -1: none does
  int like_b = -1;
  double q = 1;                    ///< Benjamini-Hochberg of call_log_p over the pairs that were tested
  std::vector<double> head_share;  ///< (H) of the effect's size; the sum is 1

  /// The larger of both p, by which pairs are called; NaN: not tested.
  double call_log_p() const { return std::isnan(log_p) ? log_p : std::max(log_p, own_log_p); }
};

/// A site in one version of a sequence.
struct DealtSite {
  int label = 0;
  std::int64_t dealt = -1;  ///< the site whose label it got, by which the readings are known; -1: none
  std::int64_t donor = -1;  ///< the site of that label whose bases it got; -1: its own
};

/// Two sites of a sequence that may be partners, in one version of the sequence: as places of sites they
/// are the same in all versions, as labels they are not.
struct PlacePair {
  int first = 0;  ///< numbers of the two sites in the sequence
  int second = 0;
  std::int64_t gap = 0;  ///< bases between them
};

/// The places of a sequence's sites that are at most `max_gap` apart, by first, then second.
/// @param sites  of one sequence, by start
std::vector<PlacePair> places_within(std::span<Site const> sites, std::int64_t max_gap);

/// A pair's value in one version of one sequence.
struct VersionValue {
  std::int64_t sequence = 0;
  int version = 0;
  double value = 0;
};

/// ln P(sum >= that of version 0) where every sequence gives the value of one of its versions, all equally
/// likely. @param values  by sequence; versions that are not there have the value 0
double version_sum_log_p(std::span<VersionValue const> values, int versions);

/// Adds up pair terms, a sequence at a time, and tests them.
///
/// A sequence comes in versions: version 0 has its own labels, the others have labels dealt out at random in
/// the same places. Without partnership all versions are alike, whatever network it was that read them, as
/// long as it has not seen the sequence: the test is the permutation of versions within sequences. Statistic
/// of a pair: sum over sequences of the highest pair term of its instances, centred on the mean of all
/// versions in their two places, or 0 when none is above 0: that a pair which the network takes for strangers
/// is absent, or stands apart, is no evidence. So a pair is called when a network that learned from other
/// sequences holds it for partners, and it stands there more often than chance. p is the upper tail of the
/// sum, by the saddle point; 1 when the effect is not above 0.
///
/// A look-alike of a true partner is given some of its sites, and so its pairs. So pairs with q <= 0.1 are
/// tested again on their own instances alone: neither the two sites whose labels stand there nor those whose
/// bases do could be the motifs of a stronger called pair. In all versions labels are dealt out with what
/// else their sites could be, and bases by label: the versions stay alike. Source of the tail: Lugannani,
/// Rice 1980, Adv. Appl. Probab. 12, 475.
class PairCoattentionSums {
 public:
  /// @param versions  of each sequence, >= 2
  PairCoattentionSums(int motifs, int heads, int versions);

  /// @param places  of this sequence
  /// @param dealt   (versions, sites)
  /// @param sites   of this sequence
  /// @param terms   (versions, places, H)
  void add(std::span<PlacePair const> places, std::span<DealtSite const> dealt, std::int64_t sites,
           std::span<float const> terms);

  /// @param min_expected  pairs expected in fewer sequences are not tested
  /// @param readings      what else the sites could be that were dealt out
  /// @param call_q        pairs with at most this q explain others
  /// @return pairs that any sequence holds or is expected to, by a, then b
  std::vector<PairCoattention> result(double min_expected, SiteReadings const& readings, double call_q) const;

 private:
  /// Two sites with a centred pair term above 0; a is the lower label.
  struct Instance {
    std::int32_t sequence, version;
    float value;
    std::int32_t dealt_a, dealt_b, donor_a, donor_b;
  };
  struct Sum {
    std::vector<VersionValue> values;  ///< highest of them a version, where it is above 0
    std::vector<Instance> instances;   ///< by sequence, then version
    std::vector<double> heads;         ///< (H) sums over own instances
    std::int64_t sequences = 0;
    std::int64_t in_controls = 0;  ///< sequences, of all versions but the first
  };

  std::size_t index(int a, int b) const;
  void test_own(std::vector<PairCoattention>& pairs, SiteReadings const& readings, double call_q) const;
  void add_version(Sum& sum, int version, double best, std::span<float const> closest,
                   std::span<double const> means);

  int motifs_, heads_, versions_;
  std::int64_t added_ = 0;  ///< sequences
  std::vector<Sum> sums_;   ///< (motifs, motifs), a <= b
};

}  // namespace cislens
