#include "cislens/seqio/record_name.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {
namespace {

/// As the reader asks: the place when it fits.
std::optional<Interval> place_of(std::string_view header, std::int64_t length) {
  auto place = stated_place(header);
  return place && fit_place(*place, length) ? place : std::nullopt;
}

TEST(StatedPlace, ReadsTheFormsOfCommonTools) {
  EXPECT_EQ(place_of("chr1:100-200(-)", 100), (Interval{"chr1", 100, 200, '-'}));
  EXPECT_EQ(place_of("chr1:100-200", 100), (Interval{"chr1", 100, 200, '.'}));
  EXPECT_EQ(place_of("chr1:100-200(.)", 100), (Interval{"chr1", 100, 200, '.'}));
  EXPECT_EQ(place_of("peak_1::chr1:100-200(+)", 100), (Interval{"chr1", 100, 200, '+'}));
  EXPECT_EQ(place_of("chr1:101-200", 100), (Interval{"chr1", 100, 200, '.'}));
  EXPECT_EQ(place_of("chr1:101-200/rc", 100), (Interval{"chr1", 100, 200, '-'}));
  EXPECT_EQ(place_of("HLA-A:01:100-200 words", 100), (Interval{"HLA-A:01", 100, 200, '.'}));
  EXPECT_EQ(place_of("hg18_chr1_86317_86595_+", 278), (Interval{"chr1", 86317, 86595, '+'}));
  EXPECT_EQ(place_of("hg18_chr1_86317_86595_+", 279), (Interval{"chr1", 86316, 86595, '+'}));
  EXPECT_EQ(place_of("hg18_chr1_random_10_20_-", 10), (Interval{"chr1_random", 10, 20, '-'}));
  EXPECT_EQ(place_of("YAL067W-A YAL067W-A\tchrI:2029-2529(+)", 500), (Interval{"chrI", 2029, 2529, '+'}));
  EXPECT_EQ(place_of("hg19_x range=chr1:101-200 5'pad=0 strand=-", 100), (Interval{"chr1", 100, 200, '-'}));
}

TEST(StatedPlace, TakesNothingElse) {
  EXPECT_FALSE(stated_place("chr1:-5-95"));
  EXPECT_FALSE(stated_place("chr1:1e2-200"));
  EXPECT_FALSE(stated_place("chr1:100-200(x)"));
  EXPECT_FALSE(stated_place(":100-200"));
  EXPECT_FALSE(stated_place("chr1:99999999999999999999-200"));
  EXPECT_FALSE(stated_place("peak_1"));
  EXPECT_FALSE(stated_place("a_b_1_2_3"));
  EXPECT_FALSE(stated_place(" "));
  EXPECT_FALSE(stated_place(""));
}

TEST(FitPlace, TakesNothingOfAnotherLength) {
  EXPECT_FALSE(place_of("chr1:100-200", 150));
  EXPECT_FALSE(place_of("Pos:1-1(+)", 300));
  EXPECT_FALSE(place_of("chr1:0-99", 100));
  EXPECT_FALSE(place_of("chr1:200-100", 100));
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
