#include "cislens/seqio/region_signal.hpp"

#include "cislens/seqio/signal_transform.hpp"

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

using Values = std::vector<double>;

/// One record a case: places are those of the SAM text, 1-based.
std::string const sam =
    "@HD\tVN:1.6\tSO:coordinate\n"
    "@SQ\tSN:c\tLN:1000\n"
    "@SQ\tSN:d\tLN:1000\n"
    "@RG\tID:r1\tSM:s1\n@RG\tID:r2\tSM:s1\n@RG\tID:r3\tSM:s2\n"
    "pair\t99\tc\t101\t30\t10M\t=\t131\t40\t*\t*\tRG:Z:r1\n"      // [100, 110) +, fragment [100, 140)
    "pair\t147\tc\t131\t30\t10M\t=\t101\t-40\t*\t*\tRG:Z:r1\n"    // [130, 140) -
    "single\t0\tc\t201\t0\t4M2D2M4S\t*\t0\t0\t*\t*\tRG:Z:r2\n"    // [200, 208) +
    "spliced\t16\tc\t301\t60\t5M10N5M\t*\t0\t0\t*\t*\tRG:Z:r3\n"  // [300, 320) -, introns [305, 315)
    "dup\t1024\tc\t401\t60\t10M\t*\t0\t0\t*\t*\n"                 // [400, 410) +
    "same\t163\tc\t501\t60\t10M\t=\t501\t10\t*\t*\tRG:Z:r1\n"     // both mates begin at 500
    "same\t83\tc\t501\t60\t10M\t=\t501\t-10\t*\t*\tRG:Z:r1\n"
    "nowhere\t4\tc\t601\t0\t*\t*\t0\t0\t*\t*\n"
    "other\t0\td\t1\t60\t10M\t*\t0\t0\t*\t*\n";

class RegionSignalTest : public ::testing::Test {
 protected:
  RegionSignal measure(std::vector<Interval> const& regions, SignalOptions const& options) {
    AlignmentFile file({.path = path, .reference = {}}, log);
    return measure_regions(file, regions, options, true, log);
  }
  Values values(std::vector<Interval> const& regions, SignalOptions const& options) {
    return measure(regions, options).values;
  }

  TemporaryFolder folder;
  std::string path = folder.write("a.sam", sam);
  Log log{{.quiet = true}};
  std::vector<Interval> const places{{"c", 109, 131, '+'}, {"c", 110, 130, '.'}, {"c", 207, 300, '-'},
                                     {"c", 306, 310, '+'}, {"c", 400, 420, '+'}, {"c", 500, 510, '-'},
                                     {"d", 9, 10, '+'},    {"d", 10, 11, '+'}};
};

TEST_F(RegionSignalTest, CountsReadsThatShareABase) {
  EXPECT_EQ(values(places, {}), (Values{2, 0, 1, 1, 0, 2, 1, 0}));
  EXPECT_EQ(values(places, {.min_mapq = 31}), (Values{0, 0, 0, 1, 0, 2, 1, 0}));
  EXPECT_EQ(values(places, {.required_flags = 2}), (Values{2, 0, 0, 0, 0, 2, 0, 0}));
  EXPECT_EQ(values(places, {.excluded_flags = 0}), (Values{2, 0, 1, 1, 1, 2, 1, 0}));
  EXPECT_EQ(values(places, {.excluded_flags = 16}), (Values{1, 0, 1, 0, 1, 1, 1, 0}));
  EXPECT_EQ(values({{"c", 600, 601, '+'}}, {.excluded_flags = 0}), Values{1}) << "placed, but not mapped";
}

TEST_F(RegionSignalTest, CountsPairsOnceAsFragments) {
  EXPECT_EQ(values(places, {.unit = SignalUnit::fragment}), (Values{1, 1, 1, 1, 0, 1, 1, 0}));
  EXPECT_EQ(values(places, {.unit = SignalUnit::fragment, .max_fragment_bp = 39}),
            (Values{0, 0, 1, 1, 0, 1, 1, 0}));
}

TEST_F(RegionSignalTest, KnowsTheStrandOfReadAndFragment) {
  EXPECT_EQ(values(places, {.strand = StrandRule::same}), (Values{1, 0, 0, 0, 0, 1, 1, 0}));
  EXPECT_EQ(values(places, {.strand = StrandRule::opposite}), (Values{1, 0, 1, 1, 0, 1, 0, 0}));
  // The first mate of "same" is on '-', that of "pair" on '+'; a region without a strand takes both.
  EXPECT_EQ(values(places, {.unit = SignalUnit::fragment, .strand = StrandRule::same}),
            (Values{1, 1, 0, 0, 0, 1, 1, 0}));
}

