#include "../../src/cli/pair_network_input.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace cislens {
namespace {

Site site_of(std::int64_t sequence, int motif, double p) {
  Site site;
  site.sequence = sequence;
  site.start = 10;
  site.end = 20;
  site.motif = motif;
  site.p = p;
  return site;
}

TEST(PairNetworkInput, GradesAreThirdsByPWhateverTheMotif) {
  std::vector<Site> sites;
  for (int i = 0; i < 30; ++i)
    sites.push_back(
        site_of(i, i % 4 == 0 ? 1 : 0, 1e-6 * (1 + i * 7 % 30)));  // no common divisor of 7 and 30

  std::vector<LabelledSite> const graded = graded_sites(sites, 3);

  ASSERT_EQ(graded.size(), 30U);
  for (std::size_t i = 0; i < graded.size(); ++i) {
    EXPECT_EQ(graded[i].label, sites[i].motif);
    EXPECT_EQ(graded[i].sequence, sites[i].sequence);
    EXPECT_EQ(graded[i].grade, static_cast<int>(i) * 7 % 30 / 10) << i;
  }
  for (Site& site : sites) site.p = 1e-3;
  for (LabelledSite const& site : graded_sites(sites, 3)) EXPECT_EQ(site.grade, 0);  // one p, one grade
}

TEST(PairNetworkInput, FoldsLeaveOutSequencesWithoutTwoSites) {
  std::vector<Site> sites;
  for (std::int64_t s = 0; s < 200; ++s)
    for (std::int64_t i = 0; i < s % 4; ++i) sites.push_back(site_of(s, 0, 1e-4));

  std::vector<int> const folds = folds_of(sites, 200, 2, 1);

  std::map<int, int> count;
  for (std::size_t s = 0; s < folds.size(); ++s) {
    EXPECT_EQ(folds[s] == 2, s % 4 < 2) << s;
    ++count[folds[s]];
  }
  EXPECT_GT(count[0], 30);
  EXPECT_GT(count[1], 30);
}

}  // namespace
}  // namespace cislens
