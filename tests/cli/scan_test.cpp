#include "cli_test.hpp"
#include "support/tools.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// Something like a sequence, the same every time.
std::string letters(std::size_t length, unsigned state) {
  std::string text;
  for (; text.size() < length;) {
    state = state * 1664525U + 1013904223U;
    text += "ACGT"[state >> 30];
  }
  return text;
}

std::string fasta(std::string const& name, std::string const& bases) {
  std::string text = ">" + name + "\n";
  for (std::size_t i = 0; i < bases.size(); i += 60) text += bases.substr(i, 60) + "\n";
  return text;
}

/// A network in "m", a genome in "g.fa" (contigs not in the order of their names, with a run of N, stretches
/// that end within a contig), and motifs.
class Scan : public Cli {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"simulate", "-o", "demo", "--positives", "60", "--length", "60", "--motif-names",
                   "CTCF,SP1", "--no-provenance", "--quiet"})
                  .exit_code,
              0);
    ProcessResult const made = run({"train", "demo.fa", "-o", "m", "--channels", "16", "--heads", "2",
                                    "--epochs", "1", "--quiet", "--no-provenance"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    std::string big = letters(270'000, 3);
    big.replace(5000, 700, 700, 'N');
    big.replace(262'100, 90, "CCGCCCCCTGCTGG" + letters(76, 5));  // over the end of the first stretch
    folder_.write("g.fa",
                  fasta("chr9", letters(1000, 9)) + fasta("chr10", big) + fasta("chr2", letters(59, 2)));
  }

  ProcessResult scan(Files const& more, std::string const& output) const {
    Files command{"scan",   "-m", "m", "--motifs", "demo.motifs.meme", "-o", output, "--no-provenance",
                  "--quiet"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }

  void expect_same(std::string const& a, std::string const& b, Files const& names) const {
    for (std::string const& name : names)
      EXPECT_TRUE(folder_.read(a + "/" + name) == folder_.read(b + "/" + name)) << b << "/" << name;
  }
};

TEST_F(Scan, ShardsMergedAndThreadsGiveTheSameBytes) {
  Files const names{"sites.bed.gz", "sites.bed.gz.tbi", "attribution.bw", "predictions.tsv"};
  Files const what{"-g", "g.fa", "--gzip"};
  auto const with = [](Files files, Files const& more) {
    files.insert(files.end(), more.begin(), more.end());
    return files;
  };
  ASSERT_EQ(scan(with(what, {"--threads", "1"}), "one").exit_code, 0);
  for (std::string const threads : {"2", "3"}) {
    ASSERT_EQ(scan(with(what, {"--threads", threads}), "t" + threads).exit_code, 0);
    expect_same("one", "t" + threads, names);
  }

  for (int const count : {2, 7}) {
    Files merge{"merge", "-o", "merged" + std::to_string(count), "--no-provenance", "--quiet"};
    for (int i = count; i >= 1; --i) {
      std::string const name = std::to_string(i) + "-of-" + std::to_string(count);
      ASSERT_EQ(scan(with(what, {"--shard", name, "--threads", "2"}), name).exit_code, 0);
      merge.push_back(name);
    }
    ProcessResult const merged = run(merge);

    EXPECT_EQ(merged.exit_code, 0) << merged.err;
    expect_same("one", "merged" + std::to_string(count), names);
  }
}

TEST_F(Scan, OthersReadTheSites) {
  using testing_support::has_tool;
  if (!has_tool("tabix") || !has_tool("bedtools")) GTEST_SKIP() << "skipped: no tabix or bedtools";
  ASSERT_EQ(scan({"-g", "g.fa", "--gzip"}, "z").exit_code, 0);
  ASSERT_EQ(scan({"-g", "g.fa"}, "plain").exit_code, 0);
  std::string const here = "cd '" + folder_.path().string() + "' && ";
  auto const output = [&](std::string const& command) { return testing_support::output_of(here + command); };
  std::string const bed = folder_.read("plain/sites.bed");
  ASSERT_FALSE(bed.empty());

  EXPECT_EQ(output("gzip -dc z/sites.bed.gz"), bed);
  EXPECT_EQ(output("LC_ALL=C sort -k1,1 -k2,2n plain/sites.bed"), bed);
  EXPECT_EQ(output("tabix z/sites.bed.gz chr10 chr2 chr9"), bed);
  EXPECT_EQ(output("tabix z/sites.bed.gz chr10:100001-200000"),
            output("awk '$1 == \"chr10\" && $3 > 100000 && $2 < 200000' plain/sites.bed"));
  EXPECT_EQ(output("bedtools merge -c 4 -o count -i plain/sites.bed | awk '$4 > 1' | wc -l"), "0\n");
}

TEST_F(Scan, RegionsGiveWhatTheGenomeGivesThere) {
  ASSERT_EQ(scan({"-g", "g.fa", "--bedgraph"}, "all").exit_code, 0);
  folder_.write("r.bed", "chr9\t400\t1000\nchr9\t0\t500\nchr10\t0\t270000\tx\t0\t-\n");

  ASSERT_EQ(scan({"r.bed", "-g", "g.fa", "--bedgraph"}, "some").exit_code, 0);

  std::istringstream lines(folder_.read("all/attribution.bedgraph"));
  std::string expected;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("chr2\t")) expected += line + "\n";
  EXPECT_TRUE(folder_.read("some/attribution.bedgraph") == expected);
  EXPECT_EQ(expected.find("chr10\t5000\t"), std::string::npos);  // the run of N has no value
  EXPECT_NE(expected.find("chr10\t5700\t"), std::string::npos);
}

TEST_F(Scan, ASignalLeavesNothingBehind) {
  folder_.write("long.fa", fasta("chr1", letters(3'000'000, 11)));
  for (int const signal : {SIGTERM, SIGINT}) {
    auto const under_way = [&] {
      std::error_code none;
      fs::directory_iterator files(folder_.path() / "stopped", none);
      return !none && files != fs::directory_iterator{};
    };

    ProcessResult const stopped =
        run({"scan", "-m", "m", "--motifs", "demo.motifs.meme", "-g", "long.fa", "-o", "stopped", "--quiet"},
            {.signal = signal, .signal_when = under_way});

    EXPECT_EQ(stopped.exit_code, 128 + signal) << stopped.err;
    EXPECT_FALSE(fs::exists(folder_.path() / "stopped"));
  }
}

TEST_F(Scan, LowPrecisionIsForPredictionsAlone) {
  expect_error(scan({"-g", "g.fa", "--precision", "bf16"}, "bf16"), 2, "goes with --no-tracks");

  ASSERT_EQ(scan({"-g", "g.fa", "--no-tracks", "--precision", "bf16"}, "bf16").exit_code, 0);
  ASSERT_EQ(scan({"-g", "g.fa", "--no-tracks"}, "float32").exit_code, 0);

  expect_same("bf16", "float32", {"sites.bed"});
  std::istringstream low(folder_.read("bf16/predictions.tsv"));
  std::istringstream high(folder_.read("float32/predictions.tsv"));
  std::string a, b;
  std::getline(low, a);
  std::getline(high, b);
  while (std::getline(low, a) && std::getline(high, b)) {
    EXPECT_EQ(a.substr(0, a.rfind('\t')), b.substr(0, b.rfind('\t')));
    EXPECT_NEAR(std::stod(a.substr(a.rfind('\t'))), std::stod(b.substr(b.rfind('\t'))), 0.03);
  }
  EXPECT_TRUE(low.eof());
}

TEST_F(Scan, RegionsAndSequencesMayComeThroughAPipe) {
  std::string const regions = "chr9\t0\t1000\n";
  folder_.write("r.bed", regions);
  folder_.write("r.fa", fasta("chr9", letters(1000, 9)));
  ASSERT_EQ(scan({"r.bed", "-g", "g.fa", "--no-tracks"}, "file").exit_code, 0);
  auto const piped = [&](std::string const& name, std::string const& input, std::string const& output) {
    return run({"scan", "-m", "m", "--motifs", "demo.motifs.meme", name, "-g", "g.fa", "-o", output,
                "--no-tracks", "--no-provenance", "--quiet"},
               {.input = input});
  };

  for (std::string const name : {"-", "/dev/stdin"}) {
    std::string const output = name == "-" ? "a" : "b";
    ProcessResult const bed = piped(name, regions, output);
    ProcessResult const sequences = piped(name, folder_.read("r.fa"), output + "fa");

    EXPECT_EQ(bed.exit_code, 0) << bed.err;
    EXPECT_EQ(sequences.exit_code, 0) << sequences.err;
    expect_same("file", output, {"sites.bed", "predictions.tsv"});
    expect_same("file", output + "fa", {"predictions.tsv"});
  }
}

TEST_F(Scan, BadInputSaysWhatIsWrong) {
  folder_.write("past.bed", "chr9\t0\t1001\n");
  folder_.write("other.bed", "9\t0\t100\n");

  expect_error(scan({"past.bed", "-g", "g.fa"}, "a"), 3,
               "past.bed:1: end 1001 is past the end of contig 'chr9'");
  expect_error(scan({"other.bed", "-g", "g.fa"}, "b"), 3, "put chr before the regions");
  expect_error(scan({"past.bed"}, "c"), 3, "holds regions, not sequences");
  ProcessResult const nothing = run({"scan", "-m", "m", "-o", "d"});
  expect_error(nothing, 2, "nothing to scan");
  EXPECT_EQ(nothing.err.find("reading"), std::string::npos) << nothing.err;
  expect_error(scan({"-g", "g.fa", "--shard", "3-of-2"}, "e"), 2, "is not like 1-of-8");
  for (std::string const folder : {"a", "b", "c", "d", "e"})
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / folder)) << folder;
}

