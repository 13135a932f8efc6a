#include "cislens/seqio/table_input.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace cislens {
namespace {

class TableInputTest : public ::testing::Test {
 protected:
  TableInput open(std::string const& text) const {
    folder_.write("t.tsv", text);
    return {folder_.path("t.tsv"), "write it again"};
  }
  testing_support::TemporaryFolder folder_;
};

TEST_F(TableInputTest, FieldsAreFoundByTheNameOfTheirColumn) {
  TableInput table = open("b\ta\tc\nx\t-2\t1e-5\n.\t3\tnan\n");

  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.integer("a"), -2);
  EXPECT_EQ(table.text("b"), "x");
  EXPECT_EQ(table.number("c"), 1e-5);
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.text("b"), "");
  EXPECT_TRUE(std::isnan(table.number("c")));
  EXPECT_TRUE(std::isnan(table.number("b")));
  EXPECT_FALSE(table.next());
  EXPECT_TRUE(table.has("a"));
  EXPECT_FALSE(table.has("d"));
}

TEST_F(TableInputTest, DamageIsNamedWithItsLineAndARemedy) {
  TableInput table = open("a\tb\n1\tx\n1\n");
  ASSERT_TRUE(table.next());
  auto const says = [](auto action) { return testing_support::input_error(action); };
  EXPECT_NE(says([&] { table.number("b"); }).find("t.tsv:2: 'x' in column 'b' is no number"),
            std::string::npos);
  EXPECT_NE(says([&] { table.text("d"); }).find("column 'd' is missing (write it again)"), std::string::npos);
  EXPECT_NE(says([&] { table.next(); }).find("t.tsv:3: found 1 fields, the header has 2 (write"),
            std::string::npos);
  EXPECT_NE(says([&] { open("a\ta\n"); }).find("two columns are called 'a'"), std::string::npos);
}

}  // namespace
}  // namespace cislens
