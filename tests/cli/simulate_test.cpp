#include "cli_test.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace cislens::test {
namespace {

class SimulateCommand : public Cli {
 protected:
  ProcessResult simulate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"simulate", "-o", "s"});
    return run(arguments);
  }
};

/// Name to sequence of a FASTA file with one line a sequence.
std::map<std::string, std::string> read_fasta(std::string const& text) {
  std::map<std::string, std::string> records;
  std::istringstream lines(text);
  for (std::string name, bases; std::getline(lines, name) && std::getline(lines, bases);) {
    records[name.substr(1)] = bases;
  }
  return records;
}

std::int64_t count_lines(std::string const& text) { return std::ranges::count(text, '\n'); }

TEST_F(SimulateCommand, WritesSequencesTruthMotifsAndProvenance) {
  ProcessResult const result =
      simulate({"--positives", "50", "--negatives", "20", "--length", "80", "--seed", "4"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("seed 4"), std::string::npos);
  EXPECT_EQ(folder_.list(), (Files{"s.fa", "s.motifs.meme", "s.neg.fa", "s.params.json", "s.truth.bed"}));
  auto const positives = read_fasta(folder_.read("s.fa"));
  ASSERT_EQ(positives.size(), 50U);
  EXPECT_EQ(read_fasta(folder_.read("s.neg.fa")).size(), 20U);
  EXPECT_EQ(positives.begin()->first, "pos_01");
  for (auto const& [name, bases] : positives) EXPECT_EQ(bases.size(), 80U);

  std::istringstream truth(folder_.read("s.truth.bed"));
  std::string record, motif, strand;
  std::int64_t start = 0, end = 0, score = 0, sites = 0;
  std::pair<std::string, std::int64_t> last;
  for (; truth >> record >> start >> end >> motif >> score >> strand; ++sites) {
    EXPECT_TRUE(positives.contains(record));
    EXPECT_LE(end, 80);
    EXPECT_GE(std::pair(record, start), last) << "sorted, without overlap";
    last = {record, end};
    EXPECT_TRUE(score >= 0 && score <= 1000);
    EXPECT_TRUE(strand == "+" || strand == "-");
  }
  EXPECT_GE(sites, 50);
  auto const params = nlohmann::json::parse(folder_.read("s.params.json"));
  EXPECT_EQ(params["seed"], 4);
  EXPECT_EQ(params["options"]["length"], "80");
}

TEST_F(SimulateCommand, IsTheSameBytesForTheSameSeed) {
  std::vector<std::string> const common = {"--positives", "300", "--no-provenance", "--quiet"};
  auto const once = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    more.emplace_back("--force");
    EXPECT_EQ(simulate(more).exit_code, 0);
    return folder_.read("s.fa") + folder_.read("s.truth.bed") + folder_.read("s.motifs.meme");
  };

  std::string const first = once({"--seed", "1"});

  EXPECT_EQ(once({"--seed", "1", "--threads", "1"}), first);
  EXPECT_NE(once({"--seed", "2"}), first);
  EXPECT_EQ(folder_.list(), (Files{"s.fa", "s.motifs.meme", "s.truth.bed"}));
}

TEST_F(SimulateCommand, PlantsWhatIsAskedFor) {
  EXPECT_EQ(simulate({"--motif-names", "GABPA:9,SP1", "--positives", "400"}).exit_code, 0);

  std::map<std::string, int> seen;
  std::istringstream truth(folder_.read("s.truth.bed"));
  std::string record, motif, rest;
  for (std::int64_t start = 0, end = 0;
       truth >> record >> start >> end >> motif && std::getline(truth, rest);) {
    ++seen[motif];
  }
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_GT(seen["GABPA"], 5 * seen["SP1"]);
}

TEST_F(SimulateCommand, TakesTheMotifsOfAFile) {
  folder_.write("mine.jaspar", ">MA1 One\n9 0 0 0 9\n0 9 0 0 0\n0 0 9 0 0\n0 0 0 9 0\n");

  EXPECT_EQ(simulate({"--motifs", "mine.jaspar", "--positives", "5", "--length", "20"}).exit_code, 0);

  EXPECT_NE(folder_.read("s.truth.bed").find("\tMA1\t1000\t"), std::string::npos)
      << folder_.read("s.truth.bed");
  EXPECT_NE(folder_.read("s.motifs.meme").find("MOTIF MA1 One"), std::string::npos);
}

TEST_F(SimulateCommand, WithoutMotifsThereIsNothingToFind) {
  EXPECT_EQ(simulate({"--no-motifs", "--positives", "30"}).exit_code, 0);

  EXPECT_EQ(count_lines(folder_.read("s.fa")), 60);
  EXPECT_EQ(folder_.read("s.truth.bed"), "");
  EXPECT_EQ(folder_.read("s.motifs.meme").find("MOTIF"), std::string::npos);
}

