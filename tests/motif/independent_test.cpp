#include "cislens/motif/independent.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

constexpr MergeOptions same{.heads = 1, .min_correlation = 0.95, .min_overlap = 0.75};
constexpr double max_p = 1e-4;

/// Sequences with the motifs planted (fit and hold-out) and without (their controls).
class Sets {
 public:
  explicit Sets(std::vector<Rows> const& planted) {
    for (std::uint64_t part = 0; part < 4; ++part) {
      bool const control = part % 2 == 1;
      bases_.push_back(sequences(600, 100, control ? std::vector<Rows>{} : planted, part + 1));
    }
    for (auto const& part : bases_) {
      windows_.emplace_back();
      for (Bases const& bases : part) windows_.back().push_back({bases, std::ssize(windows_.back()), 1.0});
    }
  }

  DiscoveryInput input() const { return {windows_[0], windows_[1], windows_[2], windows_[3]}; }

 private:
  std::vector<std::vector<Bases>> bases_;
  std::vector<std::vector<Window>> windows_;
};

MotifMatrix matrix(Rows const& rows) {
  MotifMatrix result;
  result.rows = rows;
  result.sites = 200;
  return result;
}

Rows blend(Rows const& a, Rows const& b) {
  Rows result = a;
  for (std::size_t c = 0; c < a.size(); ++c) {
    for (std::size_t base = 0; base < 4; ++base) result[c][base] = (a[c][base] + b[c][base]) / 2;
  }
  return result;
}

std::vector<std::size_t> kept(std::vector<Rows> const& motifs, Sets const& sets, int team) {
  std::vector<MotifMatrix> matrices;
  for (Rows const& rows : motifs) matrices.push_back(matrix(rows));
  Threads threads(team);
  std::vector<std::size_t> result;
  for (IndependentMotif const& motif : independent_motifs(matrices, sets.input(), max_p, same, threads))
    result.push_back(motif.index);
  std::ranges::sort(result);
  return result;
}

TEST(IndependentMotifs, BlendOfTwoMotifsIsLeftOut) {
  Rows const a = rows_of("TGACACGTGTCA", 0.95);
  Rows const b = rows_of("TGACTATAGTCA", 0.95);
  Sets const sets({a, b});

  EXPECT_EQ(kept({blend(a, b), a, b}, sets, 2), (std::vector<std::size_t>{1, 2}));
}

TEST(IndependentMotifs, PieceOfAMotifIsLeftOut) {
  Rows const whole = rows_of("TTACGGCATAAG", 0.9);
  Rows const piece(whole.begin() + 3, whole.begin() + 9);
  Sets const sets({whole});

  EXPECT_EQ(kept({piece, whole}, sets, 1), (std::vector<std::size_t>{1}));
}

TEST(IndependentMotifs, OfTheSameMotifsTheBestFitStays) {
  Rows const planted = rows_of("TTACGGCATAAG", 0.85);
  Sets const sets({planted});

  EXPECT_EQ(kept({rows_of("TTACGGCATAAG", 0.99), planted}, sets, 1), (std::vector<std::size_t>{1}));
}

TEST(IndependentMotifs, WhatIsNotThereIsLeftOut) {
  Sets const sets({rows_of("TTACGGCATAAG", 0.9)});

  EXPECT_TRUE(kept({rows_of("CCTGAGTCATGG", 0.9)}, sets, 1).empty());
  EXPECT_TRUE(kept({}, sets, 1).empty());
}

TEST(IndependentMotifs, SameForAnyNumberOfThreads) {
  Rows const a = rows_of("GGACACGTGTC", 0.9);
  Rows const b = rows_of("TTACGGCATAAG", 0.9);
  Sets const sets({a, b});

  EXPECT_EQ(kept({b, a, blend(a, b)}, sets, 1), kept({b, a, blend(a, b)}, sets, 3));
}

}  // namespace
}  // namespace cislens
