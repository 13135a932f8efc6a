#include "cislens/seqio/text_input.hpp"

#include "cislens/base/errors.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::TemporaryFolder;

std::vector<std::string> all_lines(std::string const& path) {
  TextInput input(path);
  std::vector<std::string> lines;
  for (std::string_view line; input.next(line);) lines.emplace_back(line);
  return lines;
}

std::string error_of(std::string const& path) {
  try {
    all_lines(path);
  } catch (InputError const& error) {
    return error.what();
  }
  return "no error";
}

std::string many_lines() {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  return text;
}

TEST(TextInput, GivesLinesWithoutTheirEnds) {
  TemporaryFolder const folder;
  auto const path = folder.write("a.txt", "\xEF\xBB\xBFone\r\n\ntwo\nlast");

  EXPECT_EQ(all_lines(path), (std::vector<std::string>{"one", "", "two", "last"}));
}

TEST(TextInput, ReadsPlainGzipAndBgzfAlike) {
  TemporaryFolder const folder;
  auto const plain = folder.write("a.txt", many_lines());
  auto const gzip = folder.run("gzip -c a.txt > b", "b");
  auto const members = folder.run("(head -n 100 a.txt | gzip -c; tail -n +101 a.txt | gzip -c) > c", "c");
  auto const bgzf = folder.run("bgzip -c a.txt > d", "d");
  auto const expected = all_lines(plain);

  ASSERT_EQ(expected.size(), 40'000U);
  EXPECT_EQ(all_lines(gzip), expected);
  EXPECT_EQ(all_lines(members), expected);
  EXPECT_EQ(all_lines(bgzf), expected);
}

TEST(TextInput, TakesLinesLongerThanItsBuffer) {
  TemporaryFolder const folder;
  std::string const longest(3'000'001, 'A');
  auto const path = folder.write("a.txt", "x\n" + longest + "\r\ny\n");

  EXPECT_EQ(all_lines(path), (std::vector<std::string>{"x", longest, "y"}));
}

TEST(TextInput, CountsLinesAndNamesThem) {
  TemporaryFolder const folder;
  TextInput input(folder.write("a.txt", "one\ntwo\n"));
  std::string_view line;

  EXPECT_EQ(input.line_number(), 0);
  EXPECT_EQ(input.head(), "one\ntwo\n");
  ASSERT_TRUE(input.next(line) && input.next(line));
  EXPECT_EQ(input.line_number(), 2);
  try {
    input.fail("is wrong");
    FAIL();
  } catch (InputError const& error) {
    EXPECT_EQ(std::string(error.what()), input.name() + ":2: is wrong");
  }
  EXPECT_FALSE(input.next(line));
}

TEST(TextInput, SaysWhatIsWrongWithAFile) {
  TemporaryFolder const folder;
  folder.write("a.txt", many_lines());

  EXPECT_NE(error_of(folder.path("missing")).find("there is no such file"), std::string::npos);
  EXPECT_NE(error_of(folder.path("")).find("is a folder"), std::string::npos);
  EXPECT_NE(error_of(folder.write("empty", "")).find("is empty"), std::string::npos);
  EXPECT_NE(error_of(folder.run("gzip -c empty > e.gz", "e.gz")).find("is empty"), std::string::npos);
  EXPECT_NE(error_of(folder.write("junk", std::string("\x01\x02\0\x7F", 4))).find("binary"),
            std::string::npos);
  EXPECT_NE(error_of(folder.write("mac", "a\rb\r")).find("CR alone"), std::string::npos);
  EXPECT_NE(error_of(folder.write("z", "PK\3\4 and more")).find("zip archive"), std::string::npos);
}

TEST(TextInput, NoticesWhatIsCutShort) {
  TemporaryFolder const folder;
  folder.write("a.txt", many_lines());
  folder.run("gzip -c a.txt > a.gz; bgzip -c a.txt > a.bgz", "a.gz");

  auto const gzip = folder.run("head -c 50000 a.gz > cut.gz", "cut.gz");
  auto const bgzf = folder.run("head -c 50000 a.bgz > cut.bgz", "cut.bgz");
  auto const tiny = folder.run("head -c 12 a.gz > tiny.gz", "tiny.gz");
  auto const no_marker = folder.run("head -c -28 a.bgz > marker.bgz", "marker.bgz");
  auto const damaged =
      folder.run("cp a.gz b.gz; printf XXXX | dd of=b.gz bs=1 seek=30000 conv=notrunc status=none", "b.gz");

  EXPECT_NE(error_of(gzip).find("cut short or damaged"), std::string::npos) << error_of(gzip);
  EXPECT_NE(error_of(bgzf).find("cut short"), std::string::npos);
  EXPECT_NE(error_of(tiny).find("cut short"), std::string::npos) << error_of(tiny);
  EXPECT_NE(error_of(no_marker).find("end marker is missing"), std::string::npos);
  EXPECT_NE(error_of(damaged).find("cut short or damaged"), std::string::npos);
}

}  // namespace
}  // namespace cislens
