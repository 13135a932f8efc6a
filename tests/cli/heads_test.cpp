#include "cli_test.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace cislens::test {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> table(std::string const& text) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Row& row = rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
  }
  return rows;
}

/// A folder "m" with a small trained network of two heads, and "demo.fa", "demo.neg.fa".
class Heads : public Cli {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"simulate", "-o", "demo", "--positives", "80", "--length", "61", "--motif-names",
                   "CTCF,SP1", "--no-provenance", "--quiet"})
                  .exit_code,
              0);
    ProcessResult const made = run({"train", "demo.fa", "-o", "m", "--channels", "16", "--heads", "2",
                                    "--epochs", "2", "--quiet", "--no-provenance"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    ASSERT_EQ(run({"shuffle", "demo.fa", "-o", "neg.fa", "--quiet"}).exit_code, 0);
  }

  ProcessResult heads(std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"heads", "-m", "m", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

std::size_t column(std::vector<Row> const& rows, std::string const& name) {
  auto const found = std::find(rows[0].begin(), rows[0].end(), name);
  EXPECT_NE(found, rows[0].end()) << name;
  return static_cast<std::size_t>(found - rows[0].begin());
}

TEST_F(Heads, DescribesEveryHead) {
  ProcessResult const result =
      heads({"demo.fa", "--background", "neg.fa", "--motifs", "demo.motifs.meme", "-o", "h.tsv"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const rows = table(folder_.read("h.tsv"));
  ASSERT_EQ(rows.size(), 3U);
  Row const first(rows[0].begin(), rows[0].begin() + 9);
  EXPECT_EQ(first,
            (Row{"layer", "head", "entropy", "distance", "sink", "noop", "cka_max", "importance", "motif"}));
  for (std::size_t h = 1; h < 3; ++h) {
    EXPECT_EQ(rows[h][column(rows, "importance_of")], "loss");
    double const importance = std::stod(rows[h][7]);
    EXPECT_LE(std::stod(rows[h][column(rows, "importance_low")]), importance);
    EXPECT_GE(std::stod(rows[h][column(rows, "importance_high")]), importance);
    EXPECT_EQ(rows[h][column(rows, "cka_with")], h == 1 ? "0.1" : "0.0");
  }
  auto const cka = table(folder_.read("h.cka.tsv"));
  EXPECT_EQ(cka[1][2], rows[1][6]);
  EXPECT_EQ(cka[1][2], cka[2][1]);
  EXPECT_EQ(table(folder_.read("h.motifs.tsv")).size(), 5U);
  std::map<std::string, double> sums;
  for (Row const& row : table(folder_.read("h.distance.tsv"))) {
    if (row[0] == "layer") continue;
    sums[row[1] + " share"] += std::stod(row[4]);
    sums[row[1] + " even"] += std::stod(row[5]);
  }
  for (auto const& [name, sum] : sums) EXPECT_NEAR(sum, 1, 1e-4) << name;
}

TEST_F(Heads, NeedsNoLabelsAndNoMotifs) {
  ProcessResult const result = heads({"demo.fa", "-o", "-"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const rows = table(result.out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1][column(rows, "importance_of")], "logit");
  EXPECT_EQ(rows[1][column(rows, "figure_drop")], "nan");
  EXPECT_EQ(rows[1][column(rows, "motif")], ".");
  // The mean absolute change of the logit: no head of a trained network changes nothing.
  EXPECT_GT(std::stod(rows[1][column(rows, "importance")]), 0);
}

TEST_F(Heads, ThreadsDoNotChangeAByteAndSamplesFollowTheSeed) {
  std::vector<std::string> const common{"demo.fa", "-o", "-", "--max-records", "30", "--threads"};
  auto const with = [&](std::string const& threads, std::string const& seed) {
    std::vector<std::string> arguments = common;
    arguments.insert(arguments.end(), {threads, "--seed", seed});
    return heads(arguments).out;
  };

  EXPECT_EQ(with("1", "1"), with("3", "1"));
  EXPECT_NE(with("1", "1"), with("1", "2"));
}

TEST_F(Heads, TheOtherStrandSaysTheSame) {
  std::string turned;
  std::istringstream lines(folder_.read("demo.fa"));
  for (std::string line; std::getline(lines, line);) {
    if (line[0] != '>') {
      std::reverse(line.begin(), line.end());
      for (char& base : line) base = std::string("TGCA")[std::string("ACGT").find(base)];
    }
    turned += line + "\n";
  }
  folder_.write("turned.fa", turned);

  auto const a = table(heads({"demo.fa", "-o", "-"}).out);
  auto const b = table(heads({"turned.fa", "-o", "-"}).out);

  for (std::size_t h = 1; h < 3; ++h) {
    for (char const* name : {"entropy", "distance", "sink", "noop", "importance", "cka_max", "local"})
      EXPECT_NEAR(std::stod(a[h][column(a, name)]), std::stod(b[h][column(b, name)]), 2e-3) << name;
  }
}

TEST_F(Heads, OddSequencesAndOneHead) {
  folder_.write("odd.fa", ">a\nA\n>b\nNNNNNNNN\n>c\nACGTTGCA\n");
  ASSERT_EQ(run({"train", "demo.fa", "-o", "one", "--channels", "16", "--heads", "1", "--epochs", "1",
                 "--quiet", "--no-provenance"})
                .exit_code,
            0);

  ProcessResult const odd = heads({"odd.fa", "-o", "-"});
  ProcessResult const one = run({"heads", "-m", "one", "demo.fa", "-o", "-", "--quiet"});

  EXPECT_EQ(odd.exit_code, 0) << odd.err;
  EXPECT_NE(odd.err.find("N only"), std::string::npos) << odd.err;
  EXPECT_EQ(odd.out.find("inf"), std::string::npos);
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(table(one.out)[1][6], "nan");
}

TEST_F(Heads, ListsPartnersInTheRecordsCoordinates) {
  std::string record;
  std::istringstream lines(folder_.read("demo.fa"));
  for (std::string line; record.size() < 300 && std::getline(lines, line);)
    if (line[0] != '>') record += line;
  record.resize(300);
  folder_.write("long.fa", ">long one\n" + record + "\n");

  ProcessResult const result = heads({"long.fa", "-o", "-", "--max-length", "60", "--partners", "p.tsv",
                                      "--partner-count", "200", "--threads", "2"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const rows = table(folder_.read("p.tsv"));
  ASSERT_EQ(rows.size(), 201U);
  EXPECT_EQ(rows[0], (Row{"record", "layer", "head", "query_start", "query_end", "key_start", "key_end",
                          "weight", "worth"}));
  int last = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    int const query = std::stoi(rows[i][3]), key = std::stoi(rows[i][5]);
    EXPECT_EQ(rows[i][0], rows[1][0]);
    EXPECT_LT(std::abs(query - key), 60) << "one window holds both";
    EXPECT_EQ(std::stoi(rows[i][4]), query + 2);
    EXPECT_LE(std::stod(rows[i][7]), 1);
    if (i > 1) {
      EXPECT_LE(std::abs(std::stod(rows[i][8])), std::abs(std::stod(rows[i - 1][8])));
    }
    last = std::max(last, key);
  }
  EXPECT_GT(last, 60) << "windows after the first count from the record's start";
}

TEST_F(Heads, BadInputIsRefused) {
  auto const refused = [&](std::vector<std::string> const& more, int code, std::string const& words) {
    ProcessResult const result = heads(more);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.tsv"));
  };
  folder_.write("n.fa", ">a\nNNNN\n");
  folder_.write("none.meme", "MEME version 5\n\nALPHABET= ACGT\n");
  folder_.write("t.tsv", "record\tother\npos_0\t1\n");
  refused({"n.fa", "-o", "x.tsv"}, 3, "no sequence holds a known base");
  refused({"demo.fa", "--motifs", "none.meme", "-o", "x.tsv"}, 3, "no motif");
  refused({"demo.fa", "--target", "gone", "-o", "x.tsv"}, 2, "not one of the targets: positive");
  refused({"demo.fa", "--targets", "t.tsv", "-o", "x.tsv"}, 3, "has no column 'positive'");
  refused({"demo.fa", "--targets", "t.tsv", "--background", "neg.fa", "-o", "x.tsv"}, 2, "give one of them");
  folder_.write("y.cka.tsv", "mine");
  refused({"demo.fa", "-o", "y.tsv"}, 4, "y.cka.tsv");
}

}  // namespace
}  // namespace cislens::test
