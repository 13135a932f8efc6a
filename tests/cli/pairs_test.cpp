#include "pairs_case.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

namespace cislens::test {
namespace {

class Pairs : public Cli {
 protected:
  void simulate(std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{
        "simulate", "-o", "s", "--pairs", "4", "--motif-count", "8", "--pair-gap-fixed", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    for (auto const& [option, value] : {std::pair{"--positives", "500"}, {"--length", "300"}}) {
      if (std::ranges::find(more, option) == more.end()) arguments.insert(arguments.end(), {option, value});
    }
    ProcessResult const made = run(arguments);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  ProcessResult pairs(std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"pairs", "s.fa", "-o", "out", "--permutations", "200"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  Files const outputs_{"pairs.bedpe", "pairs.edges.tsv",    "pairs.gaps.tsv", "pairs.graphml",
                       "pairs.html",  "pairs.interact.bed", "pairs.tsv",      "params.json"};
};

std::string both(std::string const& a, std::string const& b) { return std::min(a, b) + " " + std::max(a, b); }

TEST_F(Pairs, FindsThePlantedPairsAndTheirGaps) {
  simulate({});
  ProcessResult const result = pairs({"--motifs", "s.motifs.meme"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (std::string const& name : outputs_) EXPECT_FALSE(folder_.read("out/" + name).empty()) << name;
  std::map<std::string, std::string> gaps;
  for (NamedRow const& row : named_rows(folder_.read("s.pairs.tsv")))
    gaps[both(row.at("motif_a"), row.at("motif_b"))] = row.at("gap");
  std::set<std::string> called;
  for (NamedRow const& row : named_rows(folder_.read("out/pairs.tsv"))) {
    std::string const pair = both(row.at("motif_a"), row.at("motif_b"));
    if (std::stod(row.at("occurrence_q")) > 0.01) continue;
    called.insert(pair);
    if (!gaps.contains(pair)) continue;
    EXPECT_LE(std::abs(std::stoi(row.at("gap")) - std::stoi(gaps.at(pair))), 1) << pair;
    EXPECT_EQ(row.at("direct"), "yes") << pair;
    EXPECT_EQ(row.at("coattention"), "nan");
  }
  for (auto const& [pair, gap] : gaps) EXPECT_TRUE(called.contains(pair)) << pair;
  EXPECT_NE(folder_.read("out/pairs.html").find("<svg"), std::string::npos);
}

TEST_F(Pairs, ControlsSayWhatIsCalledWhereNothingIs) {
  simulate({});
  ProcessResult const result = pairs({"--motifs", "s.motifs.meme", "--controls"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const controls = named_rows(folder_.read("out/pairs.controls.tsv"));
  ASSERT_EQ(controls.size(), 2U);
  for (NamedRow const& row : controls) {
    EXPECT_EQ(row.at("evidence"), "occurrence");
    EXPECT_GT(std::stoi(row.at("tested")), 10);
  }
  // Planted sites come in twos whatever they are called, so that dealing labels out anew leaves pairs.
  EXPECT_EQ(controls[0].at("control"), "exchanged_sites");
  EXPECT_EQ(controls[0].at("called"), "0");
  EXPECT_EQ(controls[1].at("control"), "permuted_labels");
  EXPECT_NE(folder_.read("out/pairs.html").find("Controls"), std::string::npos);
  EXPECT_NE(folder_.read("out/params.json").find("control_permuted_labels_occurrence_called"),
            std::string::npos);
}

/// Few sequences: that each control is run, named and told is the question, not what the networks learn.
TEST_F(Pairs, ControlsOfThePairNetworkAreToldByEvidence) {
  simulate({"--positives", "16", "--length", "160"});
  ProcessResult const result =
      pairs({"--motifs", "s.motifs.meme", "--controls", "--pair-network", "--min-expected", "0.1"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> told;
  for (NamedRow const& row : named_rows(folder_.read("out/pairs.controls.tsv"))) {
    told.push_back(row.at("control") + " " + row.at("evidence"));
    if (row.at("evidence") == "occurrence") {
      EXPECT_GT(std::stoi(row.at("tested")), 0) << told.back();
    } else {
      EXPECT_EQ(row.at("called"), "0") << told.back();
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"exchanged_sites occurrence", "permuted_labels occurrence",
                                            "permuted_labels coattention", "random_weights coattention"}));
  std::string const params = folder_.read("out/params.json");
  EXPECT_NE(params.find("control_random_weights_coattention_called"), std::string::npos);
  EXPECT_NE(params.find("control_permuted_labels_coattention_called"), std::string::npos);
}

TEST_F(Pairs, OneMotifOrNoneGivesCompleteFilesAndClearWords) {
  simulate({});
  std::string const head = "MEME version 5\n\nALPHABET= ACGT\n\nstrands: + -\n\n";
  std::filesystem::create_directory(folder_.path() / "none");
  folder_.write("none/motifs.meme", head);
  ProcessResult const none = pairs({"-m", "none"});
  EXPECT_EQ(none.exit_code, 0) << none.err;
  EXPECT_NE(none.err.find("there are no motifs"), std::string::npos) << none.err;
  EXPECT_EQ(named_rows(folder_.read("out/pairs.tsv")).size(), 0U);
  EXPECT_NE(folder_.read("out/pairs.html").find("No pair was tested"), std::string::npos);

  std::string one = head + "MOTIF G\nletter-probability matrix: alength= 4 w= 12\n";
  for (int i = 0; i < 12; ++i) one += " 0.001 0.001 0.997 0.001\n";
  folder_.write("one.meme", one);
  ProcessResult const alone = pairs({"--motifs", "one.meme", "--force", "--site-p", "1e-6"});
  EXPECT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_NE(alone.err.find("motifs without a site"), std::string::npos) << alone.err;
  EXPECT_NE(alone.err.find("there is one motif"), std::string::npos) << alone.err;
  EXPECT_NE(alone.err.find("no pair is tested"), std::string::npos) << alone.err;
}

TEST_F(Pairs, MotifsOfARunHaveTheNamesOfItsTable) {
  simulate({});
  std::filesystem::create_directory(folder_.path() / "model");
  std::string motifs = folder_.read("s.motifs.meme");
  std::string names = "motif\tmatch\n";
  for (std::size_t at = 0, number = 1; (at = motifs.find("MOTIF ", at)) != std::string::npos; ++number) {
    std::string const id = "M" + std::to_string(number);
    motifs.replace(at, motifs.find('\n', at) - at, "MOTIF " + id);
    names += id + "\t" + (number == 1 ? "." : "name_of_" + id) + "\n";
    at += 6;
  }
  folder_.write("model/motifs.meme", motifs);
  folder_.write("model/motifs.tsv", names);

  ProcessResult const result = pairs({"-m", "model"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const rows = named_rows(folder_.read("out/pairs.tsv"));
  ASSERT_GT(rows.size(), 10U);
  for (NamedRow const& row : rows)
    EXPECT_EQ(row.at("match_a"), row.at("motif_a") == "M1" ? "." : "name_of_" + row.at("motif_a"));
  folder_.write("model/motifs.tsv", "id\tmatch\nM1\tx\n");
  expect_error(pairs({"-m", "model", "--force"}), 3, "column 'motif' is missing");
}

TEST_F(Pairs, SaysWhatIsMissing) {
  folder_.write("s.fa", ">a\nACGTACGTACGT\n");
  expect_error(pairs({}), 2, "give the motifs");
  expect_error(pairs({"-m", "nowhere"}), 3, "motifs.meme");
  expect_error(pairs({"--motifs", "s.fa"}), 3, "s.fa");
  std::filesystem::create_directory(folder_.path() / "out");
  folder_.write("out/pairs.controls.tsv", "of an earlier run");
  expect_error(pairs({"--motifs", "none.meme", "--controls"}), 4, "pairs.controls.tsv: already exists");
}

TEST_F(Pairs, DoesNotDependOnThreads) {
  simulate({});
  ASSERT_EQ(pairs({"--motifs", "s.motifs.meme", "--threads", "1"}).exit_code, 0);
  std::string const once = folder_.read("out/pairs.tsv");
  ASSERT_EQ(pairs({"--motifs", "s.motifs.meme", "--threads", "3", "--force"}).exit_code, 0);
  EXPECT_EQ(folder_.read("out/pairs.tsv"), once);
}

}  // namespace
}  // namespace cislens::test
