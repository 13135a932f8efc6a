#include "cislens/writers/scores.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cislens {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Scores, LinesHaveTheColumnsOfTheHeader) {
  EXPECT_EQ(score_header(), "record\ttarget\tlabel\tscore\twindows\tstart\tend\tmean_score\n");
  EXPECT_EQ(format_score({"chr1:0-9(+)", "CTCF", 0.25, 3, 100, 300, 0.125}),
            "chr1:0-9(+)\tCTCF\tnan\t0.25\t3\t100\t300\t0.125\n");
  EXPECT_EQ(window_score_header(), "record\tstart\tend\ttarget\tscore\n");
  EXPECT_EQ(format_window_score({"a", 0, 200, "CTCF", 0.5}), "a\t0\t200\tCTCF\t0.5\n");
}

TEST(Scores, WhatIsNotThereIsNanOrADot) {
  EXPECT_EQ(format_score({"a\tb", "", nan, 0, -1, -1, nan}), "a b\t.\tnan\tnan\t0\t.\t.\tnan\n");
  EXPECT_EQ(format_window_score({"", 5, 6, "t", nan}), ".\t5\t6\tt\tnan\n");
}

}  // namespace
}  // namespace cislens
