#include "cislens/motif/seed_search.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cislens {
namespace {

using namespace discovery_sequences;

WindowSet set_of(std::vector<Bases> const& bases, MarkovBackground const& background) {
  std::vector<Window> windows;
  for (Bases const& sequence : bases) windows.push_back({sequence, std::ssize(windows), 1.0});
  return make_window_set(windows, background);
}

MarkovBackground background_of(std::vector<Bases> const& bases) {
  std::vector<Window> windows;
  for (Bases const& sequence : bases) windows.push_back({sequence, std::ssize(windows), 1.0});
  return estimate_background(windows);
}

TEST(SeedSearch, GivenUpSeedsDoNotComeAgain) {
  auto const positives = sequences(500, 100, {rows_of("TGACGCGAAT", 0.9), rows_of("CCTTAGGCAA", 0.9)}, 1);
  auto const controls = sequences(500, 100, {}, 2);
  MarkovBackground const background = background_of(controls);
  WindowSet const set = set_of(positives, background);
  Threads threads(2);
  SeedSearch search(set_of(controls, background), threads);

  auto const first = search.best(set, background, PlaceSearch::none, SeedWords::whole, threads);
  ASSERT_TRUE(first);
  search.give_up(*first);
  auto const second = search.best(set, background, PlaceSearch::none, SeedWords::whole, threads);

  ASSERT_TRUE(second);
  EXPECT_LT(second->log_ratio, first->log_ratio);
  EXPECT_FALSE(second->gap == first->gap && second->model.columns == first->model.columns);
}

TEST(SeedSearch, NothingWithoutBases) {
  Threads threads(1);
  MarkovBackground const background = background_of({});
  SeedSearch const search(set_of({}, background), threads);

  EXPECT_FALSE(search.best(set_of({}, background), background, PlaceSearch::none, SeedWords::whole, threads));
}

}  // namespace
}  // namespace cislens
