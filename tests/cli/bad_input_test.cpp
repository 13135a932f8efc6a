#include "cli_test.hpp"

#include <map>
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
  for (std::string const option : {"--pair-network", "--pair-controls"})
    expect_refused(discover("demo.fa", {"--no-pairs", option}), 2, option + " does not go with --no-pairs");
  expect_refused(discover("demo.fa", {"--background", "demo.fa", "--copies", "2"}), 2,
                 "--copies does not go with --background");
  expect_refused(discover("demo.fa", {"--positions", "none", "--rotary-base", "50"}), 2,
                 "--rotary-base needs --positions rotary");
  expect_refused(discover("demo.fa", {"--learned-positions", "50"}), 2,
                 "--learned-positions needs --positions learned");
  folder_.write("one.meme",
                "MEME version 5\n\nMOTIF a\nletter-probability matrix: w= 2 nsites= 1\n0.5 0.5 0 0\n"
                "0.9 0.1 0 0\n");
  ProcessResult const doubted = discover("none.fa", {"--motif-db", "one.meme"});
  EXPECT_NE(doubted.err.find("warning: one.meme: 1 motif"), std::string::npos) << doubted.err;
  std::string const database = CISLENS_DATA "/known_motifs.meme";
  expect_refused(discover("demo.fa", {"--motif-db", database, "--motif-db", database}), 3,
                 "motif 'CTCF' is also in ");
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

std::string fasta(int count, std::string const& bases) {
  std::string text;
  for (int i = 0; i < count; ++i) text += ">s" + std::to_string(i) + "\n" + bases + "\n";
  return text;
}

