#include "pairs_case.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

namespace cislens::test {
namespace {

std::string pair_of(NamedRow const& row) {
  return std::min(row.at("motif_a"), row.at("motif_b")) + " " +
         std::max(row.at("motif_a"), row.at("motif_b"));
}

/// s.fa: 300 sequences with listed pairs. s.neg.fa: 300 with the same motifs, their partners dealt out anew.
class PairsCompared : public Cli {
 protected:
  void SetUp() override {
    ProcessResult const made =
        run({"simulate", "-o", "s", "--positives", "300", "--length", "300", "--pairs", "4", "--motif-count",
             "8", "--pair-gap-fixed", "--negatives", "300", "--pair-negatives", "rematched", "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    for (NamedRow const& row : named_rows(folder_.read("s.pairs.tsv"))) planted_.push_back(pair_of(row));
    write_targets();
  }
  /// all.fa and targets.tsv: "listed" are those of s.fa, "rest" the others, "none" nobody, two are unknown.
  void write_targets() {
    std::string all = folder_.read("s.fa");
    std::string targets = "record\tlisted\tre st\tnone\n";
    std::istringstream lines(all + folder_.read("s.neg.fa"));
    all.clear();
    int number = 0;
    for (std::string name, bases; std::getline(lines, name) && std::getline(lines, bases); ++number) {
      std::string const record = "r" + std::to_string(number);
      all += ">" + record + "\n" + bases + "\n";
      if (number == 5) continue;  // no row
      if (number == 6)
        targets += record + "\tNA\tNA\t0\n";
      else
        targets += record + (number < 300 ? "\t1\t0\t0\n" : "\t0\t1\t0\n");
    }
    folder_.write("all.fa", all);
    folder_.write("targets.tsv", targets);
  }
  ProcessResult pairs(std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"pairs", "-o",       "out",          "--permutations",
                                       "200",   "--motifs", "s.motifs.meme"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  /// The planted pairs are called and more of a pair than in the background, and no pair else is.
  void expect_planted(std::string const& file) const {
    Files more;
    for (NamedRow const& row : named_rows(folder_.read(file))) {
      bool const planted = std::count(planted_.begin(), planted_.end(), pair_of(row)) > 0;
      if (planted) {
        EXPECT_LT(std::stod(row.at("occurrence_q")), 0.01) << pair_of(row);
        EXPECT_GT(std::stod(row.at("differential_log2")), 2) << pair_of(row);
      }
      if (row.at("differential_q") != "nan" && std::stod(row.at("differential_q")) <= 0.01)
        more.push_back(pair_of(row));
    }
    std::sort(more.begin(), more.end());
    Files expected = planted_;
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(more, expected);
  }

  Files planted_;
};

TEST_F(PairsCompared, WithABackground) {
  ProcessResult const result = pairs({"s.fa", "--background", "s.neg.fa"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_planted("out/pairs.tsv");
  auto const rows = named_rows(folder_.read("out/pairs.tsv"));
  for (char const* column :
       {"background_sequences", "background_expected", "differential_first", "differential_last",
        "differential_sequences", "differential_expected", "differential_background",
        "differential_background_expected", "differential_log2", "differential_p", "differential_q"})
    EXPECT_TRUE(rows.front().contains(column)) << column;
  NamedRow const& first = rows.front();
  EXPECT_LE(std::stoi(first.at("differential_sequences")), std::stoi(first.at("sequences")));
  EXPECT_LE(std::stoi(first.at("differential_background")), std::stoi(first.at("background_sequences")));
  std::string const page = folder_.read("out/pairs.html");
  EXPECT_NE(page.find("more of a pair here than in the 300 sequences of the background (s.neg.fa)"),
            std::string::npos);
  std::string const params = folder_.read("out/params.json");
  EXPECT_NE(params.find("pairs_more_than_background"), std::string::npos);
  EXPECT_NE(params.find("\"background\""), std::string::npos);
  EXPECT_NE(folder_.read("out/pairs.graphml").find("differential_q"), std::string::npos);
}

TEST_F(PairsCompared, WithoutABackgroundTheColumnsAreThereAndEmpty) {
  ASSERT_EQ(pairs({"s.fa"}).exit_code, 0);

  for (NamedRow const& row : named_rows(folder_.read("out/pairs.tsv"))) {
    EXPECT_EQ(row.at("background_sequences"), ".");
    EXPECT_EQ(row.at("differential_q"), "nan");
  }
  EXPECT_EQ(folder_.read("out/pairs.html").find("Against background"), std::string::npos);
}

TEST_F(PairsCompared, ATargetWithItsNegativesOrAnotherTarget) {
  ProcessResult const one = pairs({"all.fa", "--targets", "targets.tsv", "--target", "listed"});

  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_NE(one.err.find("1 sequences of all.fa have no row"), std::string::npos) << one.err;
  EXPECT_NE(one.err.find("in 298 sequences of target listed"), std::string::npos) << one.err;
  EXPECT_NE(one.err.find("comparing with 300 sequences of those that are not listed"), std::string::npos);
  expect_planted("out/pairs.tsv");
  std::string const alone = folder_.read("out/pairs.tsv");

  ProcessResult const against =
      pairs({"all.fa", "--targets", "targets.tsv", "--target", "listed", "--against", "re st", "--force"});

  ASSERT_EQ(against.exit_code, 0) << against.err;
  EXPECT_EQ(folder_.read("out/pairs.tsv"), alone);  // who is not listed is re st, and the other way round
}

TEST_F(PairsCompared, AllTargetsInTurn) {
  ProcessResult const result = pairs({"all.fa", "--targets", "targets.tsv"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("target 'none' has no positives"), std::string::npos) << result.err;
  expect_planted("out/targets/listed/pairs.tsv");
  EXPECT_FALSE(folder_.read("out/targets/re_st/pairs.html").empty());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out/targets/none"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out/pairs.tsv"));
  std::map<std::string, int> lines;
  for (NamedRow const& row : named_rows(folder_.read("out/pairs.targets.tsv"))) {
    ++lines[row.at("target") + "@" + row.at("folder")];
    bool const planted = std::count(planted_.begin(), planted_.end(), pair_of(row)) > 0;
    if (!planted) continue;
    bool const listed = row.at("target") == "listed";
    EXPECT_TRUE(!listed || row.at("called") == "yes") << pair_of(row);
    EXPECT_EQ(std::stod(row.at("differential_q")) < 0.05, listed) << pair_of(row);
  }
  EXPECT_EQ(lines.size(), 2U);
  EXPECT_GE(lines["listed@targets/listed"], 4);
  EXPECT_EQ(lines["listed@targets/listed"], lines["re st@targets/re_st"]);
  EXPECT_NE(folder_.read("out/pairs.html").find("href=\"targets/re_st/pairs.html\""), std::string::npos);

  expect_error(pairs({"all.fa", "--targets", "targets.tsv"}), 4, "--force");

  std::filesystem::remove_all(folder_.path() / "out/targets");
  expect_error(run({"report", "out", "--force"}), 3, "out/targets: holds no pairs.tsv of a target");
  folder_.write("out/targets", "a file where a folder is to be");
  expect_error(pairs({"all.fa", "--targets", "targets.tsv", "--force", "--quiet"}), 4,
               "out/targets/listed: cannot make this folder");
}

TEST_F(PairsCompared, OddQuestionsAreRefused) {
  folder_.write("other.tsv", "record\tx\nnobody\t1\n");
  folder_.write("negative.tsv", "record\tx\ty\nr0\t0\t0\nr1\t0\t0\n");
  auto const asked = [&](std::vector<std::string> more) {
    more.insert(more.begin(), "all.fa");
    return pairs(more);
  };
  Files const with_table{"--targets", "targets.tsv"};
  auto const of_table = [&](Files more) {
    more.insert(more.begin(), with_table.begin(), with_table.end());
    return asked(more);
  };
  expect_error(asked({"--against", "listed"}), 2, "--against names a target of --targets TSV");
  expect_error(asked({"--target", "listed"}), 2, "--target names a target of --targets TSV, or of -m DIR");
  expect_error(of_table({"--against", "listed"}), 2, "--against listed needs another target");
  expect_error(of_table({"--target", "listed", "--against", "listed"}), 2, "are both listed");
  expect_error(of_table({"--background", "s.neg.fa"}), 2, "one of --background and --targets");
  expect_error(of_table({"--target", "x"}), 2, "is not one of the targets: listed, re st, none");
  expect_error(of_table({"--target", "none"}), 3, "no sequence is positive for target none");
  expect_error(of_table({"--target", "listed", "--against", "none"}), 3,
               "no sequence is positive for none and negative for listed");
  expect_error(asked({"--targets", "other.tsv"}), 3, "no record name of this table is in all.fa");
  expect_error(asked({"--targets", "negative.tsv"}), 3, "no sequence is positive for any target");
  expect_error(asked({"--targets", "nowhere.tsv"}), 3, "nowhere.tsv");
  expect_error(asked({"--background", "nowhere.fa"}), 3, "nowhere.fa");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out"));
}

}  // namespace
}  // namespace cislens::test
