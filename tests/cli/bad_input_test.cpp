#include "cli_test.hpp"

#include <algorithm>
#include <sys/mount.h>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// What `discover` does with input that it cannot use: the exit code, one line that says where and what to
/// do, and no file left.
class BadInput : public Cli {
 protected:
  void SetUp() override {
    std::vector<std::string> const simulate{"simulate",       "-o", "demo",          "--positives", "60",
                                            "--length",       "60", "--motif-names", "CTCF",        "--quiet",
                                            "--no-provenance"};
    ProcessResult const made = run(simulate);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  ProcessResult discover(std::string const& sequences, std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"discover", sequences, "-o",     "out",   "--channels",
                                       "16",       "--heads", "2",      "--ffn", "0",
                                       "--epochs", "1",       "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  /// The command fails so, and the output folder has nothing in it.
  void expect_refused(ProcessResult const& result, int exit_code, std::string const& message) const {
    expect_error(result, exit_code, message);
    fs::path const out = folder_.path() / "out";
    EXPECT_TRUE(!fs::exists(out) || fs::is_empty(out)) << message;
  }
};

TEST_F(BadInput, OptionsOfDiscoverAreCheckedBeforeItTrains) {
  folder_.write("not_motifs.bed", "chr1\t10\t29\tCTCF\t515\t-\n");
  folder_.write("half.meme",
                "MEME version 5\n\nMOTIF a\nletter-probability matrix: w= 2\n0.5 0.5 0 0\n0.9 0.9 0 0\n");
  std::string targets = "record\tx\ty\n";
  for (int i = 10; i < 60; ++i)
    targets += "pos_" + std::to_string(i) + "\t" + std::to_string(i % 2) + "\t0\n";
  folder_.write("targets.tsv", targets);

  for (std::string const option : {"--motif-db", "--motifs"}) {
    expect_refused(discover("demo.fa", {option, "none.meme"}), 3, "none.meme: ");
    expect_refused(discover("demo.fa", {option, "none.meme", "--no-provenance"}), 3, "none.meme: ");
    expect_refused(discover("demo.fa", {option, "not_motifs.bed"}), 3, "not_motifs.bed: not a motif file");
    expect_refused(discover("demo.fa", {option, "half.meme"}), 3, "half.meme:6: ");
    expect_refused(discover("demo.fa", {option, "."}), 3, "is a folder");
  }
  expect_refused(discover("demo.fa", {"--target", "CTCF"}), 2,
                 "--target CTCF is not one of the targets: positive");
  expect_refused(discover("demo.fa", {"--targets", "targets.tsv", "--target", "z"}), 2,
                 "--target z is not one of the targets: x, y");
  expect_refused(discover("demo.fa", {"--targets", "targets.tsv", "--target", "y"}), 3,
                 "no sequence is positive for target y");
  expect_refused(discover("demo.fa", {"--seqlet-width", "30"}), 2, "--seqlet-width 30 is not odd");
  expect_refused(discover("demo.fa", {"--max-e", "0"}), 2, "--max-e");
  expect_refused(discover("demo.fa", {"--filter-width", "18"}), 2, "odd");
  expect_refused(discover("demo.fa", {"--width", "30"}), 2, "--center");
}

}  // namespace
}  // namespace cislens::test
