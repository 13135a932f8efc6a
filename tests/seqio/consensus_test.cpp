#include "cislens/seqio/consensus.hpp"

#include "cislens/seqio/regions.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"
#include "support/tools.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::has_tool;
using testing_support::input_error;
using testing_support::output_of;
using testing_support::TemporaryFolder;

std::string const yeast = CISLENS_SHARED_DATA "/yeast/";
std::string const human = CISLENS_SHARED_DATA "/human_ctcf/";

using Letters = std::vector<std::string>;

class Consensus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_tool("samtools")) GTEST_SKIP() << "skipped: no samtools";
  }

  AlignmentFile open(std::string const& path, std::string const& reference) {
    return AlignmentFile({.path = path, .reference = reference, .allow_cram = true}, log);
  }

  TemporaryFolder folder;
  Log log{{.quiet = true}};
};

TEST_F(Consensus, CallsWhatEnoughReadsAgreeOn) {
  std::string const head = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:c\tLN:100\n";
  folder.write("a.sam", head +
                            "r1\t0\tc\t11\t60\t6M\t*\t0\t0\tACGTAC\tIIIIII\n"
                            "r2\t0\tc\t11\t60\t2M1D3M\t*\t0\t0\tACTAC\tIIIII\n"
                            "r3\t0\tc\t11\t60\t2M1D2I3M\t*\t0\t0\tACGGTAT\tIIIII#I\n"
                            "r5\t1024\tc\t11\t60\t6M\t*\t0\t0\tTTTTTT\tIIIIII\n"
                            "r4\t0\tc\t13\t60\t2S4M\t*\t0\t0\tTTGNAC\t*\n");
  std::string const bam = folder.run("samtools view -b -o a.bam a.sam && samtools index a.bam", "a.bam");
  std::vector<Interval> const regions{{"c", 8, 18, '.'}, {"c", 10, 14, '-'}, {"c", 10, 11, '+'}};
  AlignmentFile file = open(bam, "");

  // By place: 10 AAA, 11 CCC, 12 G**G, 13 TTT, 14 AAAA (one of low quality), 15 CCTC.
  EXPECT_EQ(consensus_sequences(file, regions, {.min_depth = 3}, log), (Letters{"NNACNTACNN", "ANGT", "A"}));
  EXPECT_EQ(consensus_sequences(file, regions, {.min_depth = 4}, log)[0], "NNNNNNACNN");
  EXPECT_EQ(consensus_sequences(file, regions, {.min_depth = 4, .min_base_quality = 20}, log)[0],
            "NNNNNNNCNN");
  EXPECT_EQ(consensus_sequences(file, regions, {.min_depth = 1, .min_fraction = 0.8}, log)[0], "NNACNTANNN");
  EXPECT_EQ(consensus_sequences(file, regions, {.min_depth = 1, .excluded_flags = 4}, log)[0], "NNACNTANNN")
      << "the duplicate votes too";
}

TEST_F(Consensus, NeedsAnIndex) {
  AlignmentFile file = open(folder.write("a.sam", "@SQ\tSN:c\tLN:100\n"), "");

  EXPECT_NE(input_error([&] {
              consensus_sequences(file, std::vector<Interval>{{"c", 0, 9, '.'}}, {}, log);
            }).find("a.sam: a consensus needs a sorted file with an index"),
            std::string::npos);
}

TEST_F(Consensus, TakesNoReferenceButTheOneGiven) {
  std::string const fasta = folder.write("g.fa", ">c\nACGTACGTAC\n");
  folder.write("a.sam",
               "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:c\tLN:10\nr\t0\tc\t1\t60\t4M\t*\t0\t0\tACGA\tIIII\n");
  std::string const cram =
      folder.run("samtools view -C -T g.fa -o a.cram a.sam && samtools index a.cram", "a.cram");
  std::vector<Interval> const regions{{"c", 0, 5, '+'}};
  AlignmentFile right = open(cram, fasta);
  AlignmentFile missing = open(cram, folder.write("d.fa", ">d\nACGTACGTAC\n"));
  AlignmentFile wrong = open(cram, folder.write("w.fa", ">c\nTTTTTTTTTT\n"));

  ASSERT_NE(output_of("samtools view -H " + cram).find("UR:"), std::string::npos) << "it names g.fa";
  EXPECT_EQ(consensus_sequences(right, regions, {.min_depth = 1}, log), Letters{"ACGAN"});
  for (AlignmentFile* const file : {&missing, &wrong}) {
    EXPECT_NE(input_error([&] {
                consensus_sequences(*file, regions, {.min_depth = 1}, log);
              }).find("is -g the reference that the CRAM was made with?"),
              std::string::npos);
  }
}

TEST_F(Consensus, IsThatOfSamtools) {
  if (!std::filesystem::exists(yeast)) GTEST_SKIP() << "skipped: no data";
  std::string const bam = yeast + "atac_reads.bam";
  AlignmentFile file = open(bam, yeast + "sacCer3.fa.gz");
  std::int64_t called = 0;
  std::vector<Interval> const regions{{"chrVII", 0, 20'000, '+'},
                                      {"chrVII", 400'000, 440'000, '+'},
                                      {"chrVII", 700'000, 730'000, '+'},
                                      {"chrXII", 450'000, 470'000, '+'}};

  Letters const letters = consensus_sequences(file, regions, {.min_depth = 3, .excluded_flags = 0x704}, log);

  for (std::size_t i = 0; i < regions.size(); ++i) {
    Interval const& place = regions[i];
    std::string expected =
        output_of("samtools consensus -m simple -d 3 -c 0.75 -a --show-ins no --show-del yes -r " +
                  place.contig + ":" + std::to_string(place.start + 1) + "-" + std::to_string(place.end) +
                  " " + bam + " | grep -v '>' | tr -d '\\n' | tr '*' N");
    ASSERT_EQ(expected.size(), letters[i].size());
    std::int64_t different = 0;
    for (std::size_t j = 0; j < expected.size(); ++j) {
      different += expected[j] != letters[i][j];
      called += letters[i][j] != 'N';
    }
    EXPECT_EQ(different, 0) << place.contig << ":" << place.start;
  }
  EXPECT_GT(called, 1000);
}

TEST_F(Consensus, OfBamAndCramAgreeAndAWrongReferenceIsMet) {
  if (!std::filesystem::exists(human)) GTEST_SKIP() << "skipped: no data";
  std::vector<Interval> regions;
  for (Region const& region : read_regions(human + "ctcf_peaks.narrowPeak"))
    regions.push_back(region.interval);
  AlignmentFile bam = open(human + "ctcf_chip.bam", "");
  AlignmentFile cram = open(human + "ctcf_chip.cram", human + "chr10_partial.fa.gz");
  AlignmentFile lost = open(human + "ctcf_chip.cram", folder.write("none.fa", ">chrX\nACGT\n"));

  Letters const expected = consensus_sequences(bam, regions, {}, log);

  EXPECT_EQ(consensus_sequences(cram, regions, {}, log), expected);
  EXPECT_NE(input_error([&] {
              consensus_sequences(lost, regions, {}, log);
            }).find("is -g the reference that the CRAM was made with?"),
            std::string::npos);
}

}  // namespace
}  // namespace cislens
