#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// Probabilities of A C G T where there is no motif, independent from base to base; each > 0, sum 1.
struct Background {
  std::array<double, 4> probability = {0.25, 0.25, 0.25, 0.25};

  bool operator==(Background const&) const = default;
};

/// Base frequencies of the sequences, N not counted, one pseudocount a base.
/// @param symmetric  both strands counted, so that A = T and C = G; what scans of both strands need
Background estimate_background(std::span<Bases const> sequences, bool symmetric);

/// Columns in reverse order, bases complemented; id, name and sites kept.
MotifMatrix reverse_complement(MotifMatrix const& motif);

/// Σ columns, bases of p log2(p / background): bits against the background, no correction.
double information_bits(MotifMatrix const& motif, Background const& background);

/// Per column 2 + Σ p log2 p − e(n) bits, at least 0: the height of a logo. e(n) = 3 / (2 ln 2 · n) is the
/// small-sample correction for n = `motif.sites`; none when the number of sites is not known.
/// Source: Schneider, Stormo, Gold, Ehrenfeucht 1986, J. Mol. Biol. 188, 415.
std::vector<double> logo_information(MotifMatrix const& motif);

/// IUPAC letters: one base above 50 % and twice the second; else two bases of together 75 %; else three when
/// the fourth is below 5 %; else N. Source: Cavener 1987, Nucleic Acids Res. 15, 1353 (first two rules).
std::string iupac_consensus(MotifMatrix const& motif);

/// Drops columns from both ends while their bits against the background are below `min_bits`; may leave none.
MotifMatrix trim_ends(MotifMatrix const& motif, Background const& background, double min_bits);

/// A motif as log-odds in whole units of `unit_bits`, so that sums are exact and p-values are exact for what
/// is summed.
struct Pwm {
  static constexpr double unit_bits = 0.01;
  std::vector<std::array<std::int32_t, 4>> scores;  ///< one row a position, columns A C G T

  int width() const { return static_cast<int>(scores.size()); }
};

/// round(log2(p' / b) / unit) with p' = (n p + pseudocount b) / (n + pseudocount), b the background and n the
/// sites of the motif (100 when not known).
/// @param pseudocount  in sites, > 0
/// @throws Error  pseudocount is not positive
Pwm log_odds(MotifMatrix const& motif, Background const& background, double pseudocount);

/// Scores of the other strand: what `pwm` says about the reverse complement of a window.
Pwm reverse_complement(Pwm const& pwm);

/// P(score >= s) of a PWM at one place of background sequence, exact for its whole-unit scores: dynamic
/// programming over the positions, time O(width × range of scores). Source: Staden 1989, Comput. Appl.
/// Biosci. 5, 89.
class ScoreDistribution {
 public:
  ScoreDistribution(Pwm const& pwm, Background const& background);

  int min_score() const { return min_score_; }
  int max_score() const { return min_score_ + static_cast<int>(tail_.size()) - 1; }
  /// P(score >= s): 1 at or below the smallest score, 0 above the largest.
  double p(int score) const;
  /// The smallest score s with p(s) <= p_limit; max_score() + 1 when no score is that rare.
  int threshold(double p_limit) const;

 private:
  int min_score_ = 0;
  std::vector<double> tail_;
};

/// The highest score that at least half of the words have which the matrix emits.
int median_score(MotifMatrix const& motif, Pwm const& pwm);

}  // namespace cislens
