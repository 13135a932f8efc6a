#include "cislens/motif/explained.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

/// Two sites in a stretch share its one posterior; asked again, both are taken out whole.
TEST(Explain, FullyTakesOutEverySiteOfAStretch) {
  Random random(3, 0);
  Bases bases = random_bases(100, random);
  Bases const site = encode_bases("TTACGGCATAAG");
  std::copy(site.begin(), site.end(), bases.begin() + 20);
  std::copy(site.begin(), site.end(), bases.begin() + 60);
  std::vector<Window> const windows{{bases, 0, 1.0}};
  WindowSet set = make_window_set(windows, estimate_background(windows));
  MotifModel model;
  model.columns = rows_of("TTACGGCATAAG", 0.97);
  model.occupancy = 0.5;
  Threads threads(1);
  auto const least_lost = [&](SharedExplained const& explained) {
    set_explained(set, std::span(&explained, 1));
    auto const lost = [&](std::int64_t place) {
      return (set.lost[set.begin[0] + place + 12] - set.lost[set.begin[0] + place]) / score_units_per_nat;
    };
    return std::min(lost(20), lost(60));
  };

  double const once = least_lost(explain(set, model, EmOptions{}, threads));
  set_explained(set, {});
  double const fully = least_lost(explain_fully(set, model, {}, EmOptions{}, threads));

  EXPECT_LT(once, 2.0);
  EXPECT_GT(fully, 4.0);
}

TEST(Explain, LeavesNothingOfSureSitesAndAllOfTheRest) {
  Rows const planted = rows_of("TGACCTTGAACTAGG", 0.99);
  auto const sequences = discovery_sequences::sequences(2, 60, {planted}, 4);
  auto const windows = windows_of(sequences);
  MarkovBackground const background = estimate_background(windows);
  WindowSet set = make_window_set(windows, background);
  Threads threads(1);
  MotifModel model;
  model.columns = planted;
  model.occupancy = 0.5;
  double const before = best_scores(set, model, threads)[0];

  SharedExplained const explained = explain(set, model, EmOptions{}, threads);
  set_explained(set, std::span(&explained, 1));

  EXPECT_EQ(explained->places.size(), planted.size());
  EXPECT_NEAR(best_scores(set, model, threads)[0], before - 2 * std::log(1e3), 0.2);
  set_explained(set, {});
  EXPECT_DOUBLE_EQ(best_scores(set, model, threads)[0], before);
}

struct Taken {
  std::vector<std::uint32_t> explained, cost, lost;
  bool operator==(Taken const&) const = default;
};

/// What scans and backgrounds read of a set.
Taken taken_of(WindowSet const& set) { return {set.explained, set.cost, set.lost}; }

TEST(Explain, TakingOutAndPuttingBackLeavesNoTrace) {
  std::vector<Rows> const planted = {rows_of("TGACCTTGAACTAGG", 0.9), rows_of("CCTTGAAC", 0.8)};
  auto const sequences = discovery_sequences::sequences(70, 90, planted, 6);
  auto const windows = windows_of(sequences);
  WindowSet set = make_window_set(windows, estimate_background(windows));
  Threads threads(2);
  Taken const whole = taken_of(set);
  std::vector<SharedExplained> explained;
  for (Rows const& rows : planted) {
    MotifModel model;
    model.columns = rows;
    model.occupancy = 0.3;
    explained.push_back(explain(set, model, EmOptions{}, threads));
  }
  SharedExplained const first = explained[0];
  SharedExplained const second = explained[1];

  set_explained(set, std::vector{first});
  Taken const without_first = taken_of(set);
  set_explained(set, std::vector{first, second, SharedExplained()});
  Taken const without_both = taken_of(set);
  set_explained(set, std::vector{second});
  set_explained(set, std::vector{second, first});
  Taken const again = taken_of(set);
  set_explained(set, std::vector{first});

  EXPECT_TRUE(again == without_both);
  EXPECT_FALSE(without_both == without_first);
  EXPECT_TRUE(taken_of(set) == without_first);
  set_explained(set, {});
  EXPECT_TRUE(taken_of(set) == whole);
  WindowSet other = set;
  set_explained(other, std::vector{first});
  update_costs(other);
  EXPECT_TRUE(taken_of(other) == without_first);
}

/// Second sites of a stretch are taken out, too, in windows that have them.
TEST(Explain, FullyInManyWindows) {
  Rows const planted = rows_of("TGACCTTGAACTAGG", 0.9);
  auto bases = discovery_sequences::sequences(90, 100, {planted}, 8);
  Random random(9, 0);
  for (std::size_t i = 0; i < bases.size(); i += 3) plant(bases[i], planted, random);
  auto const windows = windows_of(bases);
  WindowSet set = make_window_set(windows, estimate_background(windows));
  MotifModel model;
  model.columns = planted;
  model.occupancy = 0.5;
  Threads threads(1);
  std::int64_t const width = std::ssize(planted);
  auto const gone = [&](SharedExplained const& explained) {
    set_explained(set, std::span(&explained, 1));
    int sites = 0;
    for (std::int64_t window = 0; window < set.size(); ++window) {
      for (std::int64_t i = set.begin[window]; i + width <= set.begin[window] + set.length[window]; ++i)
        sites += set.lost[i + width] - set.lost[i] > 4 * score_units_per_nat ? 1 : 0;
    }
    return sites;
  };

  SharedExplained const once = explain(set, model, EmOptions{}, threads);
  set_explained(set, {});
  SharedExplained const fully = explain_fully(set, model, {}, EmOptions{}, threads);

  EXPECT_GT(gone(fully), gone(once));
}

}  // namespace
}  // namespace cislens
