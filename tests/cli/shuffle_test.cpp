#include "cli_test.hpp"

#include <map>

namespace cislens::test {
namespace {

char const* const sequences =
    ">one first\nACGTTGCATTAGCCATGGGACTTAACCGTA\n>two\nacgtnnacgggtcatcattacg\n>three\nTTTTTTTT\n";

std::map<std::string, int> dinucleotides(std::string const& bases) {
  std::map<std::string, int> counts;
  for (std::size_t i = 1; i < bases.size(); ++i) ++counts[bases.substr(i - 1, 2)];
  return counts;
}

TEST_F(Cli, ShuffleKeepsDinucleotidesEndsAndNs) {
  folder_.write("in.fa", sequences);

  ProcessResult const result = run({"shuffle", "in.fa", "-o", "out.fa"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(folder_.list(), (Files{"in.fa", "out.fa"}));
  std::istringstream lines(folder_.read("out.fa"));
  std::string name, one, two, three;
  lines >> name >> one >> name >> two >> name >> three;
  EXPECT_EQ(name, ">three_shuffled");
  EXPECT_EQ(dinucleotides(one), dinucleotides("ACGTTGCATTAGCCATGGGACTTAACCGTA"));
  EXPECT_NE(one, "ACGTTGCATTAGCCATGGGACTTAACCGTA");
  EXPECT_EQ(dinucleotides(two), dinucleotides("ACGTNNACGGGTCATCATTACG"));
  EXPECT_EQ(three, "TTTTTTTT");
}

TEST_F(Cli, ShuffleReadsStandardInputAndWritesStandardOutput) {
  folder_.write("in.fa", sequences);
  ASSERT_EQ(run({"shuffle", "in.fa", "-o", "out.fa", "--copies", "2"}).exit_code, 0);

  ProcessResult const piped =
      run({"shuffle", "-", "-o", "-", "--copies", "2", "--threads", "3"}, {.input = sequences});

  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(piped.out, folder_.read("out.fa"));
  EXPECT_TRUE(piped.out.starts_with(">one_shuffled1\n"));
  EXPECT_NE(piped.out.find(">three_shuffled2\n"), std::string::npos);
}

/// Stacks of so many threads do not fit; those that started must end for the program to end.
TEST_F(Cli, ShuffleEndsWhenThreadsCannotBeStarted) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "skipped: AddressSanitizer needs the address space";
#endif
  ProcessResult const result =
      run({"shuffle", "-", "-o", "-", "--threads", "400"},
          {.input = sequences, .memory_limit_bytes = 1'500'000'000, .timeout = std::chrono::seconds{20}});

  EXPECT_FALSE(result.timed_out);
  expect_error(result, 2, " of 400 threads could be started; lower --threads");
}

TEST_F(Cli, ShuffleDependsOnTheSeed) {
  ProcessOptions const input{.input = sequences};

  EXPECT_EQ(run({"shuffle", "-", "-o", "-"}, input).out,
            run({"shuffle", "-", "-o", "-", "--seed", "1"}, input).out);
  EXPECT_NE(run({"shuffle", "-", "-o", "-"}, input).out,
            run({"shuffle", "-", "-o", "-", "--seed", "2"}, input).out);
}

TEST_F(Cli, ShuffleTakesRegionsOfAGenome) {
  folder_.write("genome.fa", ">chr1\nACGTTGCATTAGCCATGGGACTTAACCGTA\n");
  folder_.write("regions.bed", "chr1\t0\t20\n");

  ProcessResult const result = run({"shuffle", "regions.bed", "-g", "genome.fa", "-o", "-"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(dinucleotides(result.out.substr(result.out.find('\n') + 1, 20)),
            dinucleotides("ACGTTGCATTAGCCATGGGA"));
}

TEST_F(Cli, ShuffleRefusesBadInput) {
  folder_.write("empty.fa", "");
  folder_.write("protein.fa", ">p\nMKVLAEQFWPL\n");
  folder_.write("regions.bed", "chr1\t0\t20\n");

  expect_error(run({"shuffle", "-o", "out.fa"}), 2, "SEQS is missing");
  expect_error(run({"shuffle", "empty.fa"}), 2, "-o FASTA is missing");
  folder_.write("good.fa", ">a\nACGTACGT\n");
  ProcessResult const with_genome = run({"shuffle", "good.fa", "-g", "g.fa", "-o", "-", "--quiet"});
  EXPECT_EQ(with_genome.exit_code, 0);
  EXPECT_NE(with_genome.err.find("warning: good.fa: holds sequences, so that g.fa (-g) is not read for it"),
            std::string::npos)
      << with_genome.err;
  expect_error(run({"shuffle", "empty.fa", "-o", "out.fa", "--copes", "2"}), 2, "the nearest is --copies");
  expect_error(run({"shuffle", "missing.fa", "-o", "out.fa"}), 3, "missing.fa: ");
  expect_error(run({"shuffle", ".", "-o", "out.fa"}), 3, "folder");
  expect_error(run({"shuffle", "empty.fa", "-o", "out.fa"}), 3, "empty.fa: ");
  expect_error(run({"shuffle", "protein.fa", "-o", "out.fa"}), 3, "protein.fa:2: ");
  expect_error(run({"shuffle", "regions.bed", "-o", "out.fa"}), 3, "regions.bed");
  EXPECT_EQ(folder_.list(), (Files{"empty.fa", "good.fa", "protein.fa", "regions.bed"}));
}

TEST_F(Cli, ShuffleKeepsAnExistingFileUnlessForced) {
  folder_.write("in.fa", sequences);
  folder_.write("out.fa", "precious");

  expect_error(run({"shuffle", "in.fa", "-o", "out.fa"}), 4, "out.fa: already exists; use --force");
  EXPECT_EQ(folder_.read("out.fa"), "precious");

  EXPECT_EQ(run({"shuffle", "in.fa", "-o", "out.fa", "--force"}).exit_code, 0);
  EXPECT_TRUE(folder_.read("out.fa").starts_with(">one_shuffled\n"));
  EXPECT_EQ(folder_.list(), (Files{"in.fa", "out.fa"}));
}

TEST_F(Cli, ShuffleSaysThatTheOutputCannotBeWritten) {
  folder_.write("in.fa", sequences);
  std::filesystem::create_directory(folder_.path() / "folder");
  std::vector<std::string> const to_stdout = {"shuffle", "in.fa", "-o", "-", "--copies", "5000"};

  expect_error(run({"shuffle", "in.fa", "-o", "nowhere/out.fa"}), 4, "nowhere/out.fa: cannot write");
  expect_error(run({"shuffle", "in.fa", "-o", "folder"}), 4, "folder: is a folder");
  for (char const* copies : {"1", "5000"}) {  // less and more than a buffer
    expect_error(run({"shuffle", "in.fa", "-o", "/dev/full", "--copies", copies}), 4,
                 "/dev/full: cannot write: No space left on device");
  }
  expect_error(run(to_stdout, {.standard_output = Standard::full_disk}), 4, "No space left on device");
  expect_error(run(to_stdout, {.standard_output = Standard::closed}), 4, "standard output: cannot write");
  EXPECT_EQ(folder_.list(), Files{"in.fa"});
}

TEST_F(Cli, ShuffleEndsQuietlyWhenItsReaderHasGone) {
  folder_.write("in.fa", sequences);

  ProcessResult const result = run({"shuffle", "in.fa", "-o", "-", "--copies", "5000", "--quiet"},
                                   {.standard_output = Standard::broken_pipe});

  EXPECT_EQ(result.signal, SIGPIPE);
  EXPECT_EQ(result.err, "");
}

TEST_F(Cli, ShuffleClosedStandardOutputDoesNotReachTheFile) {
  folder_.write("in.fa", sequences);

  ProcessResult const result =
      run({"shuffle", "in.fa", "-o", "out.fa"}, {.standard_output = Standard::closed});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(folder_.read("out.fa").starts_with(">one_shuffled\n"));
}

TEST_F(Cli, ShuffleASignalEndsItAndLeavesNothing) {
  folder_.write("in.fa", sequences);
  for (int const signal : {SIGINT, SIGTERM}) {
    ProcessOptions options;
    options.signal = signal;
    options.signal_when = [&] { return folder_.list().size() == 2; };

    ProcessResult const result = run({"shuffle", "in.fa", "-o", "out.fa", "--copies", "1000000"}, options);

    EXPECT_EQ(result.signal, signal) << result.err;
    expect_error(result, 128 + signal, "stopped by signal");
    EXPECT_EQ(folder_.list(), Files{"in.fa"});
  }
}

TEST_F(Cli, ShuffleCanBeStoppedWhileItWaitsForInput) {
  ProcessOptions options;
  options.input = sequences;
  options.keep_input_open = true;
  options.signal = SIGINT;
  options.signal_when = [&] { return !folder_.list().empty(); };
  options.timeout = std::chrono::seconds(20);

  ProcessResult const result = run({"shuffle", "-", "-o", "out.fa"}, options);

  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.signal, SIGINT) << result.err;
  EXPECT_EQ(folder_.list(), Files{});
}

}  // namespace
}  // namespace cislens::test
