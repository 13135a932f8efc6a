#include "cislens/motif/scan.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace cislens {
namespace {

MotifMatrix motif_of(std::string_view word) {
  MotifMatrix motif{std::string(word), "", {}, 100};
  for (char const letter : word) {
    std::array<double, 4> row = {0.05, 0.05, 0.05, 0.05};
    row[encode_base(letter)] = 0.85;
    motif.rows.push_back(row);
  }
  return motif;
}

Bases random_bases(std::size_t length, std::uint64_t stream) {
  Random random(11, stream);
  Bases bases(length);
  for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(random.below(20) == 0 ? 5 : 4));
  return bases;
}

/// The formula, window by window.
std::vector<Candidate> candidates_by_definition(std::vector<MotifMatrix> const& motifs, BasesView sequence,
                                                double p_limit) {
  std::vector<Candidate> result;
  for (std::int64_t start = 0; start < static_cast<std::int64_t>(sequence.size()); ++start) {
    for (int m = 0; m < static_cast<int>(motifs.size()); ++m) {
      for (char const strand : {'+', '-'}) {
        Pwm const forward = log_odds(motifs[m], Background{}, 1);
        Pwm const pwm = strand == '+' ? forward : reverse_complement(forward);
        if (start + pwm.width() > static_cast<std::int64_t>(sequence.size())) continue;
        int score = 0;
        bool known = true;
        for (int i = 0; i < pwm.width(); ++i) {
          if (sequence[start + i] == base_n)
            known = false;
          else
            score += pwm.scores[i][sequence[start + i]];
        }
        double const p = ScoreDistribution(forward, Background{}).p(score);
        if (known && p <= p_limit) result.push_back({start, start + pwm.width(), strand, m, score, p});
      }
    }
  }
  return result;
}

TEST(Scanner, EqualsTheDefinition) {
  std::vector<MotifMatrix> const motifs = {motif_of("ACGTG"), motif_of("TTAGCA"), motif_of("GATTACAGGCA"),
                                           motif_of("C")};
  Scanner const scanner(motifs, Background{}, {0.02, 1});
  for (std::size_t length : {0, 1, 4, 5, 6, 11, 37, 200}) {
    auto const sequence = random_bases(length, length);

    auto const found = scanner.candidates(sequence);

    EXPECT_EQ(found, candidates_by_definition(motifs, sequence, 0.02)) << length;
  }
}

TEST(Scanner, BestHitIsTheBestCandidate) {
  std::vector<MotifMatrix> const motifs = {motif_of("ACGTG"), motif_of("GATTACAGGCA")};
  Scanner const everything(motifs, Background{}, {1, 1});
  auto const sequence = random_bases(300, 5);

  auto const best = everything.best_hits(sequence);

  for (int m = 0; m < 2; ++m) {
    Candidate expected;
    for (auto const& c : everything.candidates(sequence)) {
      if (c.motif == m && (expected.end == 0 || c.score > expected.score)) expected = c;
    }
    EXPECT_EQ(best[m], expected);
  }
}

TEST(Scanner, WindowsWithNAndShortSequencesHoldNothing) {
  std::vector<MotifMatrix> const motifs = {motif_of("ACGTGA")};
  Scanner const scanner(motifs, Background{}, {1, 1});

  EXPECT_TRUE(scanner.candidates(encode_bases("ACGTNACGTG")).empty());
  EXPECT_EQ(scanner.best_hits(encode_bases("ACGTNACGTG"))[0].end, 0);
  EXPECT_EQ(scanner.best_hits({})[0].p, 1);
  EXPECT_EQ(scanner.candidates(encode_bases("NACGTGAN")).size(), 2u);
}

