#include "cislens/seqio/regions.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

std::vector<Region> read(std::string_view text) {
  TemporaryFolder const folder;
  return read_regions(folder.write("in.bed", text));
}

std::string error_of(std::string_view text) {
  TemporaryFolder const folder;
  auto const path = folder.write("in.bed", text);
  std::string const words = input_error([&] { read_regions(path); });
  return words.starts_with(path) ? words.substr(path.size()) : words;
}

TEST(ReadRegions, TakesThreeToTwelveColumns) {
  auto const regions = read(
      "browser position chr1\ntrack name=x\n# note\n\nchr1\t0\t10\nchr2\t5\t9\tpeak\n"
      "chr3\t1\t2\t.\t7.5\t-\nchr4\t1\t20\tg\t0\t+\t1\t20\t0\t2\t3,4\t0,15\r\n");

  ASSERT_EQ(regions.size(), 4U);
  EXPECT_EQ(regions[0].interval, (Interval{"chr1", 0, 10, '.'}));
  EXPECT_EQ(regions[0].line, 5);
  EXPECT_EQ(regions[1].name, "peak");
  EXPECT_EQ(regions[2].interval, (Interval{"chr3", 1, 2, '-'}));
  EXPECT_EQ(regions[2].name, "");
  EXPECT_EQ(regions[2].score, 7.5);
  EXPECT_EQ(regions[3].interval.strand, '+');
  EXPECT_EQ(regions[3].summit, -1);
}

TEST(ReadRegions, TakesBlanksAndColumnNames) {
  auto const regions = read("chrom start end\nchr1 0   10\ntrackless 1 2\n");

  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].interval, (Interval{"chr1", 0, 10, '.'}));
  EXPECT_EQ(regions[1].interval.contig, "trackless");
}

TEST(ReadRegions, KnowsNarrowPeakByItsColumns) {
  auto const regions =
      read("chr10\t100\t200\tp1\t132\t.\t9.7\t16.6\t13.2\t91\nchr10\t100\t200\tp2\t132\t.\t9\t16\t13\t-1\n");

  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].summit, 91);
  EXPECT_EQ(regions[0].score, 9.7);
  EXPECT_EQ(regions[1].summit, -1);
}

TEST(ReadRegions, NamesTheLineOfWhatIsWrong) {
  EXPECT_EQ(error_of("chr1\t0\t10\nchr1\t700\t500\n"),
            ":2: end 500 is not greater than start 700 (BED is 0-based, half-open)");
  EXPECT_EQ(error_of("chr1\t5\t5\n").substr(0, 10), ":1: end 5 ");
  EXPECT_EQ(error_of("chr1\t0\n").substr(0, 16), ":1: found 2 of a");
  EXPECT_EQ(error_of("chr1\t0\t10\nchr1\tx\t10\n").substr(0, 14), ":2: start 'x' ");
  EXPECT_EQ(error_of("chr1\t0\t1e5\n").substr(0, 14), ":1: end '1e5' ");
  EXPECT_EQ(error_of("chr1\t0\t99999999999999999999\n").substr(0, 8), ":1: end ");
  EXPECT_EQ(error_of("chr1\t-1\t10\n").substr(0, 12), ":1: start -1");
  EXPECT_EQ(error_of("\t0\t10\n").substr(0, 14), ":1: the contig");
  EXPECT_EQ(error_of("chr1\t0\t10\ta\tgood\n").substr(0, 10), ":1: score ");
  EXPECT_EQ(error_of("chr1\t0\t10\ta\t0\tplus\n").substr(0, 11), ":1: strand ");
  EXPECT_EQ(error_of("chr1\t0\t10\ta\t0\t.\t1\t2\t3\t10\n").substr(0, 13), ":1: summit 10");
  EXPECT_EQ(error_of("chr1\t0\t10\ta\t0\t.\t1\t2\t3\t4\nchr1\t0\t10\n").substr(0, 21),
            ":2: is not narrowPeak");
  EXPECT_EQ(error_of("# nothing\n").substr(0, 13), ":1: no region");
}

}  // namespace
}  // namespace cislens
