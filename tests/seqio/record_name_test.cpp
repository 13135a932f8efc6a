#include "cislens/seqio/record_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(MakeNamesUnique, NumbersWhatComesAgain) {
  std::vector<SequenceRecord> records;
  for (auto const* name : {"a", "a.2", "a", "a", "a.2", "b"})
    records.push_back({name, "A", {name, 0, 1, '+'}});
  records[3].origin.contig = "chr1";

  EXPECT_EQ(make_names_unique(records), 3);

  std::vector<std::string> names;
  for (auto const& record : records) names.push_back(record.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "a.2", "a.3", "a.4", "a.2.2", "b"}));
  EXPECT_EQ(records[2].origin.contig, "a.3");
  EXPECT_EQ(records[3].origin.contig, "chr1");
  EXPECT_EQ(make_names_unique(records), 0);
}

}  // namespace
}  // namespace cislens
