#include "cislens/motif/refit.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/em_windows.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

MotifMatrix matrix_of(std::string const& id, std::string const& consensus, double sharpness) {
  MotifMatrix matrix;
  matrix.id = id;
  matrix.rows = rows_of(consensus, sharpness);
  matrix.sites = 100;
  return matrix;
}

double correlation(MotifMatrix const& a, MotifMatrix const& b) { return best_alignment(a, b, 6).correlation; }

/// A third of the sequences holds a site of TGACGCGAAT, a third one of another motif.
struct Sequences {
  std::vector<Bases> bases;
  std::vector<Window> fit, holdout;

  explicit Sequences(Rows const& other = rows_of("CCTTAGGCA", 0.85))
      : bases(sequences(1500, 150, {rows_of("TGACGCGAAT", 0.95), other}, 3)) {
    for (std::size_t i = 0; i < bases.size(); ++i)
      (i % 5 == 4 ? holdout : fit).push_back(whole_record(bases[i], static_cast<std::int64_t>(i)));
  }

  std::vector<MotifMatrix> refit(std::vector<MotifMatrix> const& motifs, std::vector<std::size_t> asked,
                                 int threads = 2) const {
    Threads workers(threads);
    Log log({.quiet = true, .json = false});
    return refit_motifs({motifs, asked, fit, holdout}, RefitOptions{}, workers, log);
  }
};

/// What stood beside another motif told a column wrongly.
TEST(RefitMotifs, TakesTheColumnsThatWholeSequencesTell) {
  Sequences const sequences;
  MotifMatrix const planted = matrix_of("", "CCTTAGGCA", 0.85);
  std::vector<MotifMatrix> const motifs = {matrix_of("first", "TGACGCGAAT", 0.95),
                                           matrix_of("second", "CCTTATGCA", 0.9)};
  ASSERT_LT(correlation(motifs[1], planted), 0.9);

  auto const refitted = sequences.refit(motifs, {1});

  ASSERT_EQ(refitted.size(), 2U);
  EXPECT_EQ(refitted[0].rows, motifs[0].rows);
  EXPECT_GT(correlation(refitted[1], planted), 0.97);
  EXPECT_EQ(refitted[1].id, "second");
  EXPECT_GT(refitted[1].sites, 250);  // of 400, some of them weak
  EXPECT_LT(refitted[1].sites, 420);
  EXPECT_EQ(sequences.refit(motifs, {1}, 1)[1].rows, refitted[1].rows);
  EXPECT_EQ(sequences.refit(motifs, {})[1].rows, motifs[1].rows);
}

TEST(RefitMotifs, RightColumnsStay) {
  std::vector<MotifMatrix> const motifs = {matrix_of("first", "TGACGCGAAT", 0.95),
                                           matrix_of("second", "CCTTAGGCA", 0.85)};

  EXPECT_EQ(Sequences().refit(motifs, {1})[1].rows, motifs[1].rows);
}

/// Free, it becomes a repeat of which the sequences have many.
TEST(RefitMotifs, NoneRunsIntoARepeat) {
  Sequences sequences;
  for (std::size_t i = 0; i < sequences.bases.size(); i += 2)
    std::fill_n(sequences.bases[i].begin() + 20, 14, std::uint8_t{0});
  std::vector<MotifMatrix> const motifs = {matrix_of("first", "TGACGCGAAT", 0.95),
                                           matrix_of("second", "AAAGAAAC", 0.9)};

  EXPECT_EQ(sequences.refit(motifs, {1})[1].rows, motifs[1].rows);
}

TEST(RefitMotifs, NothingToFitOn) {
  Sequences sequences;
  sequences.holdout.clear();
  std::vector<MotifMatrix> const motifs = {matrix_of("first", "CCTTATGCA", 0.9)};

  EXPECT_EQ(sequences.refit(motifs, {0})[0].rows, motifs[0].rows);
}

TEST(RefitMotifs, WhatIsNotThereStays) {
  std::vector<MotifMatrix> const motifs = {matrix_of("first", "TGACGCGAAT", 0.95),
                                           matrix_of("second", "CCTTAGGCA", 0.85),
                                           matrix_of("third", "AAGCTTTC", 0.7)};

  EXPECT_EQ(Sequences().refit(motifs, {2})[2].rows, motifs[2].rows);
}

/// In whole sequences it would be the listed motif but for one base.
TEST(RefitMotifs, NoneBecomesAnotherOfTheList) {
  Sequences const sequences(rows_of("TGATGCGAAT", 0.95));
  std::vector<MotifMatrix> const motifs = {matrix_of("first", "TGACGCGAAT", 0.95),
                                           matrix_of("second", "TGATGCGAAC", 0.9)};

  EXPECT_EQ(sequences.refit(motifs, {1})[1].rows, motifs[1].rows);
  EXPECT_NE(sequences.refit({motifs[1]}, {0})[0].rows, motifs[1].rows);
}

}  // namespace
}  // namespace cislens
