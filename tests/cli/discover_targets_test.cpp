#include "discover_case.hpp"

namespace cislens::test {
namespace {

TEST_F(Discover, ReadsTheAskedTargetOrTheSequencesThatAreNotBackground) {
  simulate("none", {"--no-motifs", "--seed", "9"});
  std::string all = folder_.read("demo.fa");
  std::string targets = "record\tother\tctcf\n";
  for (auto const& [name, bases] : records(all))
    targets += name + "\t" + (name.back() % 2 ? "1" : "0") + "\t1\n";
  for (auto const& [name, bases] : records(folder_.read("none.fa"))) {
    all += ">no_" + name + "\n" + bases + "\n";
    targets += "no_" + name + "\t" + (name.back() % 2 ? "NA" : "1") + "\t0\n";
  }
  folder_.write("all.fa", all);
  folder_.write("targets.tsv", targets);

  ProcessResult const asked =
      discover("all.fa", "asked", {"--targets", "targets.tsv", "--target", "ctcf", "--motif-db", known});
  ProcessResult const against =
      discover("demo.fa", "against", {"--background", "none.fa", "--motif-db", known});

  for (std::string const folder : {"asked", "against"}) {
    ASSERT_EQ((folder == "asked" ? asked : against).exit_code, 0) << asked.err << against.err;
    auto const motifs = table(folder_.read(folder + "/motifs.tsv"));
    ASSERT_GE(motifs.size(), 2U) << folder;
    EXPECT_EQ(motifs[1][9], "CTCF") << folder << ": " << joined(motifs[1]);
    EXPECT_EQ(folder_.read(folder + "/sites.bed").find("no_pos"), std::string::npos);
  }
}

/// Sequences with CTCF, with REST and with neither, and a table of both targets.
class DiscoverTargets : public Discover {
 protected:
  void SetUp() override {
    simulate("ctcf", {"--motif-names", "CTCF", "--max-sites", "1"});
    simulate("rest", {"--motif-names", "REST", "--max-sites", "1", "--seed", "5"});
    simulate("none", {"--no-motifs", "--seed", "9"});
    std::string all;
    std::string targets = "record\tctcf\tre st\tabsent\n";
    for (std::string const kind : {"ctcf", "rest", "none"}) {
      for (auto const& [name, bases] : records(folder_.read(kind + ".fa"))) {
        all += ">" + kind + "_" + name + "\n" + bases + "\n";
        targets +=
            kind + "_" + name + (kind == "ctcf" ? "\t1" : "\t0") + (kind == "rest" ? "\t1" : "\t0") + "\t0\n";
      }
    }
    folder_.write("all.fa", all);
    folder_.write("targets.tsv", targets);
  }
};

TEST_F(DiscoverTargets, AllAreReadInTurn) {
  ProcessResult const result =
      discover("all.fa", "out", {"--targets", "targets.tsv", "--motif-db", known, "--no-pairs"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("target 'absent' has no positives"), std::string::npos) << result.err;
  auto const rows = table(folder_.read("out/targets.tsv"));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1][0], "ctcf");
  EXPECT_EQ(rows[2][0], "re st");
  EXPECT_EQ(rows[1][1], "targets/ctcf");
  EXPECT_EQ(rows[2][1], "targets/re_st");
  for (auto const& [folder, name] :
       {std::pair<std::string, std::string>{"ctcf", "CTCF"}, {"re_st", "REST"}}) {
    auto const motifs = table(folder_.read("out/targets/" + folder + "/motifs.tsv"));
    ASSERT_GE(motifs.size(), 2U) << folder;
    EXPECT_EQ(motifs[1][9], name) << joined(motifs[1]);
    std::string const sites = folder_.read("out/targets/" + folder + "/sites.bed");
    EXPECT_EQ(sites.find(folder == "ctcf" ? "rest_pos" : "ctcf_pos"), std::string::npos);
    EXPECT_NE(folder_.read("out/motifs.meme").find("MOTIF " + folder + ".M1"), std::string::npos);
    EXPECT_NE(folder_.read("out/report.html").find("href=\"targets/" + folder + "/report.html\""),
              std::string::npos);
  }
  ProcessResult const scanned =
      run({"scan", "ctcf.fa", "-m", "out", "--target", "re st", "-o", "scan", "--quiet"});
  EXPECT_EQ(scanned.exit_code, 0) << scanned.err;
  auto const named = table(folder_.read("out/targets/re_st/motifs.tsv"));
  for (Row const& row : table(folder_.read("scan/sites.bed")))
    EXPECT_EQ(std::count_if(named.begin(), named.end(), [&](Row const& motif) { return motif[0] == row[3]; }),
              1);
  EXPECT_EQ(run({"pairs", "all.fa", "-m", "out", "--target", "re st", "-o", "pairs", "--quiet"}).exit_code,
            0);
  expect_error(run({"pairs", "all.fa", "-m", "out", "--target", "x", "-o", "none"}), 3,
               "has no motifs of target 'x'");
}

TEST_F(DiscoverTargets, OneIsReadAgainstAnother) {
  ProcessResult const result = discover("all.fa", "out",
                                        {"--targets", "targets.tsv", "--motif-db", known, "--no-pairs",
                                         "--target", "ctcf", "--against", "re st"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const motifs = table(folder_.read("out/motifs.tsv"));
  ASSERT_GE(motifs.size(), 2U);
  EXPECT_EQ(motifs[1][9], "CTCF") << joined(motifs[1]);
  auto const rows = table(folder_.read("out/differential.tsv"));
  ASSERT_EQ(rows.size(), motifs.size());
  EXPECT_EQ(rows[1][0], motifs[1][0]);
  EXPECT_EQ(rows[1][1], "150");
  EXPECT_EQ(rows[1][3], "150");
  EXPECT_GT(std::stod(rows[1][5]), 2) << joined(rows[1]);                      // log2 ratio
  EXPECT_GT(std::stod(rows[1][7]), std::stod(rows[1][8])) << joined(rows[1]);  // worth to either
}

TEST_F(DiscoverTargets, OddQuestionsAreRefused) {
  Files const base{"--targets", "targets.tsv"};
  auto const asked = [&](Files more) {
    more.insert(more.begin(), base.begin(), base.end());
    return discover("all.fa", "out", more);
  };
  expect_error(asked({"--against", "ctcf"}), 2, "--against ctcf needs another target");
  expect_error(asked({"--target", "ctcf", "--against", "ctcf"}), 2, "are both ctcf");
  expect_error(asked({"--target", "ctcf", "--against", "x"}), 2,
               "--against x is not one of the targets: ctcf, re st, absent");
  expect_error(asked({"--target", "ctcf", "--against", "absent"}), 3,
               "no sequence is positive for absent and negative for ctcf");
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
  fs::create_directory(folder_.path() / "out");
  folder_.write("out/targets", "a file where a folder is to be");
  expect_error(asked({}), 4, "out/targets/ctcf: cannot make this folder");
  EXPECT_EQ(files_in("out"), Files{"targets"});  // training has not begun
}

}  // namespace
}  // namespace cislens::test
