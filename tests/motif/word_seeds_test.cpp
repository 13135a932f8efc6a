#include "cislens/motif/word_seeds.hpp"

#include "cislens/motif/alignment.hpp"
#include "cislens/motif/discovery_shape.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

/// Seeds in positives against controls.
std::vector<Seed> seeds_of(std::vector<Bases> const& positives, std::vector<Bases> const& controls, int gap,
                           SeedWords words) {
  std::vector<Window> positive_windows;
  std::vector<Window> control_windows;
  for (Bases const& bases : positives) positive_windows.push_back({bases, 0, 1.0});
  for (Bases const& bases : controls) control_windows.push_back({bases, 0, 1.0});
  MarkovBackground const background = estimate_background(control_windows);
  WindowSet const set = make_window_set(positive_windows, background);
  WindowSet const control_set = make_window_set(control_windows, background);
  auto const ratio = control_ratio(count_words(control_set, gap), background_classes(control_set));
  auto const expected = expected_words(background_classes(set), ratio, gap);
  return find_seeds(count_words(set, gap), expected, background, words);
}

TEST(FindSeeds, PlantedWordComesFirst) {
  auto const positives = sequences(500, 100, {rows_of("TGACNNNCGAA", 0.9)}, 1);

  auto const seeds = seeds_of(positives, sequences(500, 100, {}, 2), 3, SeedWords::whole);

  ASSERT_FALSE(seeds.empty());
  MotifColumns const& columns = seeds.front().model.columns;
  ASSERT_EQ(columns.size(), 11U);
  bool const forward = columns[0][3] > 0.7;
  EXPECT_GT(forward ? columns[1][2] : columns[9][1], 0.7);
  EXPECT_EQ(columns[4], columns[5]);  // of the background
  EXPECT_NEAR(columns[4][0], 0.25, 0.02);
  EXPECT_GT(seeds.front().log_ratio, 100);
}

/// Four bases of 0.96 bits each, in 100 of 200 windows: no word of eight tells them from chance.
TEST(FindSeeds, MotifsOfFewBitsGrowFromPartialWords) {
  MotifMatrix planted;
  planted.rows = rows_of("CNCGNG", 0.8);
  auto const found = [&](SeedWords words) {
    int sets = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      auto const seeds =
          seeds_of(sequences(200, 20, {planted.rows}, seed), sequences(200, 20, {}, seed + 100), 0, words);
      if (seeds.empty()) continue;
      sets += best_alignment(to_matrix(seeds.front().model), planted, 6).correlation > 0.85;
    }
    return sets;
  };

  EXPECT_GE(found(SeedWords::partial), 7);
  EXPECT_LE(found(SeedWords::whole), 4);
}

}  // namespace
}  // namespace cislens
