#include "cislens/motif/alignment.hpp"

#include "cislens/motif/pwm.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

MotifMatrix motif_of(std::string_view word) {
  MotifMatrix motif{"m", "", {}, 0};
  for (char const letter : word) {
    std::array<double, 4> row = {0.1, 0.1, 0.1, 0.1};
    row[encode_base(letter)] = 0.7;
    motif.rows.push_back(row);
  }
  return motif;
}

TEST(Alignment, FindsOffsetAndStrand) {
  auto const a = motif_of("TTGACGTCAT");
  auto const b = motif_of("GACGTCATCC");

  auto const forward = best_alignment(a, b, 5);
  auto const backward = best_alignment(a, reverse_complement(b), 5);

  EXPECT_NEAR(forward.correlation, 1, 1e-12);
  EXPECT_EQ(forward.offset, 2);
  EXPECT_EQ(forward.overlap, 8);
  EXPECT_EQ(forward.strand, '+');
  EXPECT_NEAR(backward.correlation, 1, 1e-12);
  EXPECT_EQ(backward.offset, 2);
  EXPECT_EQ(backward.strand, '-');
  auto const swapped = best_alignment(b, a, 5);
  EXPECT_EQ(swapped.offset, -2);
}

TEST(Alignment, CorrelationByHand) {
  // Same base: 0.45² + 3 · 0.15² = 0.27; different bases: −2 · 0.45 · 0.15 + 2 · 0.15² = −0.09.
  EXPECT_NEAR(aligned_correlation(motif_of("AA"), motif_of("AC"), 0), (0.27 - 0.09) / (2 * 0.27), 1e-12);
  EXPECT_NEAR(aligned_correlation(motif_of("AC"), motif_of("CA"), 1), 1, 1e-12);
}

TEST(Alignment, OfShortEmptyAndUniformMotifs) {
  MotifMatrix const uniform{"u", "", std::vector<std::array<double, 4>>(6, {0.25, 0.25, 0.25, 0.25}), 0};

  EXPECT_EQ(best_alignment(motif_of("ACG"), motif_of("TTACGTT"), 8).offset, -2);
  EXPECT_EQ(best_alignment(MotifMatrix{}, motif_of("ACG"), 1).overlap, 0);
  EXPECT_EQ(best_alignment(uniform, motif_of("ACGTTA"), 4).correlation, 0);
}

}  // namespace
}  // namespace cislens
