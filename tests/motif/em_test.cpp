#include "cislens/motif/em.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/em_scan.hpp"
#include "cislens/motif/explained.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace cislens {
namespace {

using namespace discovery_sequences;

/// ln of the columns less ln of the background, base by base.
double direct_score(Bases const& bases, std::size_t start, MotifColumns const& columns, bool reverse,
                    std::span<float const> background) {
  double sum = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::uint8_t const base = bases[start + i];
    sum += std::log(reverse ? columns[columns.size() - 1 - i][3 - base] : columns[i][base]);
    sum -= static_cast<double>(background[start + i]);
  }
  return sum;
}

/// ln of a base's probability at the window's G + C share, and half of the terms of both pairs it is in.
TEST(WindowSet, BackgroundOfABase) {
  Bases const bases = encode_bases("GGGGGGGGGGGGGGGGGGGGCGTN");
  std::vector<Window> const windows{{bases, 0, 1.0}};
  MarkovBackground background;
  background.base = {0.3, 0.2, 0.2, 0.3};
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) background.pair[a][b] = background.base[a] * background.base[b];
  }
  background.pair[base_c][base_g] *= 0.5;

  WindowSet const set = make_window_set(windows, background);

  double const gc = (22 + 40) / 123.0;
  EXPECT_NEAR(set.gc[0], gc, 1e-12);
  EXPECT_NEAR(static_cast<double>(set.background[0]), std::log(gc / 2), 1e-6);
  EXPECT_NEAR(static_cast<double>(set.background[20]), std::log(gc / 2) + 0.5 * std::log(0.5), 1e-6);
  EXPECT_NEAR(static_cast<double>(set.background[22]), std::log((1 - gc) / 2), 1e-6);
  EXPECT_EQ(set.background[23], 0.0F);
}

TEST(ScoreTable, EqualsDirectSumForAllWidths) {
  auto const sequences = discovery_sequences::sequences(3, 60, {}, 1);
  auto const windows = windows_of(sequences);
  MarkovBackground const background = estimate_background(windows);
  WindowSet const set = make_window_set(windows, background);
  for (int width : {6, 7, 8, 13, 31, 40}) {
    MotifColumns const columns =
        rows_of(std::string("ACGTTGCAACGTTGCAACGTTGCAACGTTGCAACGTTGCA").substr(0, width), 0.7);
    ScoreTable const table(columns);
    int visited = 0;

    table.scan(set, set.begin[1], set.begin[1] + 60 - width + 1, -1000000,
               [&](std::int64_t place, int strand, std::int32_t score) {
                 ++visited;
                 double const expected =
                     direct_score(sequences[1], static_cast<std::size_t>(place - set.begin[1]), columns,
                                  strand == 1, std::span(set.background).subspan(set.begin[1]));
                 EXPECT_NEAR(score / score_units_per_nat, expected,
                             0.5 * (2 * width) / score_units_per_nat + 1e-4);
               });

    EXPECT_EQ(visited, 2 * (60 - width + 1));
  }
}

TEST(MarkovBackground, LeavesOutWhatIsExplained) {
  Bases const bases = encode_bases("ATTATAATATTAAATATTCGCGCGCGATATTATAATTAATATA");
  std::vector<Window> const windows{{bases, 0, 1.0}};
  WindowSet set = make_window_set(windows, estimate_background(windows));
  auto const explained = std::make_shared<Explained>();
  for (std::int64_t i = 18; i < 26; ++i) {
    explained->places.push_back(set.begin[0] + i);
    explained->units.push_back(to_explained_units(30));
  }
  SharedExplained const taken[] = {explained};

  double const before = estimate_background(set).pair[base_c][base_g];
  set_explained(set, taken);

  EXPECT_NEAR(before, (1 + 8) / (16 + 2 * 42.0), 1e-9);  // CG 4 times, either strand; 42 pairs
  EXPECT_NEAR(estimate_background(set).pair[base_c][base_g], 1 / (16 + 2 * 33.0), 1e-9);
  ASSERT_EQ(background_classes(set).size(), 1U);
  EXPECT_NEAR(background_classes(set)[0].background.pair[base_c][base_g], 1 / (16 + 2 * 33.0), 1e-9);
}

TEST(MarkovBackground, IsTheSameOnBothStrands) {
  auto sequences = discovery_sequences::sequences(5, 80, {rows_of("AAAAACCCCC", 0.9)}, 2);
  MarkovBackground const forward = estimate_background(windows_of(sequences));
  for (Bases& bases : sequences) bases = reverse_complement(bases);
  MarkovBackground const reverse = estimate_background(windows_of(sequences));

  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      EXPECT_DOUBLE_EQ(forward.pair[a][b], reverse.pair[a][b]);
      EXPECT_DOUBLE_EQ(forward.pair[a][b], forward.pair[3 - b][3 - a]);
    }
  }
}

TEST(ScoreTable, TakesOneToFortyColumns) {
  std::array<double, 4> const even{0.25, 0.25, 0.25, 0.25};
  for (std::size_t const width : {1U, 40U})
    EXPECT_EQ(ScoreTable(MotifColumns(width, even)).width(), static_cast<int>(width));
  for (std::size_t const width : {0U, 41U})
    EXPECT_THROW(ScoreTable(MotifColumns(width, even)), ShapeError) << width;
}

TEST(FitMotif, GrowsFromTheCoreToTheWholeMotif) {
  Rows const planted = rows_of("TGACCTTGAACTAGG", 0.85);
  auto const sequences = discovery_sequences::sequences(600, 100, {planted}, 3);
  auto const windows = windows_of(sequences);
  MarkovBackground const background = estimate_background(windows);
  WindowSet const set = make_window_set(windows, background);
  MotifModel start;
  start.columns = rows_of("CCTTGAAC", 0.7);
  start.occupancy = 0.2;
  Threads threads(2);

  MotifModel const model = fit_motif(set, start, background, EmOptions{}, threads);

  ASSERT_EQ(model.columns.size(), planted.size());
  EXPECT_NEAR(model.sites, 300, 20);
  for (std::size_t c = 0; c < planted.size(); ++c) {
    for (std::size_t b = 0; b < 4; ++b) EXPECT_NEAR(model.columns[c][b], planted[c][b], 0.08);
  }
}

TEST(ChooseColumns, TrimsWhatTellsNothing) {
  MotifColumns const columns = rows_of("NNTGACNNGTCANNN", 0.9);
  MarkovBackground background;
  background.base.fill(0.25);

  ColumnRange const range = choose_columns(columns, background.base, 500, EmOptions{});

  EXPECT_EQ(range.first, 2);
  EXPECT_EQ(range.last, 12);
}

}  // namespace
}  // namespace cislens
