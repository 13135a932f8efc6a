#include "cislens/seqio/record_name.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

TEST(PlaceInHeader, ReadsTheFormsOfCommonTools) {
  EXPECT_EQ(place_in_header("chr1:100-200(-)", 100), (Interval{"chr1", 100, 200, '-'}));
  EXPECT_EQ(place_in_header("chr1:100-200", 100), (Interval{"chr1", 100, 200, '.'}));
  EXPECT_EQ(place_in_header("chr1:100-200(.)", 100), (Interval{"chr1", 100, 200, '.'}));
  EXPECT_EQ(place_in_header("peak_1::chr1:100-200(+)", 100), (Interval{"chr1", 100, 200, '+'}));
  EXPECT_EQ(place_in_header("chr1:101-200", 100), (Interval{"chr1", 100, 200, '.'}));
  EXPECT_EQ(place_in_header("chr1:101-200/rc", 100), (Interval{"chr1", 100, 200, '-'}));
  EXPECT_EQ(place_in_header("HLA-A:01:100-200 words", 100), (Interval{"HLA-A:01", 100, 200, '.'}));
  EXPECT_EQ(place_in_header("hg18_chr1_86317_86595_+", 278), (Interval{"chr1", 86317, 86595, '+'}));
  EXPECT_EQ(place_in_header("hg18_chr1_random_10_20_-", 10), (Interval{"chr1_random", 10, 20, '-'}));
  EXPECT_EQ(place_in_header("YAL067W-A YAL067W-A chrI:2029-2529(+)", 500),
            (Interval{"chrI", 2029, 2529, '+'}));
  EXPECT_EQ(place_in_header("hg19_x range=chr1:101-200 5'pad=0 strand=-", 100),
            (Interval{"chr1", 100, 200, '-'}));
}

TEST(PlaceInHeader, TakesNothingThatDoesNotFitTheLength) {
  EXPECT_FALSE(place_in_header("chr1:100-200", 150));
  EXPECT_FALSE(place_in_header("Pos:1-1(+)", 300));
  EXPECT_FALSE(place_in_header("chr1:0-99", 100));
  EXPECT_FALSE(place_in_header("chr1:-5-95", 100));
  EXPECT_FALSE(place_in_header("chr1:1e2-200", 100));
  EXPECT_FALSE(place_in_header("chr1:100-200(x)", 100));
  EXPECT_FALSE(place_in_header(":100-200", 100));
  EXPECT_FALSE(place_in_header("chr1:99999999999999999999-200", 100));
  EXPECT_FALSE(place_in_header("peak_1", 100));
  EXPECT_FALSE(place_in_header("", 100));
}

TEST(UniqueNames, NumberWhatComesAgain) {
  UniqueNames names;

  EXPECT_EQ(names.take("a"), "a");
  EXPECT_EQ(names.take("a.2"), "a.2");
  EXPECT_EQ(names.take("a"), "a.3");
  EXPECT_EQ(names.take("a"), "a.4");
  EXPECT_EQ(names.take("a.2"), "a.2.2");
  EXPECT_EQ(names.renamed(), 3);
}

}  // namespace
}  // namespace cislens
