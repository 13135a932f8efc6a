// Signals against samtools and bedtools, on real alignments. Skipped where the tools or the data are not
// there.

#include "cislens/seqio/region_signal.hpp"
#include "cislens/seqio/regions.hpp"

#include "support/temporary_folder.hpp"
#include "support/tools.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::has_tool;
using testing_support::output_of;
using testing_support::TemporaryFolder;

std::string const yeast = CISLENS_SHARED_DATA "/yeast/";
std::string const human = CISLENS_SHARED_DATA "/human_ctcf/";

/// The last column of every line.
std::vector<double> last_column(std::string const& text) {
  std::vector<double> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    values.push_back(std::strtod(line.c_str() + line.find_last_of("\t ") + 1, nullptr));
  }
  return values;
}

class SignalTools : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(yeast)) GTEST_SKIP() << "skipped: no data";
    if (!has_tool("samtools") || !has_tool("bedtools")) GTEST_SKIP() << "skipped: no samtools or bedtools";
  }

  std::vector<double> measure(std::string const& path, std::string const& bed, SignalOptions const& options) {
    std::string const reference =
        path.starts_with(human) ? human + "chr10_partial.fa.gz" : yeast + "sacCer3.fa.gz";
    AlignmentFile file({.path = path, .reference = reference, .allow_cram = true}, log);
    std::vector<Interval> places;
    for (Region const& region : read_regions(bed)) places.push_back(region.interval);
    auto const through_index = measure_regions(file, places, options, false, log);
    AlignmentFile again({.path = path, .reference = reference, .allow_cram = true}, log);
    auto const whole = measure_regions(again, places, options, true, log);
    EXPECT_EQ(through_index.values, whole.values) << "index or not, the same";
    return whole.values;
  }

  /// Every `step`-th promoter.
  std::string some_promoters(int step) {
    return folder.run(
        "awk 'NR % " + std::to_string(step) + " == 0' " + yeast + "promoters_500.bed > some.bed", "some.bed");
  }

  /// The ATAC reads with marks on some that none has: duplicates, failed checks, secondary alignments.
  std::string marked_reads() {
    return folder.run(
        "samtools view -h " + yeast +
            "atac_reads.bam | awk 'BEGIN {OFS=\"\\t\"} /^@/ {print; next} "
            "{n++; if (n % 5 == 0) $2 += 1024; if (n % 7 == 0) $2 += 512; if (n % 11 == 0) $2 += 256; "
            "print}' | samtools view -b -o marked.bam && samtools index marked.bam",
        "marked.bam");
  }

  std::vector<double> multicov(std::string const& options, std::string const& bam, std::string const& bed) {
    return last_column(output_of("bedtools multicov " + options + " -bams " + bam + " -bed " + bed));
  }

  /// Counts of `samtools view -c` for regions with at most 30 lines.
  std::vector<double> view_counts(std::string const& options, std::string const& path,
                                  std::string const& bed) {
    return last_column(output_of("while read chr start end rest; do samtools view -c " + options + " " +
                                 path + " $chr:$((start + 1))-$end || exit 1; done < " + bed));
  }

  static double sum(std::vector<double> const& values) {
    double total = 0;
    for (double const value : values) total += value;
    return total;
  }

  TemporaryFolder folder;
  Log log{{.quiet = true}};
};

TEST_F(SignalTools, CountsAreThoseOfBedtoolsMulticov) {
  std::string const bam = marked_reads();
  std::string const bed = some_promoters(7);
  int const usual = 0x200 | 0x400;  // what multicov leaves out; unmapped reads at their mate's place count

  struct Case {
    std::string words;
    SignalOptions options;
  };
  for (auto const& [words, options] :
       std::vector<Case>{{"", {.excluded_flags = usual}},
                         {"-D", {.excluded_flags = usual & ~0x400}},
                         {"-F", {.excluded_flags = usual & ~0x200}},
                         {"-D -F -q 30", {.min_mapq = 30, .excluded_flags = 0}},
                         {"-p", {.required_flags = 0x2, .excluded_flags = usual}},
                         {"-s -q 1", {.strand = StrandRule::same, .min_mapq = 1, .excluded_flags = usual}},
                         {"-S", {.strand = StrandRule::opposite, .excluded_flags = usual}}}) {
    auto const expected = multicov(words, bam, bed);
    EXPECT_GT(sum(expected), 100) << words;
    EXPECT_EQ(measure(bam, bed, options), expected) << "multicov " << words;
  }
}

