#include "cislens/seqio/load_sequences.hpp"

#include "cislens/base/errors.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

class LoadSequences : public testing::Test {
 protected:
  std::vector<SequenceRecord> load(std::string_view text, SequenceOptions const& options) {
    return load_sequences(folder_.write("in", text), genome_, options, log_);
  }
  std::string error_of(std::string_view text, std::string const& genome, SequenceOptions const& options) {
    auto const path = folder_.write("in", text);
    std::string const words = input_error([&] { load_sequences(path, genome, options, log_); });
    return words.starts_with(path) ? words.substr(path.size()) : words;
  }

  TemporaryFolder folder_;
  Log log_{{.quiet = true}};
  std::string genome_ = folder_.write("g.fa", ">chr1\nACGTACGTacGGNNCCTTRT\n>chr2\nTTTTTTTTTT\n");
};

TEST_F(LoadSequences, TellsFormatsApartByContent) {
  EXPECT_EQ(load(">a\nACGT\n", {}).at(0).bases, "ACGT");
  EXPECT_EQ(load("@a\nACGT\n+\nIIII\n", {}).at(0).bases, "ACGT");
  EXPECT_EQ(load("#note\nchr1\t0\t4\n", {}).at(0).bases, "ACGT");
  EXPECT_NE(error_of("chr1\t0\t4\n", "", {}).find("-g"), std::string::npos);
  EXPECT_NE(error_of("hello world\n", "", {}).find("neither FASTA"), std::string::npos);
  EXPECT_NE(error_of("hello\n", genome_, {}).find("neither FASTA"), std::string::npos);
  EXPECT_EQ(error_of("hello world\n", genome_, {}).substr(0, 10), ":1: found ");
  EXPECT_NE(error_of("@HD\tVN:1.6\n@SQ\tSN:1\tLN:5\n", "", {}).find("SAM"), std::string::npos);
  EXPECT_NE(error_of("##gff-version 3\n", genome_, {}).find("GFF3"), std::string::npos);
}

TEST_F(LoadSequences, FetchesRegionsInFileOrderWithTheirStrand) {
  auto const records = load("chr2\t0\t3\nchr1\t6\t12\tpeak\t0\t-\nchr1\t17\t20\nchr1\t6\t8\tpeak\n", {});

  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].name, "chr2:0-3(.)");
  EXPECT_EQ(records[0].bases, "TTT");
  EXPECT_EQ(records[1].name, "peak");
  EXPECT_EQ(records[1].bases, "CCgtAC");
  EXPECT_EQ(records[1].origin, (Interval{"chr1", 6, 12, '-'}));
  EXPECT_EQ(records[2].bases, "TNT");
  EXPECT_EQ(records[3].name, "peak.2");
}

TEST_F(LoadSequences, RecordsOfSequenceFilesAreCenteredOnTheirMiddle) {
  SequenceOptions const four{.center = true, .width = 4};
  auto const records =
      load(">a\nAACGTT\n>chr1:100-107(-)\nAACGTTC\n>chr1:100-107(+)\nAACGTTC\n>short\nACG\n", four);

  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].bases, "ACGT");
  EXPECT_EQ(records[0].origin, (Interval{"a", 1, 5, '+'}));
  EXPECT_EQ(records[1].bases, "ACGT");
  EXPECT_EQ(records[1].origin, (Interval{"chr1", 102, 106, '-'}));
  EXPECT_EQ(records[2].origin, (Interval{"chr1", 101, 105, '+'}));
  EXPECT_NE(error_of(">a\nACG\n", "", four).find("no record has 4 bases"), std::string::npos);
  EXPECT_THROW(load(">a\nACG\n", {.center = true}), UsageError);
  EXPECT_THROW(load(">a\nACG\n", {.width = 3}), UsageError);
}

TEST_F(LoadSequences, CentersOnSummitOrMiddle) {
  SequenceOptions options;
  options.center = true;
  options.width = 4;

  auto const peaks = load(
      "chr1\t0\t20\tp\t0\t.\t1\t1\t1\t5\nchr1\t0\t20\tq\t0\t.\t1\t1\t1\t-1\nchr1\t0\t20\tr\t0\t."
      "\t1\t1\t1\t1\n",
      options);

  ASSERT_EQ(peaks.size(), 2U);
  EXPECT_EQ(peaks[0].origin, (Interval{"chr1", 3, 7, '.'}));
  EXPECT_EQ(peaks[0].bases, "TACG");
  EXPECT_EQ(peaks[1].origin, (Interval{"chr1", 8, 12, '.'}));
  options.width = 3;
  EXPECT_EQ(load("chr1\t0\t5\n", options).at(0).origin, (Interval{"chr1", 1, 4, '.'}));
  options.width = 50;
  EXPECT_NE(error_of("chr1\t0\t5\n", genome_, options).find("--width"), std::string::npos);
  options.width = 0;
  EXPECT_THROW(load("chr1\t0\t5\n", options), UsageError);
}

TEST_F(LoadSequences, NamesTheLineThatDoesNotFitTheGenome) {
  EXPECT_EQ(error_of("chr1\t0\t4\nchr2\t5\t11\n", genome_, {}).substr(0, 48),
            ":2: end 11 is past the end of contig 'chr2', whi");
  EXPECT_EQ(error_of("chr1\t0\t4\n2\t5\t9\n", genome_, {}).substr(0, 22), ":2: contig '2' is not ");
}

TEST_F(LoadSequences, MasksLowerCaseOfTheGenome) {
  SequenceOptions options;
  options.mask_lowercase = true;

  EXPECT_EQ(load("chr1\t6\t12\n", options).at(0).bases, "GTNNGG");
}

// The FASTA file was cut from these regions by other hands; hg18 of chromosome 10 is not to be had here,
// yeast is.
TEST_F(LoadSequences, AgreesWithPromotersCutByOthers) {
  std::string const yeast = CISLENS_SHARED_DATA "/yeast/";
  if (!std::filesystem::exists(yeast)) GTEST_SKIP() << "skipped: no data";

  auto const cut = load_sequences(yeast + "promoters_500.bed", yeast + "sacCer3.fa.gz", {}, log_);
  auto const given = load_sequences(yeast + "promoters_500.fa.gz", "", {}, log_);

  ASSERT_EQ(cut.size(), given.size());
  std::size_t same = 0;
  for (std::size_t i = 0; i < cut.size(); ++i)
    same += cut[i].bases == given[i].bases && cut[i].origin == given[i].origin;
  EXPECT_EQ(same, cut.size());
}

TEST_F(LoadSequences, ReadsPeaksOnAPartialGenome) {
  std::string const folder = CISLENS_SHARED_DATA "/human_ctcf/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no data";
  SequenceOptions options;
  options.center = true;
  options.width = 100;

  auto const records =
      load_sequences(folder + "ctcf_peaks.narrowPeak", folder + "chr10_partial.fa.gz", options, log_);

  EXPECT_GT(records.size(), 200U);
  EXPECT_TRUE(
      std::all_of(records.begin(), records.end(), [](auto const& r) { return r.bases.size() == 100; }));
}

}  // namespace
}  // namespace cislens
