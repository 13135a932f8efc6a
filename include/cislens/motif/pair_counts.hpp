#pragma once

#include "cislens/base/random.hpp"
#include "cislens/motif/site.hpp"

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
/// do not hide it), at any, and by orientation. The orientation is that of the closest instance (ties: the
/// leftmost), so that repeats do not count many times.
struct PairCounts {
  int max_gap = 0;
  std::vector<std::int32_t> gaps;          ///< (pairs, max_gap + 1)
  std::vector<std::int32_t> sequences;     ///< (pairs)
  std::vector<std::int32_t> orientations;  ///< (pairs, 4)

  std::span<std::int32_t const> gaps_of(int pair) const {
    std::size_t const width = static_cast<std::size_t>(max_gap) + 1;
    return std::span(gaps).subspan(static_cast<std::size_t>(pair) * width, width);
  }
};

/// A pair and a third motif that may be what brings its two together.
struct PairTriple {
  int a = 0;
  int b = 0;
  int third = 0;      ///< neither a nor b
  int gap_first = 0;  ///< gaps of the pair that count
  int gap_last = 0;
};

/// Sites dealt out to sequences. `permute` exchanges sites between sequences of one stratum: a site keeps its
/// motif, its strand and its place in the sequence, a sequence keeps its number of sites, and no two sites of
/// a sequence overlap. So motifs keep their frequencies and their positional preferences, sequences their
/// density of sites, and only who stands beside whom is random: the null of cooperation.
class SiteArrangement {
 public:
  /// @param sites    by sequence, then start; not overlapping
  /// @param lengths  (sequences) bases; they must outlive the arrangement
  /// @param strata   (sequences) sites move between sequences of equal stratum
  /// @throws ShapeError  a site lies outside its sequence, or a sequence has 2^31 bases or more
  SiteArrangement(std::span<Site const> sites, std::span<std::int64_t const> lengths,
                  std::span<int const> strata);

  /// As many attempts to exchange two sites as there are sites.
  void permute(Random& random);

  /// @param[out] counts  set
  void count(PairSet const& set, int max_gap, PairCounts& counts) const;

  /// In how many sequences the two motifs of every triple stand in its window without the third near either.
  /// @param triples      of few different pairs
  /// @param max_gap      how near is near
  /// @param[out] counts  (triples), set
  void count_without(std::span<PairTriple const> triples, int max_gap,
                     std::vector<std::int32_t>& counts) const;

 private:
  /// What of a site moves: small, so that all of them stay in a processor's cache.
  struct Placed {
    std::int32_t start;
    std::int32_t end;
    std::int32_t motif;
    bool forward;
  };
  bool fits(Placed const& site, std::size_t slot) const;
  void sort_sequences();

  std::span<std::int64_t const> lengths_;
  std::vector<Placed> placed_;             // one a slot; a sequence's slots lie side by side, by start
  std::vector<std::int32_t> sequence_of_;  // one a slot
  std::vector<std::int64_t> first_slot_;   // one a sequence, and one behind the last
  std::vector<std::vector<std::uint32_t>> stratum_slots_;
};

/// Strata of sequences that are alike in length and in GC: quantile classes, as many as leave at least
/// `least` sequences in each, at most 4 of length times 5 of GC.
std::vector<int> pair_strata(std::span<std::int64_t const> lengths, std::span<double const> gc,
                             std::int64_t least);

}  // namespace cislens