TEST_F(SignalTools, CountsAreThoseOfSamtoolsView) {
  std::string const marked = marked_reads();
  std::string const cram = yeast + "atac_fragments.cram";
  std::string const bed = some_promoters(250);

  struct Case {
    std::string words;
    SignalOptions options;
  };
  for (auto const& [words, options] : std::vector<Case>{
           {"-F 0", {.excluded_flags = 0}},
           {"-F 3844", {}},
           {"-F 2820", {.excluded_flags = default_excluded_flags & ~0x400}},
           {"-F 4 -q 30", {.min_mapq = 30, .excluded_flags = 4}},
           {"-f 2 -F 1024", {.required_flags = 2, .excluded_flags = 1024}},
           {"-f 67 -F 16 -q 20", {.min_mapq = 20, .required_flags = 67, .excluded_flags = 16}}}) {
    EXPECT_EQ(measure(marked, bed, options), view_counts(words, marked, bed)) << words;
    EXPECT_EQ(measure(cram, bed, options), view_counts(words + " -T " + yeast + "sacCer3.fa.gz", cram, bed))
        << "CRAM " << words;
  }
  EXPECT_EQ(measure(marked, bed, {.read_groups = {"SRR1822157"}}),
            view_counts("-F 3844 -r SRR1822157", marked, bed));
  EXPECT_GT(sum(measure(cram, bed, {})), 100);
}

TEST_F(SignalTools, CoverageIsThatOfBedtools) {
  std::string const bam = yeast + "atac_reads.bam";
  std::string const bed = yeast + "promoters_500.bed";

  auto const mean = last_column(output_of("bedtools coverage -mean -a " + bed + " -b " + bam));
  auto const counts = last_column(output_of("bedtools coverage -counts -a " + bed + " -b " + bam));
  auto const measured = measure(bam, bed, {.kind = SignalKind::coverage, .excluded_flags = 4});

  EXPECT_EQ(measure(bam, bed, {.excluded_flags = 4}), counts);
  ASSERT_EQ(measured.size(), mean.size());
  for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(measured[i], mean[i], 1e-6 * (1 + mean[i])) << i;
}

TEST_F(SignalTools, CutsFragmentsAndExtensionAreThoseOfABedFile) {
  std::string const bam = yeast + "atac_reads.bam";
  std::string const bed = yeast + "promoters_500.bed";
  auto const counts = [&](std::string const& make_bed) {
    return last_column(output_of(make_bed + " | bedtools coverage -counts -a " + bed + " -b -"));
  };
  std::string const reads = "samtools view -u -F 3844 -q 20 " + bam +
                            " | bedtools bamtobed -i - | awk 'BEGIN "
                            "{OFS=\"\\t\"} ";
  std::string const pairs = "samtools view -f 3 -F 3844 -q 20 " + bam +
                            " | awk 'BEGIN {OFS=\"\\t\"} $4 < $8 || ($4 == "
                            "$8 && int($2 / 64) % 2 == 1) ";

  EXPECT_EQ(
      measure(bam, bed,
              {.kind = SignalKind::cuts, .min_mapq = 20, .shift_forward_bp = 4, .shift_reverse_bp = -5}),
      counts(reads + "$6 == \"+\" {print $1, $2 + 4, $2 + 5} $6 == \"-\" {print $1, $3 - 6, $3 - 5}'"));
  EXPECT_EQ(measure(bam, bed, {.min_mapq = 20, .extend_bp = 200}),
            counts(reads +
                   "$6 == \"+\" {print $1, $2, $2 + 200} $6 == \"-\" {s = $3 - 200; print $1, s < 0 ? 0 : s, "
                   "$3}'"));
  EXPECT_EQ(measure(bam, bed, {.unit = SignalUnit::fragment, .min_mapq = 20, .required_flags = 3}),
            counts(pairs + "{t = $9 < 0 ? -$9 : $9; if (t > 0 && t <= 2000) print $3, $4 - 1, $4 - 1 + t}'"));
}

TEST_F(SignalTools, HumanReadsAndTheirCramAgree) {
  std::string const bed = human + "ctcf_peaks.narrowPeak";
  std::string const bam = human + "ctcf_chip.bam";

  EXPECT_EQ(measure(bam, bed, {.excluded_flags = 0x600}), multicov("", bam, bed));
  EXPECT_EQ(measure(human + "ctcf_chip.cram", bed, {.excluded_flags = 0x600}), multicov("", bam, bed));
  EXPECT_EQ(measure(bam, bed, {.min_mapq = 30, .excluded_flags = 0x600}), multicov("-q 30", bam, bed));
  EXPECT_EQ(measure(bam, bed, {.kind = SignalKind::coverage}),
            measure(human + "ctcf_chip.cram", bed, {.kind = SignalKind::coverage}));
}

}  // namespace
}  // namespace cislens
