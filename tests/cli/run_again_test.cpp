#include "cli_test.hpp"

#include <filesystem>
#include <fstream>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

/// --force: what a run before wrote and this one does not would be taken for a result of this one.
class RunAgain : public Cli {
 protected:
  void simulate(std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"simulate", "-o", "out/s", "--positives", "20", "--length", "300"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ProcessResult const result = run(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  bool there(std::string const& name) const { return fs::exists(folder_.path() / name); }
  void SetUp() override { fs::create_directories(folder_.path() / "out"); }
};

TEST_F(RunAgain, FilesOfTheRunBeforeAreRemoved) {
  simulate({"--pairs", "2"});
  ASSERT_TRUE(there("out/s.pairs.tsv"));
  std::string const params = folder_.read("out/s.params.json");
  EXPECT_NE(params.find("\"outputs\": [\n"), std::string::npos);
  EXPECT_NE(params.find("\"s.pairs.tsv\""), std::string::npos);
  folder_.write("out/s.notes.txt", "mine");

  simulate({"--force"});
  EXPECT_FALSE(there("out/s.pairs.tsv"));
  EXPECT_TRUE(there("out/s.fa"));
  EXPECT_TRUE(there("out/s.notes.txt"));
  EXPECT_EQ(folder_.read("out/s.params.json").find("\"s.pairs.tsv\""), std::string::npos);

  simulate({"--force", "--no-provenance"});
  EXPECT_TRUE(there("out/s.fa"));
  EXPECT_FALSE(there("out/s.params.json"));
}

TEST_F(RunAgain, WhatAnotherCommandWroteStays) {
  simulate({"--pairs", "2"});
  std::string params = folder_.read("out/s.params.json");
  for (std::size_t at = 0; (at = params.find("\"simulate\"", at)) != std::string::npos;)
    params.replace(at, 10, "\"extract\"");
  folder_.write("out/s.params.json", params);

  simulate({"--force"});
  EXPECT_TRUE(there("out/s.pairs.tsv"));
}

/// A list that names files elsewhere was not written by cislens.
TEST_F(RunAgain, NothingOutsideTheFolderIsRemoved) {
  folder_.write("precious", "");
  folder_.write("out/s.params.json",
                R"({"arguments": ["cislens", "simulate"], "outputs": ["../precious", ")" +
                    (folder_.path() / "precious").string() + R"(", "sub/../../precious", ""]})");
  simulate({"--force"});
  EXPECT_TRUE(there("precious"));

  folder_.write("out/s.params.json", "{\"arguments\": [1");  // not what cislens writes: no list
  simulate({"--force"});
  EXPECT_TRUE(there("out/s.fa"));
}

}  // namespace
}  // namespace cislens::test
