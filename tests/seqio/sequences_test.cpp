#include "cislens/seqio/sequences.hpp"

#include "support/input_error.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cislens {
namespace {

using testing_support::input_error;
using testing_support::TemporaryFolder;

struct Reading {
  std::vector<SequenceRecord> records;
  std::string log;
};

Reading read(std::string_view text, SequenceOptions const& options) {
  TemporaryFolder const folder;
  Log log({});
  testing::internal::CaptureStderr();
  auto records = read_sequences(folder.write("in.fa", text), options, log);
  return {records, testing::internal::GetCapturedStderr()};
}

std::string error_of(std::string_view text) {
  TemporaryFolder const folder;
  Log log({});
  auto const path = folder.write("in.fa", text);
  std::string const words = input_error([&] { read_sequences(path, {}, log); });
  return words.starts_with(path) ? words.substr(path.size()) : words;
}

std::vector<std::string> bases_of(Reading const& reading) {
  std::vector<std::string> bases;
  for (auto const& record : reading.records) bases.push_back(record.bases);
  return bases;
}

std::vector<std::string> names_of(Reading const& reading) {
  std::vector<std::string> names;
  for (auto const& record : reading.records) names.push_back(record.name);
  return names;
}

TEST(ReadSequences, JoinsLinesOfFasta) {
  auto const reading = read("; a comment\n\n>a first one\r\nACGT\r\n\r\nacg\r\n>b\nGG TT\n>c\nNNNN", {});

  EXPECT_EQ(names_of(reading), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(bases_of(reading), (std::vector<std::string>{"ACGTacg", "GGTT", "NNNN"}));
  EXPECT_EQ(reading.records[0].origin, (Interval{"a", 0, 7, '+'}));
  EXPECT_EQ(reading.log, "");
}

TEST(ReadSequences, TakesPlacesFromNames) {
  auto const reading = read(">chr2:10-14(-)\nACGT\n>x::chr3:0-4\nACGT\n", {});

  EXPECT_EQ(reading.records[0].origin, (Interval{"chr2", 10, 14, '-'}));
  EXPECT_EQ(reading.records[1].origin, (Interval{"chr3", 0, 4, '.'}));
  EXPECT_EQ(reading.records[1].name, "x::chr3:0-4");
}

TEST(ReadSequences, TakesNoPlacesWhenMostDoNotFit) {
  auto const reading = read(">Pos:1-1\nACGT\n>Pos:1-2\nACGT\n>Pos:1-4\nACGT\n", {});

  EXPECT_EQ(reading.records[2].origin, (Interval{"Pos:1-4", 0, 4, '+'}));
  EXPECT_NE(reading.log.find("2 names look like genomic places of another length"), std::string::npos)
      << reading.log;
}

TEST(ReadSequences, TurnsIupacIntoNAndSaysSoOnce) {
  auto const reading = read(">a\nACGURYACGTACGT\n>b\nuuKACGTACGTACGT\n", {});

  EXPECT_EQ(bases_of(reading), (std::vector<std::string>{"ACGTNNACGTACGT", "ttNACGTACGTACGT"}));
  EXPECT_NE(reading.log.find("3 of 29 letters are IUPAC letters"), std::string::npos) << reading.log;
  EXPECT_EQ(reading.log.find('\n'), reading.log.size() - 1);
}

TEST(ReadSequences, MasksLowerCaseOnRequest) {
  SequenceOptions options;
  options.mask_lowercase = true;

  EXPECT_EQ(bases_of(read(">a\nACgtUu\n", options)), (std::vector<std::string>{"ACNNTN"}));
}

TEST(ReadSequences, LeavesOutEmptyRecordsAndRenamesTwins) {
  auto const reading = read(">a\nAC\n>empty\n>a\nGG\n>\nTT\n>a\nCC\n>last\n", {});

  EXPECT_EQ(names_of(reading), (std::vector<std::string>{"a", "a.2", "sequence_4", "a.3"}));
  EXPECT_EQ(reading.records[1].origin.contig, "a.2");
  EXPECT_NE(reading.log.find("2 records without bases"), std::string::npos) << reading.log;
  EXPECT_NE(reading.log.find("2 records have the name"), std::string::npos) << reading.log;
}

TEST(ReadSequences, ReadsFastqAlsoOverSeveralLines) {
  auto const reading = read("@r1 x\nACGT\n+\nII@I\n\n@r2\nAC\nGT\n+r2\n@I\n>I\n@r3\nA\n+\nI\n", {});

  EXPECT_EQ(names_of(reading), (std::vector<std::string>{"r1", "r2", "r3"}));
  EXPECT_EQ(bases_of(reading), (std::vector<std::string>{"ACGT", "ACGT", "A"}));
}

TEST(ReadSequences, NamesTheLineOfWhatIsWrong) {
  EXPECT_EQ(error_of(">a\nACGT\n>p\nMKLV\n").substr(0, 8), ":4: 'L' ");
  EXPECT_NE(error_of(">p\nMKLV\n").find("protein"), std::string::npos);
  EXPECT_EQ(error_of(">a\nAC-GT\n").substr(0, 11), ":2: the gap");
  EXPECT_EQ(error_of("ACGT\n").substr(0, 20), ":1: a sequence file ");
  EXPECT_EQ(error_of("\n\n>a\n1 ACGT\n").substr(0, 13), ":4: the digit");
  EXPECT_NE(error_of(">a\n\n>b\n").find("holds no sequence"), std::string::npos);
  EXPECT_EQ(error_of("@r\nACGT\n+\nII\n").substr(0, 33), ":4: 2 qualities for 4 bases (a FA");
  EXPECT_EQ(error_of("@r\nACGT\n+\nIIIII\n").substr(0, 15), ":4: 5 qualities");
  EXPECT_NE(error_of("@r\nACGT\n").find("'+' line"), std::string::npos);
  EXPECT_EQ(error_of("@r\nAC\n+\nII\nACGT\n").substr(0, 11), ":5: a FASTQ");
}

TEST(ReadSequences, RefusesProteinOfIupacLettersAlone) {
  EXPECT_EQ(error_of(">a\nACGT\n>p\nMKVSRYWDHVMKSSRRYWDHAG\n").substr(0, 17), ":4: from here on ");
}

TEST(ReadSequences, ReadsTheExampleAsItIs) {
  std::string const path = CISLENS_SHARED_DATA "/example/ctcf_4000.fa";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "skipped: no data";
  Log log({});

  auto const records = read_sequences(path, {}, log);

  EXPECT_EQ(records.size(), 4000U);
  EXPECT_EQ(records[0].origin, (Interval{"chr14", 21560777, 21560877, '.'}));
  EXPECT_EQ(records[0].bases.substr(0, 8), "aggcGCAG");
}

}  // namespace
}  // namespace cislens
