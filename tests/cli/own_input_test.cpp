#include "cli_test.hpp"

#include <filesystem>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// --force: what the command reads is not replaced by what it writes.
class OwnInput : public Cli {
 protected:
  void SetUp() override {
    folder_.write("s.fa", ">a\nACGTTGCATGCAAACCTG\n>b\nGGGTTTACACGATTTACGCAGG\n");
    folder_.write("g.fa", ">chr1\nACGTTGCATGCAAACCTGACGTTGCATGCAAACCTG\n");
    folder_.write("pk.bed", "chr1\t2\t12\n");
    folder_.write("m.meme",
                  "MEME version 5\n\nMOTIF a\nletter-probability matrix: w= 2 nsites= 20\n0.5 0.5 0 0\n"
                  "0.9 0.1 0 0\n");
    fs::create_directory(folder_.path() / "d");
    fs::create_symlink("../s.fa", folder_.path() / "d/link.fa");
    fs::copy_file(folder_.path() / "m.meme", folder_.path() / "d/motifs.meme");
  }

  void expect_kept(Files const& command, std::string const& file) const {
    std::string const before = folder_.read(file);
    Files const files = folder_.list();
    for (bool const force : {true, false}) {
      Files arguments = command;
      if (force) arguments.push_back("--force");
      expect_error(run(arguments), 2, "is also an input of this command");
      EXPECT_EQ(folder_.read(file), before) << file;
    }
    EXPECT_EQ(folder_.list(), files);
  }
};

TEST_F(OwnInput, IsNotReplaced) {
  expect_kept({"shuffle", "s.fa", "-o", "s.fa"}, "s.fa");
  expect_kept({"shuffle", "s.fa", "-o", "./d/../s.fa"}, "s.fa");
  expect_kept({"shuffle", "d/link.fa", "-o", "s.fa"}, "s.fa");
  expect_kept({"shuffle", "s.fa", "-o", (folder_.path() / "s.fa").string()}, "s.fa");
  expect_kept({"shuffle", "pk.bed", "-g", "g.fa", "-o", "g.fa"}, "g.fa");
  expect_kept({"predict", "s.fa", "-m", "none", "-o", "./s.fa"}, "s.fa");
  expect_kept({"predict", "s.fa", "-m", "none", "-o", "x", "--windows", "s.fa"}, "s.fa");
  expect_kept({"compare", "m.meme", "--motif-db", "m.meme", "-o", "m.meme"}, "m.meme");
  expect_kept({"extract", "pk.bed", "-g", "g.fa", "-o", "pk"}, "pk.bed");
  expect_kept({"discover", "s.fa", "--motifs", "d/motifs.meme", "-o", "d"}, "d/motifs.meme");
}

TEST_F(OwnInput, OtherOutputsAreReplaced) {
  folder_.write("x.fa", "of old\n");

  EXPECT_EQ(run({"shuffle", "s.fa", "-o", "x.fa", "--force", "--quiet"}).exit_code, 0);
  EXPECT_TRUE(folder_.read("x.fa").starts_with(">a_shuffled"));
  EXPECT_EQ(run({"compare", "d/motifs.meme", "--motif-db", "m.meme", "-o", "d/c.tsv"}).exit_code, 0);
}

/// What the run before wrote is removed, unless this one reads it.
TEST_F(OwnInput, IsNotRemovedAsLeftOver) {
  auto const simulate = [&](Files const& more) {
    Files arguments{"simulate", "-o", "s", "--positives", "20", "--length", "300", "--force", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments).exit_code;
  };
  ASSERT_EQ(simulate({"--negatives", "5"}), 0);
  std::string params = folder_.read("s.params.json");
  params.replace(params.find("\"s.neg.fa\""), 10, "\"m.meme\"");
  folder_.write("s.params.json", params);

  EXPECT_EQ(simulate({"--motifs", "m.meme"}), 0);
  EXPECT_TRUE(fs::exists(folder_.path() / "m.meme"));
  EXPECT_EQ(simulate({"--motifs", "s.motifs.meme"}), 2);
}

TEST_F(OwnInput, TwoOutputsAreTwoFiles) {
  std::string const same = "name the same file";
  Files const predict{"predict", "s.fa", "-m", "none"};
  Files const heads{"heads", "s.fa", "-m", "none"};
  auto const with = [&](Files command, Files const& more) {
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  };
  expect_error(with(predict, {"-o", "-", "--windows", "-"}), 2, "-o and --windows " + same);
  expect_error(with(predict, {"-o", "-", "--windows", "/dev/stdout"}), 2, same);
  expect_error(with(predict, {"-o", "q.tsv", "--windows", "d/../q.tsv"}), 2, same);
  expect_error(with(heads, {"-o", "q.tsv", "--partners", "q.tsv"}), 2, same);
  expect_error(with(heads, {"-o", "q.tsv", "--partners", "q.cka.tsv"}), 2, "q.cka.tsv");
  EXPECT_FALSE(fs::exists(folder_.path() / "q.tsv"));
}

}  // namespace
}  // namespace cislens::test
