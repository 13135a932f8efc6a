#include "cislens/motif/pair_clusters.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/pwm.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

MotifMatrix motif(std::string const& id, std::string const& word) {
  MotifMatrix result{id, "", {}, 0};
  for (char const letter : word) {
    std::array<double, 4> row{0.02, 0.02, 0.02, 0.02};
    row[std::string("ACGT").find(letter)] = 0.94;
    result.rows.push_back(row);
  }
  return result;
}

TEST(PairClusters, MotifsThatAreAlikeStandTogetherOnEitherStrand) {
  MotifMatrix turned = reverse_complement(motif("M3", "GGTGACTCAT"));
  turned.id = "M3";
  std::vector<MotifMatrix> const motifs = {motif("M1", "TTGCGCAA"), motif("M2", "GGTGACTCAT"), turned,
                                           motif("M4", "GTGACTCAT")};
  MotifClusters const clusters = cluster_motifs(motifs, 0.9);

  ASSERT_EQ(clusters.size(), 2);
  EXPECT_EQ(clusters.members[0], (std::vector<int>{0}));
  EXPECT_EQ(clusters.members[1], (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(clusters.cluster_of, (std::vector<int>{0, 1, 1, 1}));
  EXPECT_EQ(clusters.turned, (std::vector<bool>{false, false, true, false}));
}

TEST(PairClusters, ALimitAboveOneKeepsEveryMotifByItself) {
  std::vector<MotifMatrix> const motifs = {motif("M1", "GGTGACTCAT"), motif("M2", "GGTGACTCAT")};
  EXPECT_EQ(cluster_motifs(motifs, 1.1).size(), 2);
  EXPECT_EQ(cluster_motifs(motifs, 1.0 - 1e-9).size(), 1);
  EXPECT_EQ(cluster_motifs({}, 0.9).size(), 0);
}

/// TAATA stands in both: five of six columns are too few to be the same motif.
TEST(PairClusters, AShortMotifIsNotAPieceOfALongOne) {
  std::vector<MotifMatrix> const motifs = {motif("M1", "TAATAT"), motif("M2", "AATTAATA")};
  EXPECT_EQ(cluster_motifs(motifs, 0.85).size(), 2);
}

TEST(PairClusters, SitesTakeTheStrandOfTheMotifThatStandsForAll) {
  MotifClusters const clusters{{0, 0}, {false, true}, {{0, 1}}};
  std::vector<Site> const sites = {{.sequence = 0, .start = 0, .end = 8, .strand = '-', .motif = 0},
                                   {.sequence = 0, .start = 9, .end = 17, .strand = '-', .motif = 1}};
  auto const turned = sites_of_clusters(sites, clusters);
  EXPECT_EQ(turned[0].strand, '-');
  EXPECT_EQ(turned[1].strand, '+');
  EXPECT_EQ(turned[1].motif, 0);
  std::vector<Site> const strange = {{.sequence = 0, .start = 0, .end = 8, .strand = '+', .motif = 2}};
  EXPECT_THROW(sites_of_clusters(strange, clusters), ShapeError);
}

}  // namespace
}  // namespace cislens