TEST_F(SimulateCommand, RefusesWhatCannotBe) {
  expect_error(run({"simulate"}), 2, "-o PREFIX is missing");
  expect_error(run({"simulate", "-o", "-"}), 2, "beginning of file names");
  expect_error(run({"simulate", "-o", "out/"}), 2, "beginning of file names");
  expect_error(simulate({"--min-sites", "4"}), 2, "--min-sites is greater than --max-sites");
  expect_error(simulate({"--gc", "1"}), 2, "--gc: 1 is not 0.05 to 0.95");
  expect_error(simulate({"--lenght", "50"}), 2, "the nearest is --length");
  expect_error(simulate({"--motif-names", "CTFC"}), 2, "there is no motif 'CTFC'; the nearest is CTCF");
  expect_error(simulate({"--motif-names", "CTCF,CTCF"}), 2, "CTCF twice");
  expect_error(simulate({"--motif-names", "CTCF:0"}), 2, "not greater than 0");
  expect_error(simulate({"--motif-names", "CTCF", "--no-motifs"}), 2, "no motifs to choose from");
  expect_error(simulate({"--motif-count", "1000"}), 2, "there are only");
  expect_error(simulate({"--length", "30", "--max-sites", "5"}), 3, "do not fit into 30 bases");
  expect_error(simulate({"--motifs", "missing.meme"}), 3, "missing.meme");
  EXPECT_EQ(folder_.list(), Files{});
}

TEST_F(SimulateCommand, KeepsWhatIsThereUnlessForced) {
  for (char const* taken : {"s.fa", "s.truth.bed", "s.motifs.meme", "s.params.json"}) {
    folder_.write(taken, "precious");

    expect_error(simulate({"--positives", "5"}), 4, std::string(taken) + ": already exists; use --force");

    EXPECT_EQ(folder_.list(), Files{taken});
    EXPECT_EQ(folder_.read(taken), "precious");
    EXPECT_EQ(simulate({"--positives", "5", "--force"}).exit_code, 0);
    EXPECT_NE(folder_.read(taken), "precious");
    for (std::string const& file : folder_.list()) std::filesystem::remove(folder_.path() / file);
  }
}

TEST_F(SimulateCommand, AFolderThatIsNotThereIsAnOutputError) {
  expect_error(run({"simulate", "-o", "nowhere/s"}), 4,
               "nowhere/s.fa: cannot write: No such file or directory");
}

TEST_F(SimulateCommand, AFullDiskLeavesNothing) {
  ProcessResult const result = run({"simulate", "-o", "s"}, {.file_limit_bytes = 50'000});

  expect_error(result, 4, "s.fa: cannot write: File too large");
  EXPECT_EQ(folder_.list(), Files{});
}

TEST_F(SimulateCommand, MemoryThatIsNotThereIsSaidInWords) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "skipped: AddressSanitizer needs the address space";
#endif
  ProcessResult const result =
      run({"simulate", "-o", "s", "--length", "1000000000"}, {.memory_limit_bytes = 500'000'000});

  expect_error(result, 137, "out of memory");
  EXPECT_EQ(folder_.list(), Files{});
}

TEST_F(SimulateCommand, ASignalEndsItAndLeavesNothing) {
  for (int const signal : {SIGINT, SIGTERM}) {
    ProcessOptions options;
    options.signal = signal;
    options.signal_when = [&] { return folder_.list().size() == 2; };  // both unfinished files are there

    ProcessResult const result = run({"simulate", "-o", "s", "--positives", "1000000000"}, options);

    EXPECT_EQ(result.signal, signal);
    expect_error(result, 128 + signal, "stopped by signal " + std::to_string(signal));
    EXPECT_EQ(folder_.list(), Files{});
  }
}

TEST_F(SimulateCommand, TheFilesInDataAreWhatTheReadmeSays) {
  std::ifstream readme(CISLENS_DATA "/README.md");
  int commands = 0;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("    cislens simulate ")) continue;
    std::vector<std::string> arguments;
    std::istringstream words(line);
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.erase(arguments.begin());
    EXPECT_EQ(run(arguments).exit_code, 0) << line;
    ++commands;
  }
  ASSERT_EQ(commands, 2);

  auto const kept = [](std::string const& name) {
    std::ostringstream content;
    content << std::ifstream(std::string(CISLENS_DATA) + "/" + name).rdbuf();
    return content.str();
  };
  EXPECT_TRUE(folder_.read("demo.fa") == kept("demo.fa"));
  EXPECT_TRUE(folder_.read("known.motifs.meme") == kept("known_motifs.meme"));
}

}  // namespace
}  // namespace cislens::test
