#include "cislens/motif/pair_controls.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace cislens {
namespace {

/// 200 sequences with four sites each; the site of motif 1 could be 2, that of 3 could be 0 or 2.
struct World {
  PairSiteList list{{}, {{0}, {}}, {}, {1, 1, 1, 1}};
  std::vector<std::int64_t> lengths;
  std::vector<int> strata;

  World() {
    for (std::int64_t s = 0; s < 200; ++s) {
      lengths.push_back(100);
      strata.push_back(0);
      for (int m = 0; m < 4; ++m) {
        std::int64_t const start = 25 * m + s % 10;
        list.sites.push_back(
            {.sequence = s, .start = start, .end = start + 8, .strand = m % 2 == 0 ? '+' : '-', .motif = m});
        if (m == 1) list.readings.motifs.push_back(2);
        if (m == 3) list.readings.motifs.insert(list.readings.motifs.end(), {0, 2});
        list.readings.first.push_back(std::ssize(list.readings.motifs));
      }
    }
  }
};

void expect_readings_go_with_their_sites(PairSiteList const& list) {
  for (std::int64_t i = 0; i < std::ssize(list.sites); ++i) {
    int const motif = list.sites[i].motif;
    ASSERT_EQ(list.readings.of(i).size(), motif == 1 ? 1U : motif == 3 ? 2U : 0U) << i;
    ASSERT_EQ(list.sites[i].strand, motif % 2 == 0 ? '+' : '-') << i;
  }
}

TEST(PairControls, ExchangedSitesKeepTheirMotifAndPlace) {
  World const world;
  Random random(1, 1);
  PairSiteList const other = exchanged_sites(world.list, world.lengths, world.strata, random);

  ASSERT_EQ(other.sites.size(), world.list.sites.size());
  expect_readings_go_with_their_sites(other);
  std::map<std::tuple<std::int64_t, int>, int> balance;
  int moved = 0;
  for (std::size_t i = 0; i < other.sites.size(); ++i) {
    ++balance[{world.list.sites[i].start, world.list.sites[i].motif}];
    --balance[{other.sites[i].start, other.sites[i].motif}];
    moved += other.sites[i] == world.list.sites[i] ? 0 : 1;
    if (i > 0 && other.sites[i].sequence == other.sites[i - 1].sequence) {
      EXPECT_GE(other.sites[i].start, other.sites[i - 1].end);
    }
  }
  EXPECT_GT(moved, 400);
  EXPECT_TRUE(std::ranges::all_of(balance, [](auto const& entry) { return entry.second == 0; }));
}

TEST(PairControls, RelabelledSitesKeepPlacesAndNumbersOfMotifs) {
  World const world;
  Random random(1, 2);
  PairSiteList const other = relabelled_sites(world.list, random);

  expect_readings_go_with_their_sites(other);
  std::map<int, int> count;
  int changed = 0;
  for (std::size_t i = 0; i < other.sites.size(); ++i) {
    ASSERT_EQ(other.sites[i].start, world.list.sites[i].start);
    ASSERT_EQ(other.sites[i].sequence, world.list.sites[i].sequence);
    ++count[other.sites[i].motif];
    changed += other.sites[i].motif == world.list.sites[i].motif ? 0 : 1;
  }
  EXPECT_EQ(count, (std::map<int, int>{{0, 200}, {1, 200}, {2, 200}, {3, 200}}));
  EXPECT_GT(changed, 400);
}

}  // namespace
}  // namespace cislens
