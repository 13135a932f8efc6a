#include "cislens/motif/uneven_places.hpp"

#include "cislens/motif/words.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace cislens {
namespace {

using namespace discovery_sequences;

/// 1,000 records of 100 bases, three in seven with TCAGTT or one base of it exchanged at `place`.
std::vector<Bases> records_with_word_at(std::size_t place) {
  std::vector<Bases> records = sequences(1000, 100, {}, 21);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i % 7 >= 3) continue;
    Random random(22, i);
    Bases word = encode_bases("TCAGTT");
    word[random.below(6)] = static_cast<std::uint8_t>(random.below(4));
    std::copy(word.begin(), word.end(), records[i].begin() + static_cast<std::ptrdiff_t>(place));
  }
  return records;
}

/// Every fifth record is held out; the middle of each is position 0.
Input placed(std::vector<Bases> const& positives, std::vector<Bases> const& controls) {
  Input input(positives, controls);
  for (auto& windows : input.windows) {
    for (Window& window : windows) window.position = -50;
  }
  return input;
}

WindowSet set_of(std::vector<Bases> const& records) {
  std::vector<Window> windows;
  for (Bases const& bases : records) windows.push_back(whole_record(bases, std::ssize(windows)));
  return make_window_set(windows, estimate_background(windows));
}

TEST(UnevenCells, AreWhereAWordKeepsItsPlace) {
  auto const records = records_with_word_at(60);
  WindowSet const set = set_of(records);

  auto const cells = uneven_cells(set);

  ASSERT_EQ(cells.size(), 50U);
  for (int place = 60; place < 66; ++place) EXPECT_TRUE(cells[place / 2]) << place;
  EXPECT_FALSE(cells[10]);
  EXPECT_FALSE(cells[47]);
  EXPECT_LT(std::count(cells.begin(), cells.end(), true), 20);
}

TEST(UnevenCells, NoneInRandomRecords) {
  EXPECT_TRUE(uneven_cells(set_of(sequences(1000, 100, {}, 23))).empty());
}

TEST(OnlyCells, BlocksTheOthers) {
  auto const records = records_with_word_at(60);
  WindowSet const set = set_of(records);
  std::vector<bool> cells(50, false);
  cells[30] = true;

  WindowSet const narrow = only_cells(set, cells);

  EXPECT_EQ(narrow.explained[narrow.begin[3] + 60], 0U);
  EXPECT_EQ(narrow.explained[narrow.begin[3] + 61], 0U);
  EXPECT_GE(narrow.explained[narrow.begin[3] + 62], to_explained_units(blocked_nats));
  EXPECT_GE(narrow.lost[narrow.begin[3] + 60] - narrow.lost[narrow.begin[3] + 52], 7 * score_units_per_nat);
  PositionProfile const profile = profile_of_cells(set, cells);
  EXPECT_GT(profile.ratio(0, 10), 5.0);
  EXPECT_LT(profile.ratio(0, 0), 1.0);
}

TEST(BetweenCells, HoldsWhatTheCellsHold) {
  auto const records = records_with_word_at(60);
  WindowSet set = set_of(records);
  std::vector<bool> cells(50, false);
  std::fill(cells.begin() + 27, cells.begin() + 34, true);
  set.explained[set.begin[3] + 61] = to_explained_units(0.5);
  update_costs(set);

  WindowSet const narrow = between_cells(set, 27, 34);

  ASSERT_EQ(narrow.size(), set.size());
  EXPECT_EQ(narrow.length[3], 14);
  EXPECT_EQ(narrow.position[3], set.position[3] + 54);
  for (int gap : {0, 3}) {
    WordCounts const expected = count_words(only_cells(set, cells), gap);
    WordCounts const counts = count_words(narrow, gap);
    EXPECT_GT(counts.total, 0);
    EXPECT_EQ(counts.counts, expected.counts);
  }
  EXPECT_EQ(count_words(between_cells(set, 0, 50), 1).counts, count_words(set, 1).counts);
}

