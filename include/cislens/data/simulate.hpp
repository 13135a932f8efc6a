#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace cislens {

/// What simulated sequences look like.
struct SimulateOptions {
  std::int64_t length = 200;  ///< bases of every sequence, > 0
  double gc = 0.45;           ///< expected share of G and C in the background, 0.05 to 0.95
  int min_sites = 1;          ///< planted sites a sequence, >= 0
  int max_sites = 3;          ///< >= min_sites
  std::uint64_t seed = 1;
};

/// One word that was planted.
struct PlantedSite {
  std::int64_t start = 0;  ///< 0-based
  std::int64_t end = 0;    ///< half-open
  int motif = 0;           ///< index into the motifs
  char strand = '+';
  double log_odds_bits = 0;  ///< of the word, against the background's base composition
};

struct SimulatedSequence {
  Bases bases;
  std::vector<PlantedSite> sites;  ///< by start; they never overlap
};

/// Frequencies of two neighbouring bases, [first][second], summing to 1: the odds typical of the human genome
/// (few CG, many CA and TG), fitted to base frequencies that are the same on both strands and have the given
/// GC. Source of the odds: Burge, Campbell, Karlin 1992, PNAS 89:1358, rounded. Fit: iterative proportional
/// fitting.
std::array<std::array<double, 4>, 4> background_dinucleotides(double gc);

/// Makes sequences with planted motifs and knows the truth. Every sequence is a function of the options, the
/// motifs and its number alone, so it does not matter in which order, or on how many machines, they are made.
class Simulator {
 public:
  /// @param motifs   to plant; none: background only, whatever `min_sites` says
  /// @param weights  (motifs) > 0, any scale: how often a site is of this motif
  /// @throws InputError  the sites would not fit into a sequence; says which motif
  /// @throws ShapeError  an option is out of its range, or weights do not belong to motifs
  Simulator(SimulateOptions const& options, std::vector<MotifMatrix> motifs, std::vector<double> weights);

  /// Number of sites uniform between the limits, motifs by weight, places uniform over all that do not
  /// overlap, strands by coin, words drawn from the matrix, everything else order-1 background.
  SimulatedSequence positive(std::int64_t number) const;

  /// Background only, independent of all positives.
  Bases negative(std::int64_t number) const;

  std::vector<MotifMatrix> const& motifs() const { return motifs_; }
  /// The largest log-odds that a word of this motif can have, bits.
  double best_log_odds_bits(int motif) const;

 private:
  Bases background(Random& random) const;
  void plant(PlantedSite& site, Bases& bases, Random& random) const;

  SimulateOptions options_;
  std::vector<MotifMatrix> motifs_;
  std::vector<double> weights_;
  std::array<double, 4> frequencies_{};                 // of single bases
  std::array<std::array<double, 4>, 4> transitions_{};  // [previous][next], each row to its own scale
};

}  // namespace cislens