TEST(Scanner, PiecesTogetherHoldWhatTheSequenceHolds) {
  std::vector<MotifMatrix> const motifs = {motif_of("ACGTG"), motif_of("TTAGCA"), motif_of("GATTACAGGCA"),
                                           motif_of("C")};
  Scanner const scanner(motifs, Background{}, {0.02, 1});
  auto const sequence = random_bases(300, 3);
  auto const size = static_cast<std::int64_t>(sequence.size());
  for (std::int64_t const piece : {1, 2, 3, 7, 10, 11, 12, 64, 299, 300, 301}) {
    std::vector<ScanPiece> pieces;
    for (std::int64_t start = 0; start < size; start += piece) {
      pieces.push_back({sequence, {start, std::min(size, start + piece)}});
    }

    std::vector<Candidate> together;
    for (auto const& part : scanner.candidates(pieces))
      together.insert(together.end(), part.begin(), part.end());

    EXPECT_EQ(together, scanner.candidates(sequence)) << piece;
  }
}

/// No word of six columns is as rare as 1e-4: a clear motif keeps its words, a faint one has none.
TEST(Scanner, ShortMotifsMayPassBeyondTheLimit) {
  MotifMatrix clear = motif_of("CACGTG");
  for (auto& row : clear.rows) {
    for (double& p : row) p = p > 0.5 ? 0.97 : 0.01;
  }
  MotifMatrix either = clear;  // two words with more than half of what it emits
  either.rows[0] = {0.4, 0.55, 0.03, 0.02};
  MotifMatrix faint = motif_of("CACGTG");
  for (auto& row : faint.rows) {
    for (double& p : row) p = p > 0.5 ? 0.7 : 0.1;
  }
  std::vector<MotifMatrix> const motifs = {clear, either, faint, motif_of("CACGTGAC")};
  ScanOptions options;
  Scanner const strict(motifs, Background{}, options);
  options.short_motifs = true;
  Scanner const scanner(motifs, Background{}, options);
  Bases const bases = encode_bases("TTTTTCACGTGTTTTTAACGTGTTTTT");
  double const word = std::pow(4.0, -6);

  EXPECT_TRUE(strict.candidates(bases).empty());
  EXPECT_FALSE(strict.can_be_found(0));
  EXPECT_NEAR(scanner.p_limit(0), word, 1e-12);
  EXPECT_NEAR(scanner.p_limit(1), 2 * word, 1e-12);
  EXPECT_EQ(scanner.p_limit(2), 1e-4);
  EXPECT_FALSE(scanner.can_be_found(2));
  EXPECT_NEAR(scanner.least_p(2), word, 1e-12);
  EXPECT_EQ(scanner.p_limit(3), 1e-4);
  int found[4] = {};
  for (Candidate const& candidate : scanner.candidates(bases)) ++found[candidate.motif];
  EXPECT_EQ(found[0], 2);  // on both strands
  EXPECT_EQ(found[1], 3);
  EXPECT_EQ(found[2], 0);
  options.looser = {2, 3, 3, 1};  // who knows where they stand asks for its own
  EXPECT_EQ(Scanner(motifs, Background{}, options).p_limit(1), 1e-4);
}

TEST(Scanner, WantsASymmetricBackgroundAndColumns) {
  std::vector<MotifMatrix> const motifs = {motif_of("ACG")};
  std::vector<MotifMatrix> const empty(1);

  EXPECT_THROW(Scanner(motifs, Background{{0.4, 0.2, 0.2, 0.2}}, {0.1, 1}), Error);
  EXPECT_THROW(Scanner(empty, Background{}, {0.1, 1}), Error);
}

TEST(Scanner, ThreadsDoNotChangeTheResult) {
  std::vector<MotifMatrix> const motifs = {motif_of("ACGTG"), motif_of("TTAGCA")};
  Scanner const scanner(motifs, Background{}, {0.01, 1});
  std::vector<Bases> sequences;
  for (std::uint64_t i = 0; i < 100; ++i) sequences.push_back(random_bases(80, i));
  Threads one(1);
  Threads three(3);

  EXPECT_EQ(scanner.best_hits_of_all(sequences, one), scanner.best_hits_of_all(sequences, three));
}

}  // namespace
}  // namespace cislens
