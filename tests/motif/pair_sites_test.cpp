#include "cislens/motif/pair_sites.hpp"

#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

MotifMatrix motif(std::string const& id, std::string const& word, double share) {
  MotifMatrix result{id, "", {}, 100};
  for (char const letter : word) {
    double const other = (1 - share) / 3;
    std::array<double, 4> row{other, other, other, other};
    row[std::string("ACGT").find(letter)] = share;
    result.rows.push_back(row);
  }
  return result;
}

Bases letters(std::string const& text) {
  Bases bases;
  for (char const letter : text) bases.push_back(static_cast<std::uint8_t>(std::string("ACGT").find(letter)));
  return bases;
}

PairSiteList found(std::vector<MotifMatrix> const& motifs, std::vector<Bases> const& sequences, double p,
                   int threads) {
  Threads pool(threads);
  PairSiteOptions options;
  options.p_limit = p;
  return find_pair_sites(motifs, cluster_motifs(motifs, 2), {}, sequences, options, pool);
}

std::string const left = "ATATTATCCAATAT";
std::string const right = "TTAATTATAACCTA";

TEST(PairSites, AWordBetweenTwoMotifsCouldBeEither) {
  std::vector<MotifMatrix> const motifs = {motif("A", "GTGACTCAGC", 0.97), motif("B", "GTGACTCATT", 0.97),
                                           motif("C", "CCGGAAGTGG", 0.97)};
  std::vector<Bases> const sequences = {letters(left + "GTGACTCAGC" + right),   // A alone
                                        letters(left + "GTGACTCAGT" + right),   // one base from A and from B
                                        letters(left + "CCACTTCCGG" + right)};  // C on the other strand

  PairSiteList const list = found(motifs, sequences, 1e-4, 1);

  ASSERT_EQ(list.sites.size(), 3U);
  ASSERT_EQ(list.readings.first.size(), 4U);
  EXPECT_EQ(list.sites[0].motif, 0);
  EXPECT_EQ(list.sites[0].start, std::ssize(left));
  EXPECT_TRUE(list.readings.of(0).empty());
  ASSERT_EQ(list.readings.of(1).size(), 1U);
  EXPECT_EQ(list.readings.of(1)[0] + list.sites[1].motif, 1);  // A and B
  EXPECT_EQ(list.sites[2].motif, 2);
  EXPECT_EQ(list.sites[2].strand, '-');
  EXPECT_TRUE(list.readings.of(2).empty());
}

/// A sharp motif that allows the word with some loss is rarer by chance; the word still is the soft motif's.
TEST(PairSites, CompeteByEvidence) {
  std::vector<MotifMatrix> const motifs = {motif("soft", "GTGACTCATC", 0.8),
                                           motif("sharp", "GTGACTCAGC", 0.97)};
  std::vector<Bases> const sequences = {letters(left + "GTGACTCATC" + right),
                                        letters(left + "GTGACTCAGC" + right)};
  PairSiteList const list = found(motifs, sequences, 1e-3, 1);
  ASSERT_EQ(list.sites.size(), 2U);
  EXPECT_EQ(list.sites[0].motif, 0);
  EXPECT_EQ(list.sites[1].motif, 1);
}

TEST(PairSites, DoNotDependOnThreads) {
  std::vector<MotifMatrix> const motifs = {motif("A", "GTGACTCA", 0.6), motif("B", "GTGACGCA", 0.6)};
  std::vector<Bases> sequences;
  for (std::uint64_t s = 0; s < 400; ++s) {
    Random random(1, s);
    Bases& bases = sequences.emplace_back(s == 7 ? 0 : 300);
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
  }
  PairSiteList const once = found(motifs, sequences, 1e-3, 1);
  PairSiteList const thrice = found(motifs, sequences, 1e-3, 3);
  ASSERT_GT(once.sites.size(), 10U);
  EXPECT_EQ(once.sites, thrice.sites);
  EXPECT_EQ(once.readings.first, thrice.readings.first);
  EXPECT_EQ(once.readings.motifs, thrice.readings.motifs);
  EXPECT_FALSE(once.readings.motifs.empty());
}

TEST(PairSites, AStrandIsHalfSureAtAPalindrome) {
  std::vector<MotifMatrix> const motifs = {motif("palindrome", "CACGCGTG", 0.9),
                                           motif("not", "CCGGAAGTGG", 0.9)};
  std::vector<Bases> const sequences = {letters(left + "CACGCGTG" + right),
                                        letters(left + "CCGGAAGTGG" + right)};
  PairSiteList const list = found(motifs, sequences, 1e-3, 1);
  ASSERT_EQ(list.sites.size(), 2U);
  EXPECT_DOUBLE_EQ(list.strand_certainty[0], 0.5);
  EXPECT_GT(list.strand_certainty[1], 0.99);
}

/// The wide form of a motif is better evidence, but its neighbour covers its end: the narrow form is taken,
/// right beside it. That they stand so near is no evidence.
TEST(PairSites, ASiteThatGaveWayLeansOnItsNeighbour) {
  std::vector<MotifMatrix> const motifs = {motif("wide", "GTGACTCAGC", 0.8),
                                           motif("narrow", "GTGACTCAG", 0.8),
                                           motif("other", "CCGGAAGTGGTA", 0.97)};
  std::vector<Bases> const sequences = {letters(left + "GTGACTCAG" + "CCGGAAGTGGTA" + right),
                                        letters(left + "GTGACTCAG" + "T" + "CCGGAAGTGGTA" + right)};
  PairSiteList const list = found(motifs, sequences, 1e-3, 1);
  ASSERT_EQ(list.sites.size(), 4U);
  EXPECT_EQ(list.sites[0].motif, 1);
  EXPECT_EQ(list.sites[2].motif, 1);
  EXPECT_EQ(list.leans, (std::vector<std::uint8_t>{1, 0, 0, 0}));
}

TEST(PairSites, NoSequencesNoSites) {
  PairSiteList const list = found({motif("A", "GTGACTCA", 0.8)}, {}, 1e-3, 2);
  EXPECT_TRUE(list.sites.empty());
  EXPECT_EQ(list.readings.first.size(), 1U);
}

}  // namespace
}  // namespace cislens
