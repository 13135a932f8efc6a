#include "cli_test.hpp"

#include <nlohmann/json.hpp>

#include <regex>

namespace cislens::test {
namespace {

/// The names of the commands, from the overview.
std::vector<std::string> command_names(std::string const& overview) {
  std::vector<std::string> names;
  std::istringstream lines(overview.substr(overview.find("Commands:\n") + 10));
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    names.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return names;
}

std::size_t longest_line(std::string const& text) {
  std::size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST_F(Cli, VersionIsOneLineEverywhere) {
  std::regex const one_line("cislens [0-9]+\\.[0-9]+\\.[0-9]+\n");

  for (auto const& arguments : {std::vector<std::string>{"--version"}, {"doctor", "--version"}}) {
    ProcessResult const result = run(arguments);

    EXPECT_EQ(result.exit_code, 0);
    EXPECT_TRUE(std::regex_match(result.out, one_line)) << result.out;
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(Cli, HelpOfEveryCommandHasExamplesFirstAndFitsTheTerminal) {
  std::string const overview = run({"--help"}).out;
  EXPECT_LT(overview.find("Examples:"), overview.find("Usage:"));
  EXPECT_LE(longest_line(overview), 80U);

  std::vector<std::string> const names = command_names(overview);
  ASSERT_FALSE(names.empty());
  for (std::string const& name : names) {
    for (Files const& form : {Files{name, "-h"}, {name, "--help"}, {"help", name}}) {
      ProcessResult const result = run(form);

      EXPECT_EQ(result.exit_code, 0);
      EXPECT_LT(result.out.find("Examples:"), result.out.find("Usage: cislens " + name));
      EXPECT_LE(longest_line(result.out), 80U) << result.out;
      EXPECT_NE(result.out.find("--seed"), std::string::npos);
      EXPECT_EQ(result.err, "");
      EXPECT_LT(result.elapsed_s, 0.5);  // 100 ms on an idle machine; tests share theirs
    }
  }
}

TEST_F(Cli, HelpAloneIsTheOverview) { EXPECT_EQ(run({"help"}).out, run({"--help"}).out); }

TEST_F(Cli, HelpIsGivenEvenWhenTheRestIsWrong) {
  ProcessResult const result = run({"doctor", "--nonsense", "-h"});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.out.find("Usage:"), std::string::npos);
}

TEST_F(Cli, NoCommandUnknownCommandAndUnknownOptionAreUsageErrors) {
  expect_error(run({}), 2, "a command is missing");
  expect_error(run({"docto"}), 2, "unknown command 'docto'; the nearest is doctor");
  expect_error(run({"disc"}), 2, "unknown command 'disc'; the nearest is discover");
  expect_error(run({"bananas"}), 2, "unknown command 'bananas' (see cislens --help)");
  expect_error(run({"help", "docto"}), 2, "unknown command 'docto'; the nearest is doctor");
  expect_error(run({"--frob"}), 2, "unknown option --frob");
  expect_error(run({"doctor", "--bananas"}), 2, "unknown option --bananas (see cislens doctor --help)");
  expect_error(run({"doctor", "--sede", "3"}), 2, "unknown option --sede; the nearest is --seed");
  expect_error(run({"doctor", "--thr", "3"}), 2, "the nearest is --threads");
  expect_error(run({"doctor", "-j"}), 2, "unknown option -j");
  EXPECT_EQ(folder_.list(), Files{});
}

TEST_F(Cli, ValuesAreCheckedAndTheOptionIsNamed) {
  expect_error(run({"doctor", "--threads", "two"}), 2, "--threads: 'two' is not a whole number");
  expect_error(run({"doctor", "--threads", "-1"}), 2, "--threads: -1 is not 0 to 4096");
  expect_error(run({"doctor", "--threads"}), 2, "--threads needs a value");
  expect_error(run({"doctor", "--json=yes"}), 2, "--json takes no value");
  expect_error(run({"doctor", "--device", "tpu"}), 2, "'tpu' is none of auto|cpu|cuda|cuda:N");
  expect_error(run({"doctor", "--isa", "v9"}), 2, "--isa v9: this CPU can run auto");
  expect_error(run({"doctor", "--seed", "1", "--seed", "2"}), 2, "--seed is given twice");
  expect_error(run({"doctor", "more"}), 2, "'more' is one argument too many");
}

TEST_F(Cli, AFolderOfOutputsIsNotStandardOutput) {
  folder_.write("s.fa", ">a\nACGT\n");
  Files const train{"train", "s.fa", "-o", "-"};
  Files const pairs{"pairs", "s.fa", "--motifs", CISLENS_DATA "/known_motifs.meme", "-o", "-"};
  Files const discover{"discover", "s.fa", "-o", "-"};
  for (Files const& command : {train, pairs, discover})
    expect_error(run(command), 2, "-o names a folder: the outputs cannot go to standard output");
  EXPECT_EQ(folder_.list(), Files{"s.fa"});
}

TEST_F(Cli, ErrorsAreJsonWhenTheLogIs) {
  ProcessResult const result = run({"doctor", "--log-format", "json", "--device", "cuda:99"});

  EXPECT_EQ(result.exit_code, 6);
  auto const message = nlohmann::json::parse(result.err);
  EXPECT_EQ(message["level"], "error");
}

TEST_F(Cli, StandardOutputThatCannotBeWrittenIsAnOutputError) {
  expect_error(run({"--help"}, {.standard_output = Standard::full_disk}), 4, "No space left on device");
  expect_error(run({"--help"}, {.standard_output = Standard::closed}), 4, "standard output: cannot write");
}

TEST_F(Cli, AReaderThatHasGoneEndsTheProgramQuietly) {
  ProcessResult const result = run({"--help"}, {.standard_output = Standard::broken_pipe});

  EXPECT_EQ(result.signal, SIGPIPE);
  EXPECT_EQ(result.err, "");
}

TEST_F(Cli, DoctorSaysWhatTheMachineHas) {
  ProcessResult const text = run({"doctor"});
  ProcessResult const json = run({"doctor", "--json", "--threads", "3"});

  EXPECT_EQ(text.exit_code, 0);
  for (char const* word : {"cislens ", "CPU module", "memory limit", "libraries", "HTSlib 1", "SeqAn 3",
                           "Eigen 3", "Boost 1", "GPU "}) {
    EXPECT_NE(text.out.find(word), std::string::npos) << word;
  }
  auto const found = nlohmann::json::parse(json.out);
  EXPECT_EQ(found["threads"], 3);
  EXPECT_EQ(found["cpu_module_problem"], "");
  EXPECT_GT(found["memory_limit_bytes"].get<double>(), 1e6);
  EXPECT_NE(found["gpu"]["devices"].empty(), found["gpu"]["problem"] == "");
}

TEST_F(Cli, AGpuThatIsNotThereIsExitCodeSix) {
  expect_error(run({"doctor", "--device", "cuda"}), 6, "use --device cpu or auto");
}

}  // namespace
}  // namespace cislens::test
