#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/windows.hpp"
#include "cislens/motif/pwm.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

struct ScanOptions {
  double p_limit = 1e-4;   ///< per place and strand
  double pseudocount = 1;  ///< in sites, see log_odds
  /// By motif: so many times p_limit passes. Empty: 1 for all. Who asks for more sorts out what it finds.
  std::vector<double> looser = {};
  /// A motif of six columns may have no word of p <= p_limit, however clear it is. Of a motif that p_limit
  /// and `looser` leave without a word those pass that half of the words which its matrix emits score as high
  /// as, unless that takes more than ten times p_limit (a faint one).
  bool short_motifs = false;
};

/// A place where a motif's PWM scores high. Half-open [start, end) in the sequence.
struct Candidate {
  std::int64_t start = 0;
  std::int64_t end = 0;
  char strand = '+';
  int motif = 0;  ///< index in the scanner's motifs
  int score = 0;  ///< units of Pwm::unit_bits
  double p = 1;   ///< exact P(score at least this high) at one place and strand of background

  bool operator==(Candidate const&) const = default;
};

/// Part of a sequence: the motif instances that start at [places.start, places.end). They may reach further.
struct ScanPiece {
  BasesView sequence;
  RecordWindow places;
};

/// Finds motifs on both strands. Windows with an N (or masked base) are not places. The score of a window is
/// a sum over tables of 5-mers, about width / 5 additions a place and strand.
class Scanner {
 public:
  /// @param background  strand-symmetric (A = T, C = G), so that one distribution serves both strands
  /// @throws Error  the background is not symmetric, or a motif is empty
  Scanner(std::span<MotifMatrix const> motifs, Background const& background, ScanOptions const& options);

  int motif_count() const { return static_cast<int>(motifs_.size()); }
  double p_limit() const { return p_limit_; }
  /// That of one motif, see ScanOptions::short_motifs; `looser` is not in it.
  double p_limit(int motif) const { return p_limits_[motif]; }
  std::span<double const> p_limits() const { return p_limits_; }
  /// The least p that a word can have.
  double least_p(int motif) const;
  /// Whether any word passes.
  bool can_be_found(int motif) const;

  /// Every place with p up to the motif's limit, ordered by start, motif, then '+' before '-'.
  std::vector<Candidate> candidates(BasesView sequence) const;
  /// The same for pieces of sequences: one entry a piece, places counted in the whole sequence. However a
  /// sequence is cut, its pieces together hold what it holds. Time and memory follow the pieces, not their
  /// sequences.
  std::vector<std::vector<Candidate>> candidates(std::span<ScanPiece const> pieces) const;

  /// The best place of every motif whatever its p, one a motif; ties: leftmost, then '+'. A motif that fits
  /// nowhere (short sequence, N everywhere) has start = end = 0 and p = 1.
  std::vector<Candidate> best_hits(BasesView sequence) const;

  /// The same for every sequence; one entry a sequence, in order. Many short sequences are faster this way.
  std::vector<std::vector<Candidate>> best_hits_of_all(std::span<Bases const> sequences,
                                                       Threads& threads) const;

  /// p of a score of a motif, in units of Pwm::unit_bits.
  double p(int motif, int score) const { return motifs_[motif].distribution.p(score); }

 private:
  static constexpr int word = 5;
  static constexpr int words = 1024;

  struct Tables {
    std::vector<std::int32_t> scores;  ///< (blocks, words): what five columns say about a word
  };
  struct Entry {
    int width;
    int threshold;
    ScoreDistribution distribution;
    Tables forward;
    Tables backward;
  };

  static Tables make_tables(Pwm const& pwm);
  /// Scores of the windows of `width` that start at places [0, count) of a stretch without N.
  static void window_scores(Tables const& tables, std::span<std::uint16_t const> codes,
                            std::span<std::int32_t> scores);
  struct Runs;
  template <typename Visit>
  void for_each_stretch(Runs const& runs, Visit visit) const;
  std::vector<std::vector<Candidate>> candidates_of(Runs const& runs, std::size_t sequences) const;
  std::vector<std::vector<Candidate>> best_hits_of(Runs const& runs, std::size_t sequences) const;

  double p_limit_;
  std::vector<double> p_limits_;  // by motif
  std::int64_t widest_ = 1;       ///< motif, bases
  std::vector<Entry> motifs_;
};

}  // namespace cislens
