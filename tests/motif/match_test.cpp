#include "cislens/motif/match.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cislens {
namespace {

TEST(Match, OnlySignificantOnesAreNames) {
  std::vector<DatabaseMatch> const matches = {{"MA1", "CTCF", 0.9, 1e-9, 1e-7, 0, '+', 9},
                                              {"MA2", "", 0.8, 1e-4, 0.01, 0, '+', 9},
                                              {"MA3", "SP1", 0.7, 1e-3, 0.02, 0, '+', 9}};

  EXPECT_EQ(significant_matches(matches, 0.01).size(), 2u);
  EXPECT_EQ(shown_name(matches, 0.01), "CTCF");
  EXPECT_EQ(shown_name(std::span(matches).subspan(1), 0.01), "MA2");
  EXPECT_EQ(shown_name(std::span(matches).subspan(2), 0.01), "");
  EXPECT_EQ(shown_name({}, 0.01), "");
}

}  // namespace
}  // namespace cislens
