#include "cislens/motif/merge.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/alignment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace cislens {
namespace {

MotifMatrix sharp(std::string const& bases) {
  MotifMatrix matrix;
  for (char const base : bases) {
    std::array<double, 4> row{0.02, 0.02, 0.02, 0.02};
    row[std::string("ACGT").find(base)] = 0.94;
    matrix.rows.push_back(row);
  }
  return matrix;
}

DiscoveredMotif discovered(std::string const& bases, double p, std::int64_t sites) {
  DiscoveredMotif motif;
  motif.matrix = sharp(bases);
  motif.holdout_p = p;
  motif.holdout_log_p = std::log(p);
  motif.sites = sites;
  return motif;
}

TEST(CompareMotifs, FindsOffsetAndStrand) {
  MotifMatrix const a = sharp("TTACCGGAAGT");
  MotifMatrix const b = sharp("CTTCCGG");  // reverse complement: CCGGAAG

  auto const similarity = best_alignment(a, b, 6);

  EXPECT_NEAR(similarity.correlation, 1.0, 1e-12);
  EXPECT_EQ(similarity.offset, 3);
  EXPECT_EQ(similarity.strand, '-');
  EXPECT_EQ(similarity.overlap, 7);
}

TEST(CompareMotifs, ShorterThanMinColumns) {
  auto const similarity = best_alignment(sharp("ACGT"), sharp("TACGTT"), 6);

  EXPECT_EQ(similarity.overlap, 4);
  EXPECT_NEAR(similarity.correlation, 1.0, 1e-12);
}

constexpr MergeOptions alike_enough{.heads = 3, .min_correlation = 0.9, .min_overlap = 0.75};

TEST(MergeMotifs, SitesOfSameMotifsAreSharedAmongHeads) {
  std::vector<HeadMotifs> const lists{
      {0, {discovered("GGAACCTTGA", 1e-5, 100), discovered("TTTGGCGCCC", 1e-4, 40)}},
      {2, {discovered("TCAAGGTTCC", 1e-9, 300)}}};

  auto const merged = merge_motifs({lists[0].motifs[1], lists[1].motifs[0]}, lists, alike_enough);

  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].matrix.id, "M1");
  EXPECT_DOUBLE_EQ(merged[0].holdout_p, 1e-9);
  EXPECT_EQ(merged[0].head_share, (std::vector<double>{0.25, 0.0, 0.75}));
  EXPECT_EQ(merged[1].head_share, (std::vector<double>{1.0, 0.0, 0.0}));
}

TEST(MergeMotifs, PooledListHasNoShare) {
  std::vector<HeadMotifs> const lists{{-1, {discovered("GGAACCTTGA", 1e-5, 100)}}};

  auto const merged = merge_motifs(lists[0].motifs, lists, alike_enough);

  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].head_share, (std::vector<double>{0.0, 0.0, 0.0}));
}

TEST(MergeMotifs, UnlikeMotifsCountForNobody) {
  std::vector<HeadMotifs> const lists{{0, {discovered("GGAACCTTGA", 1e-5, 100)}},
                                      {1, {discovered("TTTGGCGCCC", 1e-4, 40)}}};

  auto const merged = merge_motifs(lists[0].motifs, lists, alike_enough);

  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].head_share, (std::vector<double>{1.0, 0.0, 0.0}));
}

TEST(MergeMotifs, TheMotifBesideKeepsItsPlaceByItsNewId) {
  DiscoveredMotif anchor = discovered("GGAACCTTGA", 1e-4, 100);
  anchor.matrix.id = "listed0";
  DiscoveredMotif neighbour = discovered("TTTGGCGCCC", 1e-6, 40);
  neighbour.beside = "listed0";

  auto const merged = merge_motifs({anchor, neighbour}, {}, alike_enough);

  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].beside, "M2");
  EXPECT_EQ(merged[1].matrix.id, "M2");
  EXPECT_EQ(merged[1].beside, "");
}

TEST(MergeMotifs, UnknownHeadIsRefused) {
  std::vector<HeadMotifs> const lists{{3, {discovered("GGAACCTTGA", 1e-5, 100)}}};

  EXPECT_THROW(merge_motifs(lists[0].motifs, lists, alike_enough), ShapeError);
}

}  // namespace
}  // namespace cislens