TEST_F(Scan, MergeRefusesPartsThatDoNotBelongTogether) {
  folder_.write("r.bed", "chr9\t0\t1000\n");
  for (std::string const name : {"1-of-2", "2-of-2"})
    ASSERT_EQ(scan({"r.bed", "-g", "g.fa", "--shard", name}, name).exit_code, 0);
  ASSERT_EQ(scan({"r.bed", "-g", "g.fa", "--shard", "2-of-2", "--site-p", "1e-3"}, "other").exit_code, 0);

  expect_error(run({"merge", "1-of-2", "-o", "x"}), 3, "part 2 of 2 is missing");
  expect_error(run({"merge", "1-of-2", "1-of-2", "-o", "x"}), 3, "and so is 1-of-2");
  ASSERT_EQ(scan({"r.bed", "-g", "g.fa", "--shard", "1-of-1", "--gzip"}, "z").exit_code, 0);
  fs::create_directory(folder_.path() / "old");
  folder_.write("old/sites.bed.gz.tbi", "of an earlier run");
  expect_error(run({"merge", "z", "-o", "old"}), 4, "sites.bed.gz.tbi: already exists");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path() / "old"), {}), 1);
  expect_error(run({"merge", "1-of-2", "other", "-o", "x"}), 3, "is no part of the same run");
  std::string genome = folder_.read("g.fa");
  char& base = genome[genome.find('\n') + 10];
  base = base == 'A' ? 'C' : 'A';  // the contigs and their lengths stay
  folder_.write("h.fa", genome);
  ASSERT_EQ(scan({"r.bed", "-g", "h.fa", "--shard", "2-of-2"}, "h").exit_code, 0);
  folder_.write("r.fa", fasta("chr9", letters(1000, 9)));
  folder_.write("s.fa", fasta("chr9", letters(1000, 8)));
  ASSERT_EQ(scan({"r.fa", "--shard", "1-of-2"}, "r1").exit_code, 0);
  ASSERT_EQ(scan({"s.fa", "--shard", "2-of-2"}, "s2").exit_code, 0);
  expect_error(run({"merge", "1-of-2", "h", "-o", "x"}), 3, "is no part of the same run");
  expect_error(run({"merge", "r1", "s2", "-o", "x"}), 3, "is no part of the same run");
  expect_error(run({"merge", "m", "-o", "x"}), 3, "has no shard.json");
  expect_error(run({"merge", "1-of-2", "2-of-2", "-o", "1-of-2", "--force"}), 2, "is also an input");
  EXPECT_EQ(run({"merge", "1-of-2", "2-of-2", "-o", "x", "--quiet"}).exit_code, 0);
}

}  // namespace
}  // namespace cislens::test