TEST_F(BadInput, FilesThatAreNoSequencesAreRefused) {
  fs::create_directory(folder_.path() / "folder");
  folder_.write("empty.fa", "");
  std::string junk;
  for (int i = 0; i < 4096; ++i) junk += static_cast<char>(i * 37 % 251);
  folder_.write("junk.fa", junk);
  folder_.write("protein.fa", fasta(30, "MKVLAAGICSTWFYDEHQ"));
  // The header of a gzip file and the begin of its data.
  folder_.write("cut.fa.gz", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xcb", 12));

  expect_refused(discover("missing.fa", {}), 3, "missing.fa: there is no such file (check the path)");
  expect_refused(discover("folder", {}), 3, "folder: is a folder (give a file)");
  expect_refused(discover("empty.fa", {}), 3, "empty.fa: is empty (check the step that made it)");
  expect_refused(discover("junk.fa", {}), 3, "junk.fa: holds binary data, not text");
  expect_refused(discover("protein.fa", {}), 3, "protein.fa:2: 'L' is not a nucleotide (is this protein?");
  expect_refused(discover("cut.fa.gz", {}), 3,
                 "cut.fa.gz: the compressed data are cut short (check with gzip -t");
  expect_refused(discover("demo.fa", {"--background", "missing.fa"}), 3, "missing.fa: there is no such file");
  expect_refused(discover("demo.fa", {"--targets", "missing.tsv"}), 3, "missing.tsv: there is no such file");
}

TEST_F(BadInput, SequencesThatAreTooFewOrAllTheSameAreRefused) {
  std::string few = folder_.read("demo.fa");
  few.resize(few.find(">pos_20"));
  folder_.write("few.fa", few);
  folder_.write("same.fa", fasta(30, "ACGATTACAGGACATTACCAGGTAC"));
  folder_.write("blank.fa", fasta(30, "NNNNNNNNNNNNNNNNNNNNNNNNN"));
  folder_.write("short.fa", fasta(30, "ACGT"));

  expect_refused(discover("few.fa", {}), 3, "few.fa: 19 usable sequences of 19; at least 20 are needed");
  expect_refused(discover("same.fa", {}), 3, "same.fa: all 30 sequences are the same");
  expect_refused(discover("blank.fa", {}), 3, "(left out: 30 of N only)");
  expect_refused(discover("short.fa", {}), 3, "(left out: 30 shorter than 8 bases)");
}

TEST_F(BadInput, RegionsThatTheGenomeDoesNotHaveAreRefused) {
  std::string bases;
  for (auto const& part : {"ACGATTACAGG", "TTGACCATCGA", "GGATCTTACCA"}) bases += part;
  folder_.write("genome.fa", ">chr1\n" + bases + "\n");
  std::string const first = "chr1\t0\t9\n";
  for (auto const& [line, words] :
       {std::pair{"chr1\t20\t40\n", "past.bed:2: end 40 is past the end of contig"},
        {"chrX\t0\t9\n", "past.bed:2: contig 'chrX' is not in genome.fa"},
        {"chr1\t9\t9\n", "past.bed:2: end 9 is not greater than start 9"},
        {"chr1\t-1\t9\n", "past.bed:2: start -1 is below 0"}}) {
    folder_.write("past.bed", first + line);
    expect_refused(discover("past.bed", {"-g", "genome.fa"}), 3, words);
  }
  expect_refused(discover("past.bed", {}), 3, "past.bed: holds regions, not sequences (give their genome");
  expect_refused(discover("past.bed", {"-g", "none.fa"}), 3, "none.fa: there is no such file");
  expect_refused(discover("past.bed", {"-g", "genome.fa", "--center"}), 2, "--center needs --width");
}

TEST_F(BadInput, OptionsThatCannotBeAreUsageErrors) {
  expect_refused(discover("demo.fa", {"--motif-dp", "x"}), 2,
                 "unknown option --motif-dp; the nearest is --motif-db");
  expect_refused(run({"discover", "demo.fa", "-o", "out", "--channels", "32", "--heads", "3"}), 2,
                 "cannot be shared between 3 heads");
  expect_refused(discover("demo.fa", {"--isa", "avx9"}), 2, "avx9");
  expect_refused(discover("demo.fa", {"--site-p", "nan"}), 2, "--site-p");
  expect_refused(run({"discover", "demo.fa"}), 2, "-o DIR is missing");
}

TEST_F(BadInput, AGpuThatIsNotThereIsExitCodeSix) {
  expect_refused(discover("demo.fa", {"--device", "cuda"}), 6, "use --device cpu or auto");
}

TEST_F(BadInput, ALossThatIsNotFiniteIsExitCodeFiveAndLeavesNothing) {
  expect_refused(discover("demo.fa", {"--learning-rate", "1e30", "--batch-size", "8"}), 5,
                 "lower --learning-rate");
}

TEST_F(BadInput, WhatIsInThePlaceOfAnOutputStays) {
  folder_.write("out", "mine");
  expect_error(discover("demo.fa", {}), 4, "cannot make this folder");
  EXPECT_EQ(folder_.read("out"), "mine");
  fs::remove(folder_.path() / "out");
  fs::create_directory(folder_.path() / "out");
  for (std::string const name :
       {"motifs.meme", "sites.bed", "report.html", "model.safetensors", "params.json"}) {
    folder_.write("out/" + name, "mine");

    expect_error(discover("demo.fa", {}), 4, "out/" + name + ": already exists; use --force");

    EXPECT_EQ(folder_.read("out/" + name), "mine");
    fs::remove(folder_.path() / "out" / name);
    EXPECT_TRUE(fs::is_empty(folder_.path() / "out"));
  }
}

TEST_F(BadInput, AFolderThatMayNotBeWrittenIsAnOutputError) {
  fs::path const out = folder_.path() / "out";
  fs::create_directory(out);
  bool const is_root = geteuid() == 0;
  if (!is_root) fs::permissions(out, fs::perms::owner_read | fs::perms::owner_exec);
  if (is_root && mount("cislens", out.c_str(), "tmpfs", MS_RDONLY, "size=64k") != 0) {
    GTEST_SKIP() << "skipped: root may write everywhere, and cannot mount";
  }

  ProcessResult const result = run({"discover", "demo.fa", "-o", "out"});
  if (is_root) umount(out.c_str());

  expect_refused(result, 4, is_root ? "Read-only file system" : "Permission denied");
  EXPECT_EQ(result.err.find("reading demo.fa"), std::string::npos) << result.err;
}

TEST_F(BadInput, AFullDiskIsMetBeforeAndAfterTrainingAndLeavesNoPartOfAFile) {
  fs::path const out = folder_.path() / "out";
  fs::create_directory(out);
  // Too small for the state of training; room for that, but not for all outputs.
  for (char const* size : {"size=16k", "size=100k"}) {
    if (mount("cislens", out.c_str(), "tmpfs", 0, size) != 0) GTEST_SKIP() << "skipped: cannot mount";

    ProcessResult const result = discover("demo.fa", {});
    Files left;
    for (auto const& entry : fs::directory_iterator(out)) left.push_back(entry.path().filename().string());
    std::map<std::string, std::string> bytes;
    for (std::string const& name : left) bytes[name] = folder_.read("out/" + name);
    umount(out.c_str());

    expect_error(result, 4, "No space left on device");
    EXPECT_EQ(result.err.find("report: "), std::string::npos);
    for (auto const& [name, content] : bytes) {
      EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
      bool const a_line_a_pair = name == "pairs.bedpe" || name == "pairs.interact.bed";  // and none is called
      EXPECT_TRUE(a_line_a_pair || !content.empty()) << name;
    }
    EXPECT_FALSE(bytes.contains("report.html"));
  }
}

TEST_F(BadInput, AFlippedByteOfADiscoveredModelIsFound) {
  ASSERT_EQ(discover("demo.fa", {"--motifs", "demo.motifs.meme"}).exit_code, 0);
  std::string model = folder_.read("out/model.safetensors");
  model[model.size() / 2] ^= 4;
  folder_.write("out/model.safetensors", model);

  expect_error(run({"predict", "-m", "out", "demo.fa", "-o", "scores.tsv", "--quiet"}), 3,
               "out/model.safetensors: ");
  EXPECT_FALSE(fs::exists(folder_.path() / "scores.tsv"));
}

TEST_F(BadInput, StandardOutputThatIsFullIsAnOutputError) {
  for (Files const& command :
       {Files{"shuffle", "demo.fa", "-o", "-"},
        Files{"compare", "demo.motifs.meme", "--motif-db", "demo.motifs.meme", "-o", "-"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--quiet");
    expect_error(run(arguments, {.standard_output = Standard::full_disk}), 4, "No space left on device");
  }
}

}  // namespace
}  // namespace cislens::test