/// Windows of other lengths lie beyond the frame, in its outermost cells, or not in the cells at all.
TEST(BetweenCells, WindowsBeyondTheFrame) {
  auto const records = sequences(12, 100, {}, 25);
  std::vector<Window> windows;
  for (std::size_t i = 0; i < records.size(); ++i)
    windows.push_back({records[i], static_cast<std::int64_t>(i), 1.0 + 0.5 * static_cast<double>(i % 3),
                       static_cast<std::int64_t>(i % 4) * 25 - 60});
  WindowSet const set = make_window_set(windows, estimate_background(windows), position_frame(-40, 20));
  for (auto const& [first, last] : {std::pair{0, 8}, {8, 16}, {22, 30}}) {
    std::vector<bool> cells(30, false);
    std::fill(cells.begin() + first, cells.begin() + last, true);

    WindowSet const narrow = between_cells(set, first, last);

    WordCounts const counts = count_words(narrow, 1);
    EXPECT_GT(counts.total, 0) << first;
    EXPECT_EQ(counts.counts, count_words(only_cells(set, cells), 1).counts) << first;
  }
  EXPECT_LT(between_cells(set, 0, 2).size(), set.size());
}

/// Six bases of which one may differ are too little to be found anywhere; at a place they are clear.
TEST(DiscoverMotifs, AShortMotifIsFoundByItsPlace) {
  auto const positives = records_with_word_at(60);
  auto const controls = sequences(1000, 100, {}, 24);
  Input const input = placed(positives, controls);
  Threads threads(2);
  Log log({.quiet = true, .json = false});
  DiscoveryOptions options;
  options.places = PlaceSearch::uneven;

  DiscoveryResult const found = discover_motifs(input.view(), options, threads, log);

  ASSERT_EQ(found.motifs.size(), 1U);
  DiscoveredMotif const& motif = found.motifs[0];
  EXPECT_NE(motif.consensus.find(motif.consensus.find("TCAGTT") != std::string::npos ? "TCAGTT" : "AACTGA"),
            std::string::npos);
  EXPECT_LT(motif.holdout_p, 1e-15);
  EXPECT_NEAR(static_cast<double>(motif.sites), 343, 100);  // 3 / 7 of 800 fitted
  EXPECT_GT(motif.places.bits(), 3.0);
  EXPECT_GT(std::max(motif.places.ratio(0, 13), motif.places.ratio(1, 13)), 20.0);

  options.places = PlaceSearch::none;
  DiscoveryResult const anywhere = discover_motifs(input.view(), options, threads, log);
  EXPECT_TRUE(anywhere.motifs.empty() || anywhere.motifs[0].holdout_p > 1e3 * motif.holdout_p);
}

TEST(DiscoverMotifs, NothingKeepsAPlaceInRandomRecords) {
  auto const positives = sequences(1000, 100, {}, 25);
  auto const controls = sequences(1000, 100, {}, 26);
  Threads threads(2);
  Log log({.quiet = true, .json = false});
  DiscoveryOptions options;
  options.places = PlaceSearch::uneven;

  EXPECT_TRUE(discover_motifs(Input(positives, controls).view(), options, threads, log).motifs.empty());
}

/// What is known is not found again.
TEST(DiscoverMotifs, KnownMotifsAreTakenOutFirst) {
  auto const positives = records_with_word_at(60);
  auto const controls = sequences(1000, 100, {}, 24);
  Input const input = placed(positives, controls);
  MotifMatrix known;
  known.rows = rows_of("TCAGTT", 0.85);
  known.sites = 300;
  DiscoveryInput view = input.view();
  view.known = {&known, 1};
  Threads threads(2);
  Log log({.quiet = true, .json = false});
  DiscoveryOptions options;
  options.places = PlaceSearch::uneven;

  DiscoveryResult const found = discover_motifs(view, options, threads, log);

  EXPECT_TRUE(found.motifs.empty());
  EXPECT_EQ(found.dropped_repeated, 0);  // not found once more and then dropped
}

}  // namespace
}  // namespace cislens
