#include "cli_test.hpp"

#include <map>
#include <set>

namespace cislens::test {
namespace {

class SimulatePairsCommand : public Cli {
 protected:
  ProcessResult simulate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"simulate", "-o", "s", "--length", "300", "--positives", "40", "--negatives", "30"});
    return run(arguments);
  }
};

std::vector<std::vector<std::string>> rows_of(std::string const& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    auto& row = rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
  }
  return rows;
}

TEST_F(SimulatePairsCommand, WritesTheListAndEveryPair) {
  ProcessResult const result = simulate({"--pairs", "6", "--motif-count", "8", "--pair-gap", "3-5"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(folder_.list(), (Files{"s.fa", "s.motifs.meme", "s.neg.fa", "s.pairs.tsv", "s.params.json",
                                   "s.truth.bed", "s.truth.bedpe"}));
  auto const list = rows_of(folder_.read("s.pairs.tsv"));
  ASSERT_EQ(list.size(), 7U);
  std::set<std::string> names;
  for (std::size_t i = 1; i < list.size(); ++i) {
    EXPECT_EQ(list[i][2], "3-5");
    names.insert(list[i][0] + "--" + list[i][1]);
  }
  auto const pairs = rows_of(folder_.read("s.truth.bedpe"));
  EXPECT_GE(pairs.size(), 3U * 40);
  for (auto const& pair : pairs) {
    EXPECT_TRUE(names.contains(pair[6])) << pair[6];
    EXPECT_EQ(pair[0].substr(0, 4), "pos_");  // negatives hold single motifs
    std::int64_t const gap = std::stoll(pair[4]) - std::stoll(pair[2]);
    EXPECT_TRUE(gap >= 3 && gap <= 5) << gap;
  }
}

TEST_F(SimulatePairsCommand, ReadsAListAndRematchesNegatives) {
  folder_.write("list.tsv", "tf1\ttf2\nGABPA\tSP1\nCREB1\tNRF1\nYY1\tCTCF\n");

  ProcessResult const result =
      simulate({"--pairs", "list.tsv", "--pair-negatives", "rematched", "--motif-names",
                "GABPA,SP1,CREB1,NRF1,YY1,CTCF", "--min-pairs", "2"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  int rematched = 0;
  for (auto const& pair : rows_of(folder_.read("s.truth.bedpe"))) {
    bool const listed = pair[6] == "GABPA--SP1" || pair[6] == "CREB1--NRF1" || pair[6] == "YY1--CTCF";
    EXPECT_EQ(pair[7], listed ? "1000" : "0");
    EXPECT_EQ(pair[0].substr(0, 4), listed ? "pos_" : "neg_");
    rematched += listed ? 0 : 1;
  }
  EXPECT_GE(rematched, 60);
}

TEST_F(SimulatePairsCommand, RefusesWhatCannotBe) {
  folder_.write("list.tsv", "GABPA\tSP1\nGABPA\tNOBODY\n");
  folder_.write("twice.tsv", "GABPA\tSP1\nSP1\tGABPA\n");
  expect_error(simulate({"--pairs", "list.tsv"}), 3, "list.tsv:2: there is no motif");
  folder_.write("head.tsv", "# list\nTF_A\tTF_B\nGABPA\tNOBODY\n");
  expect_error(simulate({"--pairs", "head.tsv"}), 3, "head.tsv:3: there is no motif with the id or name 'NO");
  expect_error(simulate({"--pairs", "twice.tsv"}), 3, "twice.tsv:2: this pair is on the list already");
  expect_error(simulate({"--pairs", "9", "--motif-count", "3"}), 2, "1 to 3 pairs");
  expect_error(simulate({"--pairs", "2", "--pair-gap", "9-3"}), 2, "--pair-gap");
  expect_error(simulate({"--pair-gap", "3"}), 2, "--pair-gap needs --pairs");
  expect_error(simulate({"--pairs", "2", "--gc", "0.6"}), 2, "--pairs has a recipe of its own");
  expect_error(simulate({"--pairs", "2", "--motif-names", "GABPA:3,SP1,CTCF"}), 2, "weights");
  EXPECT_EQ(folder_.list(), (Files{"head.tsv", "list.tsv", "twice.tsv"}));
}

}  // namespace
}  // namespace cislens::test
