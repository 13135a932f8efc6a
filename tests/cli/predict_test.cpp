#include "cli_test.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <map>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// A folder "m" with a small trained network.
class Predict : public Cli {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"simulate", "-o", "demo", "--positives", "60", "--length", "60", "--motif-names",
                   "CTCF,SP1", "--no-provenance", "--quiet"})
                  .exit_code,
              0);
    ProcessResult const made = run({"train", "demo.fa", "-o", "m", "--channels", "16", "--heads", "2",
                                    "--ffn", "8", "--epochs", "1", "--quiet", "--no-provenance"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  /// Lines of the table for these sequences, by record name; the header under "record".
  std::map<std::string, std::string> predict(std::string const& fasta) const {
    folder_.write("in.fa", fasta);
    ProcessResult const result = run({"predict", "-m", "m", "in.fa", "-o", "-", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::map<std::string, std::string> lines;
    std::istringstream text(result.out);
    for (std::string line; std::getline(text, line);) lines[line.substr(0, line.find('\t'))] = line;
    return lines;
  }
};

std::string const short_record = ">short\nACGTTGCATGCAAACCTG\n";
std::string const other_record = ">other\nGGGTTTACACGATTTACGCAGGGATTTCCACACGTTTAAA\n";

/// Longer than everything in training.
std::string long_record() {
  std::string text = ">long\n";
  for (int i = 0; i < 300; ++i) text += i % 3 == 0 ? "ACGGTTAC" : "TTGACCAGGA";
  return text + "\n";
}

TEST_F(Predict, ARecordsScoreDoesNotDependOnTheOthers) {
  auto const together = predict(short_record + long_record() + other_record);
  auto const turned = predict(other_record + short_record + long_record());

  EXPECT_EQ(together, turned);
  EXPECT_EQ(together.size(), 4U);
  EXPECT_EQ(together.at("record"), "record\ttarget\tlabel\tscore\twindows\tstart\tend\tmean_score");
  EXPECT_EQ(predict(short_record).at("short"), together.at("short"));
  EXPECT_EQ(predict(long_record()).at("long"), together.at("long"));
}

TEST_F(Predict, AReaderThatHasGoneLeavesNoUnfinishedFile) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += ">r" + std::to_string(i) + "\nACGTTGCATGCAAACCTG\n";
  folder_.write("many.fa", many);

  ProcessResult const result = run({"predict", "-m", "m", "many.fa", "-o", "-", "--windows", "m/all.tsv"},
                                   {.standard_output = Standard::broken_pipe});

  EXPECT_EQ(result.signal, SIGPIPE);
  EXPECT_EQ(result.err.find("error"), std::string::npos) << result.err;
  for (std::string const& name : folder_.list()) EXPECT_FALSE(name.starts_with("m/all.tsv")) << name;
}

TEST_F(Predict, ThreadsDoNotChangeAByte) {
  for (char const* threads : {"1", "3"}) {
    std::string const name = std::string(threads) + ".tsv";
    ASSERT_EQ(run({"predict", "-m", "m", "demo.fa", "-o", name, "--threads", threads}).exit_code, 0);
  }

  EXPECT_EQ(folder_.read("1.tsv"), folder_.read("3.tsv"));
}

TEST_F(Predict, ScoresAreTheTestScoresOfTraining) {
  ASSERT_EQ(run({"predict", "-m", "m", "demo.fa", "-o", "all.tsv"}).exit_code, 0);
  std::string const all = folder_.read("all.tsv");

  std::istringstream held_out(folder_.read("m/predictions.tsv"));
  int compared = 0;
  for (std::string line; std::getline(held_out, line);) {
    if (!line.starts_with("pos_") || line.find("shuffled") != std::string::npos) continue;
    std::string const score = line.substr(line.rfind('\t'));
    EXPECT_NE(all.find(line.substr(0, line.find('\t')) + "\tpositive\tnan" + score + "\t"), std::string::npos)
        << line;
    ++compared;
  }
  EXPECT_GT(compared, 2);
}

TEST_F(Predict, OneBaseIsEnoughAndNothingButNHasNoScore) {
  folder_.write("odd.fa", ">one\nA\n>blank\nNNNNNNNNNNNNNNNNNNNN\n>empty\n>rna\nACGUUGCA\n>dna\nACGTTGCA\n");

  ProcessResult const result = run({"predict", "-m", "m", "odd.fa", "-o", "-"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("blank\tpositive\tnan\tnan\t0\t.\t.\tnan\n"), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("records of N only, which have the score nan: 1"), std::string::npos)
      << result.err;
  EXPECT_EQ(result.out.find("empty"), std::string::npos);
  auto const line_of = [&](std::string const& name) {
    std::size_t const start = result.out.find("\n" + name) + 1 + name.size();
    return result.out.substr(start, result.out.find('\n', start) - start);
  };
  EXPECT_EQ(line_of("rna"), line_of("dna"));
  EXPECT_EQ(line_of("one").find("\tnan\tnan"), std::string::npos);
}

TEST_F(Predict, AFlippedByteOfTheModelIsFound) {
  for (char const* name : {"m/model.safetensors", "m/config.json"}) {
    std::string const whole = folder_.read(name);
    for (std::size_t const place : {std::size_t{3}, std::size_t{40}, whole.size() / 2, whole.size() - 2}) {
      std::string damaged = whole;
      damaged[place] ^= 1;
      folder_.write(name, damaged);

      ProcessResult const result = run({"predict", "-m", "m", "demo.fa", "-o", "out.tsv", "--quiet"});

      expect_error(result, 3, std::string(name) + ": ");
    }
    folder_.write(name, whole);
  }
  EXPECT_EQ(folder_.read("out.tsv"), "(no such file)");
}

TEST_F(Predict, WhatIsMissingIsNamed) {
  expect_error(run({"predict", "-m", "nowhere", "demo.fa", "-o", "-", "--quiet"}), 3,
               "nowhere/config.json: cannot read");
  fs::remove(folder_.path() / "m/config.json");
  expect_error(run({"predict", "-m", "m", "demo.fa", "-o", "-", "--quiet"}), 3,
               "m/config.json: cannot read: No such file or directory (a model is a folder");
}

TEST_F(Predict, OutputsAreReplacedOnlyWhenAskedAndWholeOrNotThere) {
  folder_.write("out.tsv", "mine");
  std::vector<std::string> const command{"predict", "-m", "m", "demo.fa", "-o", "out.tsv", "--quiet"};
  expect_error(run(command), 4, "out.tsv: already exists; use --force");
  EXPECT_EQ(folder_.read("out.tsv"), "mine");

  expect_error(run({"predict", "-m", "m", "demo.fa", "-o", "/dev/full", "--quiet"}), 4, "No space left");
  expect_error(
      run({"predict", "-m", "m", "demo.fa", "-o", "-", "--quiet"}, {.standard_output = Standard::full_disk}),
      4, "No space left");
}

TEST_F(Predict, RegionsOfAGenomeAreReadWithTheirStrand) {
  std::string const bases = "ACGTTGCATGCAAACCTGACCCATTTGACGATTAC";
  folder_.write("g.fa", ">chr1\n" + bases + "\n");
  folder_.write("r.bed", "chr1\t5\t25\tpeak\t0\t+\n");

  ProcessResult const regions = run({"predict", "-m", "m", "r.bed", "-g", "g.fa", "-o", "-", "--quiet"});

  EXPECT_EQ(regions.exit_code, 0) << regions.err;
  auto const same = predict(">peak\n" + bases.substr(5, 20) + "\n");
  EXPECT_NE(regions.out.find(same.at("peak") + "\n"), std::string::npos) << regions.out;
}

}  // namespace
}  // namespace cislens::test
