#include "cislens/base/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace cislens {
namespace {

TEST(FormatNumber, ReadsBackAsTheSame) {
  for (double const value : {0.1, 1e-300, 1.0 / 3, 123456789.125, -2.5}) {
    double back = 0;
    ASSERT_TRUE(parse_number(format_number(value), back));
    EXPECT_EQ(back, value);
  }
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(std::nan("")), "nan");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(format_fixed(2.0 / 3, 3), "0.667");
  EXPECT_EQ(format_significant(0.012345, 3), "0.0123");
  EXPECT_EQ(format_significant(3.4e-18, 3), "3.4e-18");
}

TEST(Split, GivesOnePartMoreThanSeparators) {
  EXPECT_EQ(split("a\t\tb", '\t'), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split("a,", ','), (std::vector<std::string_view>{"a", ""}));
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
}

TEST(ParseNumber, TakesWholeNumbersOnly) {
  double real = 0;
  long whole = 0;

  EXPECT_TRUE(parse_number("+1.5e3", real) && real == 1500);
  EXPECT_TRUE(parse_number("-7", whole) && whole == -7);
  EXPECT_FALSE(parse_number("", real));
  EXPECT_FALSE(parse_number("1.5x", real));
  EXPECT_FALSE(parse_number(" 1", real));
  EXPECT_FALSE(parse_number("1.5", whole));
  EXPECT_FALSE(parse_number("99999999999999999999", whole));
  EXPECT_FALSE(parse_number("+-1", whole));
}

TEST(Bytes, AreReadAndWritten) {
  double bytes = 0;
  for (auto const& [text, value] : {std::pair{"500M", 500.0 * 1024 * 1024}, std::pair{"12G", 12 * 0x1p30},
                                    std::pair{"1.5GiB", 1.5 * 0x1p30}, std::pair{"2 TB", 2 * 0x1p40},
                                    std::pair{"4096", 4096.0}, std::pair{"1K", 1024.0}}) {
    EXPECT_TRUE(parse_bytes(text, bytes)) << text;
    EXPECT_EQ(bytes, value) << text;
  }
  for (char const* text : {"", "M", "0", "-1G", "1GG", "1g", "1e3", "nan", "inf", "12 G B", "1X"})
    EXPECT_FALSE(parse_bytes(text, bytes)) << text;
  EXPECT_EQ(format_bytes(17), "17 bytes");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(312 * 0x1p20), "312 MiB");
  EXPECT_EQ(format_bytes(1000 * 0x1p20), "0.98 GiB");
}

TEST(Escape, LeavesNothingThatBreaksOut) {
  EXPECT_EQ(escape_html("<a b='c'>&\""), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;");
  EXPECT_EQ(escape_json("a\"b\\c\n\t\x01"), "a\\\"b\\\\c\\n\\t\\u0001");
}

TEST(EditDistance, CountsChanges) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("same", "same"), 0);
}

TEST(NearestHint, IsNear) {
  std::vector<std::string> const known{"discover", "doctor", "train"};

  EXPECT_EQ(nearest_hint("docto", known), "; the nearest is doctor");
  EXPECT_EQ(nearest_hint("disc", known), "; the nearest is discover");
  EXPECT_EQ(nearest_hint("bananas", known), "");
}

TEST(Counted, OneIsNotSeveral) {
  EXPECT_EQ(counted(0, "motif"), "0 motifs");
  EXPECT_EQ(counted(1, "motif"), "1 motif");
  EXPECT_EQ(counted(2, "motif"), "2 motifs");
}

}  // namespace
}  // namespace cislens
