#include "cislens/seqio/targets.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

std::string error_of(std::string_view text) {
  TemporaryFolder const folder;
  auto const path = folder.write("t.tsv", text);
  std::string const words = input_error([&] { read_targets(path); });
  return words.starts_with(path) ? words.substr(path.size()) : words;
}

TEST(ReadTargets, ReadsNumbersAndUnknowns) {
  TemporaryFolder const folder;

  auto const table =
      read_targets(folder.write("t.tsv", "#record\tliver\tbrain\na\t1\tNA\n\nb\t\t-2.5e-1\r\nc\t.\tnan\n"));

  EXPECT_EQ(table.target_names, (std::vector<std::string>{"liver", "brain"}));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows.at("b"), 1);
  EXPECT_EQ(table.values[0], 1.0F);
  EXPECT_TRUE(std::isnan(table.values[1]) && std::isnan(table.values[2]));
  EXPECT_EQ(table.values[3], -0.25F);
}

TEST(ReadTargets, NamesTheLineOfWhatIsWrong) {
  EXPECT_EQ(error_of("record\n").substr(0, 14), ":1: the header");
  EXPECT_EQ(error_of("# nothing\n").substr(0, 15), ": has no header");
  EXPECT_EQ(error_of("r\tx\n"), ": has no line below its header");
  EXPECT_EQ(error_of("r\tx\na\t1\t2\n").substr(0, 17), ":2: found 3 field");
  EXPECT_EQ(error_of("r\tx\na\tyes\n").substr(0, 26), ":2: 'yes' in column 'x' is");
  EXPECT_EQ(error_of("r\tx\na\tinf\n").substr(0, 9), ":2: 'inf'");
  EXPECT_EQ(error_of("r\tx\na\t1e60\n").substr(0, 10), ":2: '1e60'");
  EXPECT_EQ(error_of("r\tx\na\t1\na\t2\n").substr(0, 14), ":3: record 'a'");
  EXPECT_EQ(error_of("r\tx\tx\na\t1\t2\n").substr(0, 15), ":1: two columns");
  EXPECT_EQ(error_of("r\tx\ty\na\t1\tNA\n"), ": column 'y' holds no number (take it out)");
}

}  // namespace
}  // namespace cislens
