#include "cislens/base/random.hpp"

#include "pairs_case.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace cislens::test {
namespace {

constexpr std::array<char const*, 4> words{"ACGTTGCATGAC", "GGATTCCAGTTA", "TCAGGCTTACGT", "CTATAAGCGCAG"};

/// s.fa and o.fa: 400 and 600 sequences of 200 bases with motifs M0 to M3 anywhere. Three of four of s.fa
/// were taken for holding M0 and M1 both; the others, and all of o.fa, do not. M2 and M3 are each more
/// frequent in s.fa, and that is all.
class PairsInteraction : public Cli {
 protected:
  void SetUp() override {
    write("s.fa", 400, {0.5, 0.5, 0.7, 0.7}, 0.75);
    write("o.fa", 600, {0.5, 0.5, 0.4, 0.4}, 0);
    std::string meme = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n";
    for (std::size_t m = 0; m < words.size(); ++m) {
      meme +=
          "MOTIF M" + std::to_string(m) + "\nletter-probability matrix: alength= 4 w= 12 nsites= 100 E= 0\n";
      for (char const base : std::string(words[m])) {
        for (char const other : std::string("ACGT")) meme += other == base ? " 0.91" : " 0.03";
        meme += "\n";
      }
    }
    folder_.write("motifs.meme", meme);
  }
  ProcessResult pairs(std::vector<std::string> more) const {
    more.insert(more.begin(), {"pairs", "--motifs", "motifs.meme", "-o", "out", "--permutations", "100"});
    return run(more);
  }
  static std::string pair_of(NamedRow const& row) {
    return std::min(row.at("motif_a"), row.at("motif_b")) + " " +
           std::max(row.at("motif_a"), row.at("motif_b"));
  }
  Files together(std::string const& file) const {
    Files pairs;
    for (NamedRow const& row : named_rows(folder_.read(file))) {
      std::string const& q = row.at("interaction_q");
      if (q != "nan" && std::stod(q) <= 0.05) pairs.push_back(pair_of(row));
    }
    return pairs;
  }

 private:
  void write(std::string const& name, int count, std::array<double, 4> const& shares,
             double share_of_both) const {
    Random random(11, static_cast<std::uint64_t>(count));
    std::string text;
    for (int i = 0; i < count; ++i) {
      std::string bases;
      for (int l = 0; l < 200; ++l) bases += "ACGT"[random.below(4)];
      std::array<bool, 4> holds{};
      bool const both = random.uniform() < share_of_both;
      do {
        for (std::size_t m = 0; m < 4; ++m) holds[m] = random.uniform() < shares[m];
      } while ((holds[0] && holds[1]) != both);
      std::array<std::size_t, 4> place{0, 1, 2, 3};  // a quarter of the sequence each, in any order
      random.shuffle(std::span<std::size_t>(place));
      for (std::size_t m = 0; m < 4; ++m) {
        std::string word = words[m];
        for (char& base : word) base = random.uniform() < 0.1 ? "ACGT"[random.below(4)] : base;
        if (holds[m]) bases.replace(50 * place[m] + random.below(38), 12, word);
      }
      text += ">" + name.substr(0, 1) + std::to_string(i) + "\n" + bases + "\n";
    }
    folder_.write(name, text);
  }
};

TEST_F(PairsInteraction, MotifsThatActTogetherAreTold) {
  ProcessResult const result = pairs({"s.fa", "--background", "o.fa"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(together("out/pairs.tsv"), Files{"M0 M1"});
  std::string const said = "motifs of 1 of the tested act together, wherever they stand";
  EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
  int tested = 0;
  for (NamedRow const& row : named_rows(folder_.read("out/pairs.tsv"))) {
    tested += row.at("interaction_q") != "nan";
    if (row.at("motif_a") == row.at("motif_b")) {
      EXPECT_EQ(row.at("interaction_foreground"), ".");
      continue;
    }
    EXPECT_GT(std::stod(row.at("occurrence_q")), 0.05) << pair_of(row);  // by distance they are no pair
    int sum = 0;
    std::istringstream counts(row.at("interaction_foreground"));
    for (std::string count; std::getline(counts, count, ',');) sum += std::stoi(count);
    EXPECT_EQ(sum, 400) << pair_of(row);
  }
  EXPECT_EQ(tested, 6);
  EXPECT_NE(folder_.read("out/params.json").find("\"pairs_that_act_together\": 1"), std::string::npos);
  std::string const sentence = "For <strong>1</strong> of 6 pairs asked the two motifs act together";
  EXPECT_NE(folder_.read("out/pairs.html").find(sentence), std::string::npos);
  EXPECT_NE(folder_.read("out/pairs.graphml").find("interaction_q"), std::string::npos);

  ASSERT_EQ(run({"report", "out", "--force"}).exit_code, 0);

  EXPECT_NE(folder_.read("out/pairs.html").find(sentence), std::string::npos);  // read back from the table
  std::string table = folder_.read("out/pairs.tsv");
  auto const rows = named_rows(table);
  auto const told =
      std::ranges::find_if(rows, [](auto const& row) { return row.at("interaction_q") != "nan"; });
  std::string const old = told->at("interaction_foreground");
  table.replace(table.find("\t" + old + "\t"), old.size() + 2, "\t1,2,x,4\t");
  folder_.write("out/pairs.tsv", table);
  expect_error(run({"report", "out", "--force"}), 3, "four counts: both,a,b,neither");
}

TEST_F(PairsInteraction, TurnedRoundOrWithoutABackgroundNothingIsTold) {
  ASSERT_EQ(pairs({"o.fa", "--background", "s.fa"}).exit_code, 0);
  EXPECT_EQ(together("out/pairs.tsv"), Files{});
  ASSERT_EQ(pairs({"s.fa", "--force"}).exit_code, 0);
  EXPECT_EQ(together("out/pairs.tsv"), Files{});
  EXPECT_EQ(folder_.read("out/pairs.html").find(">Together<"), std::string::npos);
}

TEST_F(PairsInteraction, TargetsAreAskedEach) {
  std::string targets = "record\tboth\tothers\n";
  for (int i = 0; i < 400; ++i) targets += "s" + std::to_string(i) + "\t1\t0\n";
  for (int i = 0; i < 600; ++i) targets += "o" + std::to_string(i) + "\t0\t1\n";
  folder_.write("targets.tsv", targets);
  folder_.write("all.fa", folder_.read("s.fa") + folder_.read("o.fa"));

  ProcessResult const result = pairs({"all.fa", "--targets", "targets.tsv"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(together("out/targets/both/pairs.tsv"), Files{"M0 M1"});
  EXPECT_EQ(together("out/targets/others/pairs.tsv"), Files{});
  EXPECT_EQ(together("out/pairs.targets.tsv"), Files{"M0 M1"});
  EXPECT_NE(folder_.read("out/pairs.html").find("\u25c6"), std::string::npos);
}

}  // namespace
}  // namespace cislens::test
