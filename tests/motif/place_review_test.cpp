#include "cislens/motif/place_review.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cislens {
namespace {

std::vector<double> const two_limits = {1e-4, 1e-4};
std::vector<double> const no_limits = {1, 1};

SitePlaces along(PositionProfile const& profile) {
  SitePlaces places;
  places.along = profile;
  return places;
}

/// A place preferred r times needs a p of r times the limit, and no other place gets in by that.
TEST(ReviewPlaces, DividesPByPreference) {
  Bases const sequence(100, 0);
  std::vector<Bases> const sequences{sequence};
  PositionFrame const frame = position_frame(-50, 50);
  std::vector<double> seen(100, 0.0);
  seen[30] = 400;  // forward, middle at 10 or 11 right of the record's middle
  PositionProfile const keeps(frame, seen, std::vector<double>(50, 1.0));
  CandidateReview const review = review_places({{}, along(keeps)}, two_limits, sequences);
  double const ratio = 400.01 / 401 * 100;
  std::vector<Candidate> candidates{
      {57, 63, '+', 0, 0, 9e-5},   {57, 63, '+', 1, 0, 7e-3}, {57, 63, '-', 1, 0, 7e-3},
      {57, 63, '+', 1, 0, 1.1e-2}, {70, 76, '+', 1, 0, 9e-5},
  };

  review(0, candidates);

  ASSERT_EQ(candidates.size(), 2U);
  EXPECT_EQ(candidates[0].p, 9e-5);
  EXPECT_NEAR(candidates[1].p, 7e-3 / ratio, 1e-12);
}

/// Of motif 1, 6 wide: forward, 14 or 15 right of the middle of motif 0, which is 8 wide.
std::vector<SitePlaces> beside_the_first() {
  PositionFrame const frame = position_frame(-34, 34);
  std::vector<double> seen(2 * static_cast<std::size_t>(frame.cells), 0.0);
  seen[24] = 400;
  SitePlaces neighbour;
  neighbour.beside = 0;
  neighbour.around = PositionProfile(frame, seen, std::vector<double>(34, 1.0));
  return {{}, neighbour};
}

double p_of(std::vector<SitePlaces> const& places, std::vector<Candidate> candidates, Candidate candidate) {
  std::vector<Bases> const sequences{Bases(200, 0)};
  candidate.p = 1e-5;
  candidates.push_back(candidate);
  review_places(places, no_limits, sequences)(0, candidates);
  return candidates.back().p;
}

TEST(ReviewPlaces, ANeighbourCountsFromTheOtherSite) {
  auto const places = beside_the_first();
  double const preferred = 1e-5 / places[1].around.highest();
  Candidate const forward{50, 58, '+', 0, 0, 1e-5};
  Candidate const backward{142, 150, '-', 0, 0, 1e-5};

  // 54 + 14 = 68, the middle of [65, 71)
  EXPECT_DOUBLE_EQ(p_of(places, {forward}, {65, 71, '+', 1, 0, 0}), preferred);
  EXPECT_DOUBLE_EQ(p_of(places, {forward}, {66, 72, '+', 1, 0, 0}), preferred);
  EXPECT_GT(p_of(places, {forward}, {67, 73, '+', 1, 0, 0}), 1e-4);
  EXPECT_GT(p_of(places, {forward}, {65, 71, '-', 1, 0, 0}), 1e-4);
  EXPECT_DOUBLE_EQ(p_of(places, {forward}, {100, 106, '+', 1, 0, 0}), 1e-5);  // beyond what was seen
  EXPECT_DOUBLE_EQ(p_of(places, {}, {65, 71, '+', 1, 0, 0}), 1e-5);
  // the same on the other strand of 200 bases
  EXPECT_DOUBLE_EQ(p_of(places, {backward}, {129, 135, '-', 1, 0, 0}), preferred);
  EXPECT_DOUBLE_EQ(p_of(places, {backward}, {128, 134, '-', 1, 0, 0}), preferred);
  EXPECT_GT(p_of(places, {backward}, {127, 133, '-', 1, 0, 0}), 1e-4);
}

TEST(ReviewPlaces, BesideASiteThatIsLeft) {
  std::vector<Bases> const sequences{Bases(200, 0)};
  auto places = beside_the_first();
  std::swap(places[0], places[1]);  // any order
  places[0].beside = 1;
  for (double const p : {1e-5, 2e-4}) {
    std::vector<Candidate> candidates{{50, 58, '+', 1, 0, p}, {65, 71, '+', 0, 0, 1e-3}};

    review_places(places, two_limits, sequences)(0, candidates);

    EXPECT_EQ(candidates.size(), p <= 1e-4 ? 2U : 0U) << p;
  }
}

/// At the ends of what was looked at the middle of a site of some width never lay: nothing is known there.
TEST(ReviewPlaces, NothingIsSaidOfPlacesThatWereNotLookedAt) {
  PositionFrame const frame = position_frame(-34, 34);
  std::vector<double> room(34, 1.0);
  std::fill_n(room.begin(), 4, 0.0);
  std::fill_n(room.end() - 4, 4, 0.0);
  std::vector<double> seen(68, 0.0);
  seen[24] = 400;
  auto places = beside_the_first();
  places[1].around = PositionProfile(frame, seen, room);
  Candidate const anchor{50, 58, '+', 0, 0, 1e-5};

  EXPECT_DOUBLE_EQ(p_of(places, {anchor}, {20, 26, '+', 1, 0, 0}), 1e-5);  // 31 before the middle
  EXPECT_GT(p_of(places, {anchor}, {30, 36, '+', 1, 0, 0}), 1e-4);
  EXPECT_DOUBLE_EQ(p_of(places, {anchor}, {80, 86, '+', 1, 0, 0}), 1e-5);
}

/// Over all places and strands around sites the ratio is 1 in the mean: chance gives as many sites.
TEST(ReviewPlaces, PreferencesAreOneInTheMean) {
  auto const places = beside_the_first();
  EXPECT_GT(places[1].around.highest(), 30.0);
  double sum = 0;
  int count = 0;
  for (std::int64_t start = 17; start < 17 + 68; ++start) {
    for (char const strand : {'+', '-'}) {
      sum += 1e-5 / p_of(places, {{50, 58, '+', 0, 0, 1e-5}}, {start, start + 6, strand, 1, 0, 0});
      ++count;
    }
  }

  EXPECT_NEAR(sum / count, 1, 1e-6);
}

}  // namespace
}  // namespace cislens
