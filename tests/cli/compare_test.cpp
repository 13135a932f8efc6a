#include "cli_test.hpp"

#include <set>

namespace cislens::test {
namespace {

char const* const known = CISLENS_DATA "/known_motifs.meme";
char const* const ets =
    ">mine ETS\n0 0 1 0 0 9 9 0 2\n1 9 9 0 0 0 0 1 0\n0 1 0 10 10 1 0 9 1\n9 0 0 0 0 0 1 0 7\n";

std::vector<std::vector<std::string>> table(std::string const& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) rows.back().push_back(field);
  }
  return rows;
}

TEST_F(Cli, CompareNamesAKnownMotif) {
  folder_.write("mine.jaspar", ets);

  ProcessResult const result = run({"compare", "mine.jaspar", "--motif-db", known, "-o", "out.tsv"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("1 of 1 motifs have a match"), std::string::npos) << result.err;
  EXPECT_EQ(folder_.list(), (Files{"mine.jaspar", "out.tsv"}));
  auto const rows = table(folder_.read("out.tsv"));
  ASSERT_GE(rows.size(), 2U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"motif", "name", "match", "match_name", "correlation", "p",
                                               "q", "offset", "strand", "overlap"}));
  ASSERT_EQ(rows[1].size(), 10U);
  EXPECT_EQ(rows[1][0], "mine");
  EXPECT_EQ(rows[1][1], "ETS");
  EXPECT_EQ(rows[1][2], "GABPA");
  EXPECT_LT(std::stod(rows[1][6]), 0.01);
  EXPECT_EQ(rows[1][8], "+");
}

TEST_F(Cli, CompareFindsEveryMotifInItsOwnDatabase) {
  ProcessResult const result = run({"compare", known, "--motif-db", known, "-o", "-", "--top", "1"});

  auto const rows = table(result.out);
  ASSERT_EQ(rows.size(), 31U) << result.err;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i][0], rows[i][2]);
    EXPECT_EQ(rows[i][4], "1.0000");
    EXPECT_EQ(rows[i][7], "0");
  }
}

TEST_F(Cli, CompareNamesByTheMotifsOfEveryFile) {
  folder_.write("mine.jaspar", ets);
  folder_.write("other.jaspar", std::string(ets).replace(1, 4, "same"));

  ProcessResult const result =
      run({"compare", "mine.jaspar", "--motif-db", known, "--motif-db", "other.jaspar", "-o", "-"});

  std::set<std::string> matches;
  for (auto const& row : table(result.out)) matches.insert(row.at(2));
  EXPECT_TRUE(matches.contains("same") && matches.contains("GABPA")) << result.out << result.err;
  expect_error(run({"compare", "mine.jaspar", "--motif-db", known, "--motif-db", known, "-o", "-"}), 3,
               "is also in " + std::string(known) + " (give each file once");
}

TEST_F(Cli, CompareReadsStandardInputAndDoesNotDependOnThreads) {
  folder_.write("mine.jaspar", ets);
  std::vector<std::string> arguments = {"compare", "-",       "--motif-db", known,   "-o",
                                        "-",       "--max-q", "1",          "--top", "0"};
  ProcessResult const two = run(arguments, {.input = ets});
  arguments[1] = "mine.jaspar";
  arguments.insert(arguments.end(), {"--threads", "1"});

  EXPECT_EQ(table(two.out).size(), 31U);
  EXPECT_EQ(run(arguments).out, two.out);
}

TEST_F(Cli, CompareWithoutAMatchWritesTheHeaderAlone) {
  folder_.write("flat.jaspar", ">flat\n5 5 5 5 5 5 5\n5 5 5 5 5 5 5\n5 5 5 5 5 5 5\n5 5 5 5 5 5 5\n");

  ProcessResult const result = run({"compare", "flat.jaspar", "--motif-db", known, "-o", "-"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(table(result.out).size(), 1U) << result.out;
  EXPECT_NE(result.err.find("0 of 1 motifs"), std::string::npos);
}

TEST_F(Cli, CompareRefusesBadInput) {
  folder_.write("mine.jaspar", ets);
  folder_.write("junk.meme", "MEME version 5\n\nletter-probability matrix: alength= 20 w= 2\n");

  expect_error(run({"compare", "--motif-db", known, "-o", "out.tsv"}), 2, "MOTIFS is missing");
  expect_error(run({"compare", "mine.jaspar", "-o", "out.tsv"}), 2, "--motif-db FILE is missing");
  expect_error(run({"compare", "mine.jaspar", "--motif-db", known}), 2, "-o TSV is missing");
  expect_error(run({"compare", "mine.jaspar", "--motifdb", known, "-o", "x"}), 2,
               "the nearest is --motif-db");
  expect_error(run({"compare", "missing.meme", "--motif-db", known, "-o", "out.tsv"}), 3, "missing.meme: ");
  expect_error(run({"compare", "mine.jaspar", "--motif-db", "missing.meme", "-o", "out.tsv"}), 3,
               "missing.meme: ");
  expect_error(run({"compare", "junk.meme", "--motif-db", known, "-o", "out.tsv"}), 3, "junk.meme:");
  EXPECT_EQ(folder_.list(), (Files{"junk.meme", "mine.jaspar"}));
}

TEST_F(Cli, CompareSaysThatTheOutputCannotBeWritten) {
  folder_.write("out.tsv", "precious");
  std::vector<std::string> const to_stdout = {"compare", known, "--motif-db", known, "-o", "-"};

  expect_error(run({"compare", known, "--motif-db", known, "-o", "out.tsv"}), 4, "out.tsv: already exists");
  EXPECT_EQ(folder_.read("out.tsv"), "precious");
  expect_error(run({"compare", known, "--motif-db", known, "-o", "nowhere/out.tsv"}), 4, "cannot write");
  expect_error(run({"compare", known, "--motif-db", known, "-o", "/dev/full"}), 4, "No space left on device");
  expect_error(run(to_stdout, {.standard_output = Standard::full_disk}), 4, "No space left on device");
  expect_error(run(to_stdout, {.standard_output = Standard::closed}), 4, "standard output: cannot write");
  EXPECT_EQ(run(to_stdout, {.standard_output = Standard::broken_pipe}).signal, SIGPIPE);
  EXPECT_EQ(folder_.list(), Files{"out.tsv"});
}

TEST_F(Cli, CompareASignalEndsItAndLeavesNothing) {
  for (int const signal : {SIGINT, SIGTERM}) {
    ProcessOptions options;
    options.input = ets;
    options.keep_input_open = true;
    options.signal = signal;
    options.signal_when = [&] { return !folder_.list().empty(); };
    options.timeout = std::chrono::seconds(20);

    ProcessResult const result = run({"compare", "-", "--motif-db", known, "-o", "out.tsv"}, options);

    EXPECT_EQ(result.signal, signal) << result.err;
    expect_error(result, 128 + signal, "stopped by signal");
    EXPECT_EQ(folder_.list(), Files{});
  }
}

}  // namespace
}  // namespace cislens::test
