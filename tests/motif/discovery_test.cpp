#include "cislens/motif/discovery.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/alignment.hpp"
#include "cislens/motif/merge.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

using namespace discovery_sequences;

DiscoveryResult discover(std::vector<Bases> const& positives, std::vector<Bases> const& controls,
                         int threads) {
  Threads team(threads);
  Log log({.quiet = true, .json = false});
  return discover_motifs(Input(positives, controls).view(), DiscoveryOptions{}, team, log);
}

double likeness(DiscoveredMotif const& found, Rows const& planted) {
  MotifMatrix matrix;
  matrix.rows = planted;
  return best_alignment(matrix, found.matrix, static_cast<int>(planted.size())).correlation;
}

TEST(DiscoverMotifs, TwoPlantedMotifsAreFoundWithTheirWidth) {
  Rows const first = rows_of("TGACCTTGAACT", 0.85);
  Rows const second = rows_of("GGAANNNNTTCCA", 0.9);

  auto const result = discover(sequences(900, 120, {first, second}, 1), sequences(900, 120, {}, 2), 2);

  ASSERT_EQ(result.motifs.size(), 2U);
  double const straight = likeness(result.motifs[0], first) + likeness(result.motifs[1], second);
  double const swapped = likeness(result.motifs[1], first) + likeness(result.motifs[0], second);
  EXPECT_GT(std::max(straight, swapped), 1.96);
  for (DiscoveredMotif const& motif : result.motifs) {
    EXPECT_GE(motif.matrix.width(), 12);
    EXPECT_LE(motif.matrix.width(), 14);
    EXPECT_LT(motif.holdout_e, 1e-10);
    EXPECT_NEAR(static_cast<double>(motif.sites), 240, 25);  // 900 / 3, four fifths of them fitted
  }
  EXPECT_LE(result.motifs[0].holdout_p, result.motifs[1].holdout_p);
}

TEST(DiscoverMotifs, PalindromeIsFoundOnce) {
  Rows const planted = rows_of("AGGTCANNNTGACCT", 0.85);

  auto const result = discover(sequences(600, 150, {planted}, 3), sequences(600, 150, {}, 4), 2);

  ASSERT_EQ(result.motifs.size(), 1U);
  EXPECT_GT(likeness(result.motifs[0], planted), 0.97);
}

TEST(DiscoverMotifs, NothingInRandomSequences) {
  auto const result = discover(sequences(800, 100, {}, 5), sequences(800, 100, {}, 6), 2);

  EXPECT_TRUE(result.motifs.empty());
  EXPECT_EQ(result.tested, result.not_enriched);
}

TEST(DiscoverMotifs, RepeatsAreDropped) {
  Rows const repeat = rows_of("CACACACACACACA", 0.95);

  auto const result = discover(sequences(600, 100, {repeat}, 7), sequences(600, 100, {}, 8), 2);

  EXPECT_TRUE(result.motifs.empty());
  EXPECT_GE(result.dropped_low_complexity, 1);
}

TEST(DiscoverMotifs, SameForAnyNumberOfThreads) {
  Rows const planted = rows_of("TGACCTTGAACT", 0.85);
  auto const positives = sequences(400, 90, {planted}, 9);
  auto const controls = sequences(400, 90, {}, 10);

  auto const one = discover(positives, controls, 1);
  auto const three = discover(positives, controls, 3);

  ASSERT_EQ(one.motifs.size(), three.motifs.size());
  ASSERT_GE(one.motifs.size(), 1U);
  EXPECT_EQ(one.motifs[0].matrix.rows, three.motifs[0].matrix.rows);
  EXPECT_EQ(one.motifs[0].holdout_p, three.motifs[0].holdout_p);
}

TEST(DiscoverMotifs, ReverseComplementsGiveTheSameMotif) {
  Rows const planted = rows_of("TGACCTTGAACT", 0.85);
  auto positives = sequences(400, 90, {planted}, 11);
  auto controls = sequences(400, 90, {}, 12);
  auto const forward = discover(positives, controls, 1);
  for (Bases& bases : positives) bases = reverse_complement(bases);
  for (Bases& bases : controls) bases = reverse_complement(bases);

  auto const reverse = discover(positives, controls, 1);

  ASSERT_EQ(forward.motifs.size(), reverse.motifs.size());
  ASSERT_GE(forward.motifs.size(), 1U);
  EXPECT_GT(best_alignment(forward.motifs[0].matrix, reverse.motifs[0].matrix, 10).correlation, 0.9999);
  EXPECT_EQ(forward.motifs[0].holdout_p, reverse.motifs[0].holdout_p);
}

TEST(DiscoverMotifs, ShortWindowsUnknownBasesAndEmptyOnes) {
  Rows const planted = rows_of("TGACCTTGAACT", 0.9);
  auto positives = sequences(500, 20, {planted}, 13);
  auto controls = sequences(500, 20, {}, 14);
  for (std::size_t i = 0; i < positives.size(); i += 7) {
    positives[i].clear();
    controls[i].assign(20, base_n);
  }

  auto const result = discover(positives, controls, 2);

  ASSERT_GE(result.motifs.size(), 1U);
  EXPECT_GT(likeness(result.motifs[0], planted), 0.95);
}

TEST(DiscoverMotifs, NothingToLookAt) {
  EXPECT_TRUE(discover({}, {}, 1).motifs.empty());
  EXPECT_TRUE(discover(sequences(5, 30, {}, 1), {}, 1).motifs.empty());
}

TEST(DiscoverMotifs, BadOptionsAreRefused) {
  Threads team(1);
  Log log({.quiet = true, .json = false});
  DiscoveryOptions options;
  options.max_width = 41;

  EXPECT_THROW(discover_motifs({}, options, team, log), UsageError);
}

}  // namespace
}  // namespace cislens