TEST_F(RegionSignalTest, CountsFivePrimeEnds) {
  std::vector<Interval> const ends{{"c", 100, 101, '.'}, {"c", 139, 140, '.'}, {"c", 130, 139, '.'},
                                   {"c", 319, 320, '.'}, {"c", 104, 105, '.'}, {"c", 134, 135, '.'}};

  EXPECT_EQ(values(ends, {.kind = SignalKind::cuts}), (Values{1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(values(ends, {.kind = SignalKind::cuts,
                          .shift_forward_bp = atac_shift_forward_bp,
                          .shift_reverse_bp = atac_shift_reverse_bp}),
            (Values{0, 0, 1, 0, 1, 1}));
  EXPECT_THROW(values(ends, {.kind = SignalKind::cuts, .unit = SignalUnit::fragment}), UsageError);
}

TEST_F(RegionSignalTest, AveragesTheDepth) {
  std::vector<Interval> const wide{
      {"c", 95, 115, '.'}, {"c", 200, 210, '.'}, {"c", 300, 320, '.'}, {"c", 120, 130, '.'}};

  EXPECT_EQ(values(wide, {.kind = SignalKind::coverage}), (Values{0.5, 0.8, 0.5, 0}))
      << "deletions are covered, introns are not";
  EXPECT_EQ(values(wide, {.kind = SignalKind::coverage, .unit = SignalUnit::fragment}),
            (Values{0.75, 0.8, 0.5, 1}));
  EXPECT_EQ(values(wide, {.kind = SignalKind::coverage, .extend_bp = 30}), (Values{1.0, 1, 1, 2}));
}

TEST_F(RegionSignalTest, ExtendsReadsFromTheirFivePrimeEnd) {
  std::vector<Interval> const beyond{{"c", 119, 120, '.'},
                                     {"c", 120, 121, '.'},
                                     {"c", 119, 121, '.'},
                                     {"c", 208, 220, '.'},
                                     {"c", 298, 300, '.'}};

  EXPECT_EQ(values(beyond, {.extend_bp = 20}), (Values{1, 1, 2, 1, 0}));
  EXPECT_EQ(values({{"c", 290, 298, '.'}}, {.extend_bp = 23}), Values{1});
}

TEST_F(RegionSignalTest, TellsReadGroupsAndSamplesApart) {
  std::vector<Interval> const all{{"c", 0, 1000, '.'}};

  RegionSignal const groups = measure(all, {.columns = ColumnRule::read_group, .excluded_flags = 0});
  RegionSignal const samples = measure(all, {.columns = ColumnRule::sample});
  RegionSignal const one = measure(all, {.read_groups = {"r2", "r3"}});

  EXPECT_EQ(groups.columns, (std::vector<std::string>{"r1", "r2", "r3"}));
  EXPECT_EQ(groups.values, (Values{4, 1, 1}));
  EXPECT_EQ(samples.columns, (std::vector<std::string>{"s1", "s2"}));
  EXPECT_EQ(samples.values, (Values{5, 1}));
  EXPECT_EQ(one.columns, std::vector<std::string>{"a"});
  EXPECT_EQ(one.values, Values{2});
  EXPECT_NE(input_error([&] {
              measure(all, {.read_groups = {"r9"}});
            }).find("no read group 'r9' (it has r1, r2, r3)"),
            std::string::npos);
}

TEST_F(RegionSignalTest, CountsTheWholeLibrary) {
  EXPECT_EQ(measure(places, {}).totals, std::vector<std::int64_t>{7});
  EXPECT_EQ(measure(places, {.unit = SignalUnit::fragment}).totals, std::vector<std::int64_t>{5});
}

TEST_F(RegionSignalTest, FindsRegionsInsideOthers) {
  EXPECT_EQ(values({{"c", 0, 1000, '.'}, {"c", 102, 103, '.'}, {"c", 104, 105, '.'}, {"c", 0, 50, '.'}}, {}),
            (Values{6, 1, 1, 0}));
}

TEST(SignalTransform, ScalesAndCompares) {
  RegionSignal signal{{"a", "b"}, {3, 0, 1, 4}, {100, 400}};
  RegionSignal const control{{"c"}, {2, 1}, {200}};
  RegionSignal ratio = signal, rest = signal, million = signal, log2 = signal, binary = signal;

  compare_with_control(ratio, control, ControlRule::log2_ratio, "c.bam");
  compare_with_control(rest, control, ControlRule::subtract, "c.bam");
  scale_to_million(million);
  take_log2(log2);
  make_binary(binary, 3);

  EXPECT_EQ(ratio.values, (Values{1, -std::log2(5), std::log2(2 / 1.5), std::log2(5.0 / 3)}));
  EXPECT_EQ(rest.values, (Values{2, 0, 0.5, 2}));
  EXPECT_EQ(million.values, (Values{30000, 0, 10000, 10000}));
  EXPECT_EQ(log2.values, (Values{2, 0, 1, std::log2(5)}));
  EXPECT_EQ(binary.values, (Values{1, 0, 0, 1}));
  EXPECT_NE(input_error([&] {
              compare_with_control(signal, {{"c"}, {0, 0}, {0}}, ControlRule::subtract, "c.bam");
            }).find("c.bam: none of its reads"),
            std::string::npos);
}

}  // namespace
}  // namespace cislens
