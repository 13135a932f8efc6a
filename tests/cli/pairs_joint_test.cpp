#include "pairs_case.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace cislens::test {
namespace {

using PairsByBothKinds = Cli;

/// The section that says how many pairs are called.
std::string answer_of(std::string const& page) {
  std::size_t const from = page.find("class=\"answer\"");
  return from == std::string::npos ? "" : page.substr(from, page.find("</p>", from) - from);
}

TEST_F(PairsByBothKinds, ThePlantedAreCalledAndNoOther) {
  ASSERT_EQ(run({"simulate", "-o", "s", "--pairs", "4", "--motif-count", "8", "--pair-gap-fixed",
                 "--positives", "150", "--length", "120"})
                .exit_code,
            0);
  std::set<std::set<std::string>> planted;
  for (NamedRow const& row : named_rows(folder_.read("s.pairs.tsv")))
    planted.insert({row.at("motif_a"), row.at("motif_b")});

  ProcessResult const result = run(
      {"pairs", "s.fa", "--motifs", "s.motifs.meme", "-o", "out", "--pair-network", "--permutations", "200"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::set<std::set<std::string>> called;
  double last_product = 0;
  bool ended = false;
  for (NamedRow const& row : named_rows(folder_.read("out/pairs.tsv"))) {
    double const occurrence_p = std::stod(row.at("occurrence_p"));
    double const coattention_p = std::stod(row.at("coattention_p"));
    double const joint_p = std::stod(row.at("joint_p"));
    if (row.at("coattention_p") == "nan")
      EXPECT_EQ(row.at("joint_p"), "nan");
    else
      EXPECT_EQ(joint_p, std::max(occurrence_p, coattention_p));
    ended = ended || row.at("called") == "no";
    if (row.at("called") != "yes") continue;
    EXPECT_FALSE(ended) << "called rows come first";
    double const product = occurrence_p * coattention_p;
    EXPECT_GE(product, last_product * (1 - 1e-9)) << "the surest first";
    EXPECT_NE(row.at("knockout"), "nan");
    last_product = product;
    called.insert({row.at("motif_a"), row.at("motif_b")});
  }
  EXPECT_EQ(called, planted);

  std::string const original = folder_.read("out/pairs.html");
  EXPECT_NE(answer_of(original).find("confirmed by co-attention"), std::string::npos) << answer_of(original);
  EXPECT_NE(original.find("q of both"), std::string::npos);
  ASSERT_EQ(run({"report", "out", "--force"}).exit_code, 0);  // from the tables
  EXPECT_EQ(answer_of(folder_.read("out/pairs.html")), answer_of(original));
  EXPECT_NE(folder_.read("out/pairs.html").find("q of both"), std::string::npos);
}

TEST_F(PairsByBothKinds, WithoutPartnershipOccurrenceCallsAndThatIsSaid) {
  ASSERT_EQ(run({"simulate", "-o", "s", "--pairs", "4", "--motif-count", "8", "--positives", "16", "--length",
                 "160"})
                .exit_code,
            0);
  ProcessResult const result = run({"pairs", "s.fa", "--motifs", "s.motifs.meme", "-o", "out",
                                    "--pair-network", "--permutations", "200", "--min-expected", "0.1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  int by_network = 0;
  EXPECT_NE(result.err.find("found no sure partnership"), std::string::npos) << result.err;
  for (NamedRow const& row : named_rows(folder_.read("out/pairs.tsv"))) {
    bool const occurs = std::stod(row.at("occurrence_q")) <= 0.05 && std::stod(row.at("occurrence_z")) > 0;
    EXPECT_EQ(row.at("called"), occurs ? "yes" : "no");
    EXPECT_EQ(row.at("joint_p"), "nan");
    by_network += row.at("coattention_p") != "nan";
  }
  EXPECT_GT(by_network, 0);  // so joint p could have been there
}

}  // namespace
}  // namespace cislens::test
