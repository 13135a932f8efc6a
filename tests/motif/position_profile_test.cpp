#include "cislens/motif/position_profile.hpp"

#include "cislens/motif/em_scan.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace cislens {
namespace {

using namespace discovery_sequences;

/// 50 cells of two bases around the middle of records of 100 bases.
PositionFrame const frame = position_frame(-50, 50);
std::vector<double> const even_room(50, 200.0);

TEST(PositionFrame, CellsCoverThePositions) {
  EXPECT_EQ(frame.cells, 50);
  EXPECT_EQ(frame.cell(-50), 0);
  EXPECT_EQ(frame.cell(-49), 0);
  EXPECT_EQ(frame.cell(-48), 1);
  EXPECT_EQ(frame.cell(49), 49);
  EXPECT_EQ(frame.cell(-51), 0);
  EXPECT_EQ(frame.cell(1000), 49);
  PositionFrame const wide = position_frame(-5000, 5001);
  EXPECT_EQ(wide.cell_bp, 64);
  EXPECT_EQ(wide.cells, 157);
}

TEST(PositionProfile, SitesAnywherePreferNothing) {
  std::vector<double> const sites(100, 7.0);

  PositionProfile const profile(frame, sites, even_room);

  EXPECT_TRUE(profile.none());
  EXPECT_EQ(profile.ratio(1, 3), 1.0);
  EXPECT_EQ(profile.sum(-20, 13), 33.0);
  EXPECT_EQ(profile.bits(), 0.0);
}

/// The share of a step is (its sites + its share of the room) / (all sites + 1).
TEST(PositionProfile, OnePlaceOnOneStrand) {
  std::vector<double> sites(100, 0.0);
  sites[30] = 400;  // forward, positions 10 and 11

  PositionProfile const profile(frame, sites, even_room);

  EXPECT_EQ(profile.free_numbers(), 99);
  double const there = 400.01 / 401;
  double const elsewhere = 0.01 / 401;
  EXPECT_NEAR(profile.ratio(0, 10), there * 100, 1e-9);
  EXPECT_NEAR(profile.ratio(1, 10), elsewhere * 100, 1e-9);
  EXPECT_NEAR(profile.ratio(0, 12), elsewhere * 100, 1e-9);
  EXPECT_NEAR(profile.highest(), there * 100, 1e-9);
  double const bits = there * std::log2(there * 100) + 99 * elsewhere * std::log2(elsewhere * 100);
  EXPECT_NEAR(profile.bits(), bits, 1e-9);
}

TEST(PositionProfile, StepsAreAsWideAsTheSitesBear) {
  std::vector<double> sites(100, 0.0);
  for (int strand = 0; strand < 2; ++strand) {
    for (int c = 0; c < 16; ++c) sites[strand * 50 + c] = 3;
  }

  PositionProfile const profile(frame, sites, even_room);

  EXPECT_EQ(profile.free_numbers(), 3);  // four steps of 16 cells, strands together
  EXPECT_GT(profile.ratio(0, -50), 2.5);
  EXPECT_EQ(profile.ratio(0, -50), profile.ratio(1, -19));
  EXPECT_LT(profile.ratio(0, -18), 0.1);
}

TEST(PositionProfile, PeakIsWhereTheRatioIsHighest) {
  std::vector<double> sites(100, 0.0);
  for (int c = 16; c < 24; ++c) sites[50 + c] = 30;
  for (int c = 40; c < 48; ++c) sites[c] = 10;

  auto const [first, last, strand] = PositionProfile(frame, sites, even_room).peak();

  EXPECT_EQ(first, -50 + 2 * 16);
  EXPECT_EQ(last, -50 + 2 * 24);
  EXPECT_EQ(strand, '-');
  for (int c = 0; c < 50; ++c) sites[c] = sites[50 + c];
  EXPECT_EQ(PositionProfile(frame, sites, even_room).peak().strand, '.');
  EXPECT_EQ(PositionProfile().peak().last, PositionProfile().peak().first);
}

TEST(PositionProfile, FewSitesProveNothing) {
  std::vector<double> sites(100, 0.0);
  sites[30] = 1.5;

  EXPECT_TRUE(PositionProfile(frame, sites, even_room).none());
}

/// However sites lie, the ratio is 1 in the mean over places, and sums agree with it base by base.
TEST(PositionProfile, MeanIsOneAndSumsAddUp) {
  Random random(5, 0);
  std::vector<double> sites(100);
  std::vector<double> room(50);
  for (double& value : room) value = 50 + 200 * random.uniform();
  for (std::size_t i = 0; i < sites.size(); ++i) sites[i] = i % 50 < 20 ? 40 * random.uniform() : 0;

  PositionProfile const profile(frame, sites, room);

  ASSERT_FALSE(profile.none());
  double mean = 0;
  for (int c = 0; c < 50; ++c) {
    std::int64_t const position = -50 + 2 * c;
    mean += room[c] * (profile.ratio(0, position) + profile.ratio(1, position)) / 2;
  }
  EXPECT_NEAR(mean / std::accumulate(room.begin(), room.end(), 0.0), 1.0, 1e-12);
  double sum = 0;
  for (std::int64_t p = -37; p < 22; ++p) sum += (profile.ratio(0, p) + profile.ratio(1, p)) / 2;
  EXPECT_NEAR(profile.sum(-37, 22), sum, 1e-9);
}

/// Middles of a motif of 6 in records of 10 and of 30 bases, one counting double, and what lies beyond the
/// frame.
TEST(PlacesByCell, CountsTheMiddlesOfAMotif) {
  Bases const shorter(10, 0);
  Bases const longer(30, 0);
  Window twice = whole_record(longer, 1);
  twice.weight = 2;
  std::vector<Window> const windows{whole_record(shorter, 0), twice};
  PositionFrame const narrow = position_frame(-4, 4);
  WindowSet const set = make_window_set(windows, estimate_background(windows), narrow);

  auto const places = places_by_cell(set, 6);

  // Middles at -2 .. 2 in the shorter record, at -12 .. 12 in the longer one.
  ASSERT_EQ(places.size(), 4U);
  EXPECT_EQ(places[0], 2 * (8 + 2));
  EXPECT_EQ(places[1], 2 * 2 + 2);
  EXPECT_EQ(places[2], 2 * 2 + 2);
  EXPECT_EQ(places[3], 2 * (2 + 9) + 1);
  EXPECT_EQ(places_by_cell(set, 20)[0], 2 * (1 + 2));
}

/// One long record among a hundred does not make the cells wide.
TEST(PositionFrame, IsThatOfMostRecords) {
  Bases const usual(200, 0);
  Bases const genome(100000, 0);
  std::vector<Window> windows(150, whole_record(usual, 0));
  windows.push_back(whole_record(genome, 150));
  PositionFrame const most = position_frame({windows});
  EXPECT_EQ(most.first, -100);
  EXPECT_EQ(most.cell_bp, 2);
  EXPECT_EQ(most.cells, 100);
}

/// The likelihood ratio of a stretch is 1 - P(a site) + sum over places of P(site there) x odds, written out.
TEST(PositionProfile, WeighsThePlacesOfAStretch) {
  Random random(9, 0);
  Bases const bases = random_bases(80, random);
  std::vector<Window> const windows{whole_record(bases, 0)};
  MarkovBackground const background = estimate_background(windows);
  WindowSet const set = make_window_set(windows, background);
  MotifModel model;
  model.columns = rows_of("TCAGTT", 0.8);
  model.occupancy = 0.3;
  std::vector<double> sites(2 * set.frame.cells, 1.0);
  sites[17] = 90;
  sites[set.frame.cells + 30] = 40;
  model.profile = PositionProfile(set.frame, sites, places_by_cell(set, 6));
  ASSERT_FALSE(model.profile.none());
  std::vector<Hit> hits;
  double found = 0;

  for_stretches(set, 0, ScoreTable(model.columns), model, 100, hits,
                [&](std::vector<Hit> const&, double log_ratio) { found += log_ratio; });

  double const each = model.occupancy / (2 * 75.0);
  double expected = 1;
  for (int place = 0; place < 75; ++place) {
    for (int strand = 0; strand < 2; ++strand) {
      double odds = 1;
      for (int i = 0; i < 6; ++i) {
        std::uint8_t const base = bases[place + i];
        double const p = strand == 0 ? model.columns[i][base] : model.columns[5 - i][3 - base];
        odds *= p / std::exp(static_cast<double>(set.background[place + i]));
      }
      expected += each * model.profile.ratio(strand, place + 3 - 40) * (odds - 1);
    }
  }
  // What has a posterior below 1e-4 is not looked at: at most 150 places.
  EXPECT_NEAR(found, std::log(expected), 150 * negligible_posterior);
}

}  // namespace
}  // namespace cislens
