#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"
#include "cislens/data/simulate.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace cislens {

/// Two factors that go together. `first` stands before `second` on the strand that the pair is read from.
struct FactorPair {
  int first = 0;  ///< index into the motifs
  int second = 0;
};

/// What a sequence holds.
enum class PairLayout {
  listed,     ///< pairs of the list
  rematched,  ///< as many motifs of the same kinds in the same places and gaps, but no two neighbours on the
              ///< list
  singles,    ///< motifs alone, one a slot
};

/// Strands of the two motifs of a pair.
enum class PairStrands {
  forward,  ///< both forward
  random,   ///< each by coin
  fixed,    ///< every pair of the list keeps one of the four ways to stand to each other; it is read from
            ///< either strand
};

struct PairSimulateOptions {
  std::int64_t length = 300;                                        ///< bases of every sequence, >= 85
  std::array<double, 4> background = {0.225, 0.278, 0.271, 0.226};  ///< A C G T, independent of each other
  int min_pairs = 3;        ///< different pairs a sequence, >= 1; never more than there are slots
  int max_pairs = 5;        ///< >= min_pairs
  int min_singles = 2;      ///< different motifs a sequence of singles, >= 1
  int max_singles = 5;      ///< >= min_singles
  int min_gap = 8;          ///< bases between the two motifs of a pair, >= 0
  int max_gap = 14;         ///< >= min_gap
  bool fixed_gaps = false;  ///< every pair of the list keeps one gap of that range
  PairStrands strands = PairStrands::forward;
  PairLayout positives = PairLayout::listed;
  PairLayout negatives = PairLayout::singles;
  std::uint64_t seed = 1;
};

/// Two sites of one sequence that were planted as a pair.
struct PlantedPair {
  int left = 0;  ///< index into the sites
  int right = 0;
  int listed = -1;  ///< index into the list; -1: a pair that is not on it
};

struct SimulatedPairs {
  Bases bases;
  std::vector<PlantedSite> sites;  ///< by start; they never overlap
  std::vector<PlantedPair> pairs;
};

/// Sequences in which only some pairs of motifs occur side by side: the test of methods that find cooperating
/// factors. Slots for pairs lie 75 bases apart, their first motif starts at one of ten places in each (seven
/// in the last); words are drawn from the matrix until they score at least half of what the motif can score.
///
/// Every sequence is a function of the options, the motifs, the list and its number alone.
/// Source of the recipe: simulated data of SATORI, Ullah & Ben-Hur 2021, Nucleic Acids Res. 49:e77, and its
/// successor.
class PairSimulator {
 public:
  /// @param list  different pairs of different motifs
  /// @throws InputError  a pair does not fit into a slot, or no pair can be re-matched although it is asked
  /// for
  /// @throws ShapeError  an option is out of its range, or the list names a motif that is not there
  PairSimulator(PairSimulateOptions const& options, std::vector<MotifMatrix> motifs,
                std::vector<FactorPair> list);

  SimulatedPairs positive(std::int64_t number) const;
  SimulatedPairs negative(std::int64_t number) const;

  std::vector<MotifMatrix> const& motifs() const { return motifs_; }
  std::vector<FactorPair> const& list() const { return list_; }
  /// The gap of a pair of the list when gaps are fixed.
  int gap_of(int pair) const { return gaps_[pair]; }
  /// Strands of first and second of a pair of the list when strands are fixed: "++", "+-", "-+" or "--".
  char const* strands_of(int pair) const;
  /// The largest log-odds that a word of this motif can have, bits.
  double best_log_odds_bits(int motif) const { return best_bits_[motif]; }

 private:
  /// A pair as it will be planted: `source` is the pair of the list that gives it gap and strands.
  struct Choice {
    int first, second, source;
    bool listed;
  };

  SimulatedPairs make(PairLayout layout, Random random) const;
  std::vector<Choice> choose(PairLayout layout, Random& random) const;
  bool rematch(std::vector<Choice>& choices, Random& random) const;
  void plant_pair(Choice const& choice, std::int64_t start, Random& random, SimulatedPairs& sequence) const;
  void plant_singles(Random& random, SimulatedPairs& sequence) const;
  void plant(int motif, std::int64_t start, char strand, Random& random, SimulatedPairs& sequence) const;
  bool on_list(int a, int b) const { return listed_[a * static_cast<int>(motifs_.size()) + b] != 0; }

  PairSimulateOptions options_;
  std::vector<MotifMatrix> motifs_;
  std::vector<FactorPair> list_;
  std::vector<char> listed_;  // (motifs, motifs)
  std::vector<int> gaps_;     // one a pair of the list
  std::vector<int> strands_;  // 0 ++, 1 +-, 2 -+, 3 --
  std::vector<double> best_bits_;
  bool rematches_ =
      false;  // positives or negatives are re-matched: then both are drawn so that they could be
};

}  // namespace cislens
