#pragma once

#include "cislens/base/random.hpp"
#include "cislens/motif/pair_sites.hpp"
#include "cislens/motif/site.hpp"
#include "cislens/motif/site_cells.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// How the two sites of a pair stand to each other, read so that motif a comes first on the strand; for a
/// pair of one motif with itself `both_reverse` is `both_forward`.
enum class PairOrientation : std::uint8_t {
  both_forward,  ///< a> b>
  towards,       ///< a> <b
  away,          ///< <a b>
  both_reverse,  ///< <a <b
};
inline constexpr int pair_orientations = 4;
/// "++", "+-", "-+", "--".
char const* name_of(PairOrientation orientation);

/// Two sites of one sequence, neither overlapping the other.
struct SitePair {
  int a = 0;  ///< the lower motif index
  int b = 0;
  std::int64_t site_a = 0;  ///< indices into the sites
  std::int64_t site_b = 0;
  std::int64_t gap = 0;  ///< bases between them
  PairOrientation orientation = PairOrientation::both_forward;
};

/// @param same_motif  the pair is of one motif with itself
PairOrientation orientation_of(bool left_forward, bool right_forward, bool left_is_a, bool same_motif);

/// The pair that two sites make. @pre they do not overlap
SitePair pair_of(std::span<Site const> sites, std::int64_t first, std::int64_t second);

/// The pairs of motifs that are looked at, each numbered.
class PairSet {
 public:
  /// @param motifs  how many there are
  /// @param pairs   a <= b, each once
  PairSet(int motifs, std::span<std::array<int, 2> const> pairs);

  /// Number of a pair, or -1.
  int index(int a, int b) const { return index_[static_cast<std::size_t>(a) * motifs_ + b]; }
  std::array<int, 2> motifs_of(int pair) const { return pairs_[pair]; }
  int size() const { return static_cast<int>(pairs_.size()); }

 private:
  std::size_t motifs_;
  std::vector<std::array<int, 2>> pairs_;
  std::vector<int> index_;
};

/// In how many sequences each pair of a set stands: at each gap (once a gap, so that instances at other gaps
/// do not hide it), and at any.
struct PairCounts {
  int max_gap = 0;
  std::vector<std::int32_t> gaps;       ///< (pairs, max_gap + 1)
  std::vector<std::int32_t> sequences;  ///< (pairs)
  /// Working memory: the sequence that each was last counted in.
  std::vector<std::int32_t> seen, seen_gaps;

  std::span<std::int32_t const> gaps_of(int pair) const {
    std::size_t const width = static_cast<std::size_t>(max_gap) + 1;
    return std::span(gaps).subspan(static_cast<std::size_t>(pair) * width, width);
  }
};

/// Gaps (or other cells) [first, last], both inside.
struct PairWindow {
  int first = 0;
  int last = 0;
};

/// Which instances of a pair may be another's: of the pairs that are stronger, when both sites could be
/// theirs.
class StrongerPairs {
 public:
  /// No pair is stronger than another.
  explicit StrongerPairs(int motifs)
      : motifs_(static_cast<std::size_t>(motifs)), strength_(motifs_ * motifs_) {}

  /// @param strength  > 0; pairs never set have 0
  void set(int a, int b, double strength);
  double strength(std::int32_t a, std::int32_t b) const {
    return strength_[static_cast<std::size_t>(a) * motifs_ + static_cast<std::size_t>(b)];
  }
  /// The strongest pair that an instance of a and b could be, or {-1, -1} when none is stronger than a and b.
  /// @param other_a, other_b  what else its sites could be
  std::array<int, 2> explain(std::int32_t a, std::int32_t b, std::span<std::int32_t const> other_a,
                             std::span<std::int32_t const> other_b) const;

 private:
  std::size_t motifs_;
  std::vector<double> strength_;
};

/// In how many sequences each pair of a set stands within its window of gaps.
struct PairWindowCounts {
  std::vector<std::int32_t> own;           ///< (pairs) with an instance that no stronger pair explains
  std::vector<std::int32_t> orientations;  ///< (pairs, 4) each once a sequence
  std::vector<std::int32_t> instances;     ///< (pairs) all of them
  std::vector<std::int32_t> a_left;        ///< (pairs) those with a on the left
};

/// A pair and a third motif that may be what brings its two together.
struct PairTriple {
  int a = 0;
  int b = 0;
  int third = 0;      ///< neither a nor b
  int gap_first = 0;  ///< gaps of the pair that count
  int gap_last = 0;
};

/// What of a site moves: small, so that all of them stay in a processor's cache.
struct PlacedSite {
  std::int32_t start;
  std::int32_t end;
  std::int32_t motif;
  std::uint32_t
      code;  ///< 4 * number of the site + 2 when it and the next lean on each other + 1 when forward

  std::int64_t site() const { return code / 4; }
  bool forward() const { return (code & 1U) != 0; }
  bool leans() const { return (code & 2U) != 0; }
};

/// Whether two sites are no evidence of a pair: see PairSiteList::leans.
inline bool lean(PlacedSite const& left, PlacedSite const& right) {
  return left.leans() && right.site() == left.site() + 1;
}

/// Sites dealt out to sequences. `permute` exchanges sites between sequences of one stratum: a site keeps its
/// motif, its strand and its place in the sequence, a sequence keeps its number of sites, and no two sites of
/// a sequence overlap. So motifs keep their frequencies and their positional preferences, sequences their
/// density of sites, and only who stands beside whom is random.
class SiteArrangement {
 public:
  /// @param sites    by sequence, then start; not overlapping; fewer than 2^30
  /// @param leans    (sites) see PairSiteList; may be empty
  /// @param lengths  (sequences) bases; they must outlive the arrangement
  /// @param strata   (sequences) sites move between sequences of equal stratum
  /// @throws ShapeError  a site lies outside its sequence, or a sequence has 2^31 bases or more
  SiteArrangement(std::span<Site const> sites, std::span<std::uint8_t const> leans,
                  std::span<std::int64_t const> lengths, std::span<int const> strata);

  /// As many attempts to exchange two sites as there are sites.
  void permute(Random& random);

  std::int64_t sequences() const { return std::ssize(lengths_); }
  std::span<std::int64_t const> lengths() const { return lengths_; }
  std::int64_t length(std::int64_t sequence) const { return lengths_[static_cast<std::size_t>(sequence)]; }
  /// By start.
  std::span<PlacedSite const> of(std::int64_t sequence) const {
    auto const first = static_cast<std::size_t>(first_slot_[static_cast<std::size_t>(sequence)]);
    auto const last = static_cast<std::size_t>(first_slot_[static_cast<std::size_t>(sequence) + 1]);
    return std::span(placed_).subspan(first, last - first);
  }

  /// Calls visit(sequence, left, right) for two sites at most `reach` bases apart, sequence by sequence.
  template <typename Visit>
  void for_each_neighbours(std::int32_t reach, Visit const& visit) const {
    for (std::int64_t sequence = 0; sequence < sequences(); ++sequence) {
      auto const own = of(sequence);
      for (auto left = own.begin(); left != own.end(); ++left) {
        for (auto right = left + 1; right != own.end() && right->start - left->end <= reach; ++right)
          visit(sequence, *left, *right);
      }
    }
  }
  /// Those that end behind `from` and start before `to` or there, and maybe others, by start.
  std::span<PlacedSite const> near(std::int64_t sequence, std::int64_t from, std::int64_t to) const {
    auto const own = of(sequence);
    if (own.size() <= few_sites) return own;
    auto const first = std::ranges::lower_bound(own, from - widest_, {}, &PlacedSite::start);
    return {first, std::ranges::upper_bound(first, own.end(), to, {}, &PlacedSite::start)};
  }
  /// Whether any of them is so.
  template <typename Ask>
  bool any_near(std::int64_t sequence, std::int64_t from, std::int64_t to, Ask const& ask) const {
    return std::ranges::any_of(near(sequence, from, to), ask);
  }
  /// Bases of the widest site.
  std::int32_t widest() const { return widest_; }

  /// The sites as they stand now, by sequence, then start.
  /// @param original     what the arrangement was made of
  /// @param[out] origin  of each its number there
  std::vector<Site> sites(std::span<Site const> original, std::vector<std::int64_t>& origin) const;

  /// @param[out] counts  set
  void count(PairSet const& set, int max_gap, PairCounts& counts) const;

  /// @param windows      (pairs of the set)
  /// @param stronger     what explains instances  @param readings  of the sites that the arrangement was made
  /// of
  /// @param[out] counts  set
  void count_windows(PairSet const& set, std::span<PairWindow const> windows, StrongerPairs const& stronger,
                     SiteReadings const& readings, PairWindowCounts& counts) const;

  /// In how many sequences the two motifs of every triple stand in its window without the third near either.
  /// @param triples      of few different pairs
  /// @param max_gap      how near is near
  /// @param[out] counts  (triples), set
  void count_without(std::span<PairTriple const> triples, int max_gap,
                     std::vector<std::int32_t>& counts) const;

 private:
  bool fits(PlacedSite const& site, std::size_t slot, SiteCells const& cells) const;

  static constexpr std::size_t few_sites = 16;  // a search takes longer than to look at all

  std::span<std::int64_t const> lengths_;
  std::int32_t widest_ = 0;
  std::vector<PlacedSite> placed_;         // one a slot; a sequence's slots lie side by side, by start
  std::vector<std::int32_t> sequence_of_;  // one a slot
  std::vector<std::int64_t> first_slot_;   // one a sequence, and one behind the last
  std::vector<std::vector<std::uint32_t>> stratum_slots_;
};

/// Strata of sequences that are alike in length and in GC: quantile classes, as many as leave at least
/// `least` sequences in each, at most 4 of length times 5 of GC.
std::vector<int> pair_strata(std::span<std::int64_t const> lengths, std::span<double const> gc,
                             std::int64_t least);

}  // namespace cislens
