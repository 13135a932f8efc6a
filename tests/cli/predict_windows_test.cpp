#include "cli_test.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <sstream>

namespace cislens::test {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> rows_of(std::string const& text) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Row& row = rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
  }
  return rows;
}

/// Something like a sequence, the same every time.
std::string letters(std::size_t length) {
  std::string text;
  for (unsigned state = 7; text.size() < length;) {
    state = state * 1664525U + 1013904223U;
    text += "ACGT"[state >> 30];
  }
  return text;
}

std::string other_strand(std::string text) {
  std::reverse(text.begin(), text.end());
  for (char& letter : text) letter = "TGCAN"[std::string("ACGTN").find(letter)];
  return text;
}

/// A folder "m" with a network trained on sequences of 60 bp.
class PredictWindows : public Cli {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"simulate", "-o", "demo", "--positives", "60", "--length", "60", "--motif-names",
                   "CTCF,SP1", "--no-provenance", "--quiet"})
                  .exit_code,
              0);
    ProcessResult const made = run({"train", "demo.fa", "-o", "m", "--channels", "16", "--heads", "2",
                                    "--epochs", "1", "--quiet", "--no-provenance"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  struct Tables {
    std::map<std::string, Row> records;
    std::vector<Row> windows;
    std::string err;
  };

  Tables predict(std::string const& fasta, std::vector<std::string> const& more = {}) const {
    folder_.write("in.fa", fasta);
    Files command{"predict", "-m", "m", "in.fa", "-o", "out.tsv", "--windows", "windows.tsv", "--force"};
    command.insert(command.end(), more.begin(), more.end());
    ProcessResult const result = run(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    Tables tables;
    for (Row const& row : rows_of(folder_.read("out.tsv"))) tables.records[row.at(0)] = row;
    tables.windows = rows_of(folder_.read("windows.tsv"));
    tables.windows.erase(tables.windows.begin());
    tables.err = result.err;
    return tables;
  }
};

TEST_F(PredictWindows, AWindowScoresAsARecordOfItsBases) {
  std::string const bases = letters(301);
  Tables const whole = predict(">long\n" + bases + "\n");
  std::string parts;
  for (Row const& row : whole.windows) {
    std::size_t const start = std::stoul(row.at(1));
    parts += ">" + row[1] + "\n" + bases.substr(start, std::stoul(row.at(2)) - start) + "\n";
  }

  Tables const alone = predict(parts);

  ASSERT_GT(whole.windows.size(), 9U);
  double best = 0;
  double sum = 0;
  Row const* best_row = nullptr;
  for (Row const& row : whole.windows) {
    EXPECT_EQ(alone.records.at(row.at(1)).at(3), row.at(4)) << row.at(1);
    double const score = std::stod(row.at(4));
    sum += score;
    if (score > best) best_row = &row;
    best = std::max(best, score);
  }
  Row const& record = whole.records.at("long");
  EXPECT_EQ(record.at(3), best_row->at(4));
  EXPECT_EQ(record.at(4), std::to_string(whole.windows.size()));
  EXPECT_EQ(record.at(5), best_row->at(1));
  EXPECT_EQ(record.at(6), best_row->at(2));
  EXPECT_NEAR(std::stod(record.at(7)), sum / static_cast<double>(whole.windows.size()), 1e-6);
  EXPECT_NE(whole.err.find("1 of 1 records is longer than 60 bp: read in windows"), std::string::npos)
      << whole.err;
}

TEST_F(PredictWindows, TheOtherStrandGivesTheMirrorImage) {
  for (std::size_t const length : {61U, 62U, 150U, 333U, 1000U}) {
    std::string bases = letters(length);
    bases.replace(length / 3, 9, 9, 'N');
    Tables const forward = predict(">r\n" + bases + "\n");
    Tables const reverse = predict(">r\n" + other_strand(bases) + "\n");

    Row const& a = forward.records.at("r");
    Row const& b = reverse.records.at("r");
    EXPECT_EQ(a.at(3), b.at(3));
    EXPECT_EQ(a.at(4), b.at(4));
    EXPECT_EQ(std::stoul(a.at(5)), length - std::stoul(b.at(6)));
    EXPECT_EQ(a.at(7), b.at(7));
    ASSERT_EQ(forward.windows.size(), reverse.windows.size());
    for (std::size_t i = 0; i < forward.windows.size(); ++i) {
      Row const& mirror = reverse.windows[forward.windows.size() - 1 - i];
      EXPECT_EQ(std::stoul(forward.windows[i].at(1)), length - std::stoul(mirror.at(2)));
      EXPECT_EQ(forward.windows[i].at(4), mirror.at(4));
    }
  }
}

TEST_F(PredictWindows, RecordsAtTheLimitAreReadAtOnce) {
  Tables const tables = predict(">at\n" + letters(60) + "\n>above\n" + letters(61) +
                                "\n>tiny\nACG\n>lower\nacgtta\n"
                                ">upper\nACGTTA\n");

  EXPECT_EQ(tables.records.at("at").at(4), "1");
  EXPECT_EQ(tables.records.at("at").at(7), tables.records.at("at").at(3));
  EXPECT_EQ(tables.records.at("above").at(4), "2");
  EXPECT_EQ(tables.records.at("tiny").at(6), "3");
  EXPECT_EQ(tables.records.at("lower").at(3), tables.records.at("upper").at(3));
  EXPECT_EQ(predict(">above\n" + letters(61) + "\n", {"--max-length", "61"}).records.at("above").at(4), "1");
}

TEST_F(PredictWindows, StretchesOfNCountForNothing) {
  std::string const bases = letters(200);
  Tables const tables =
      predict(">r\n" + bases + std::string(500, 'N') + bases + "\n>n\n" + std::string(90, 'N') + "\n");

  std::size_t known = 0;
  for (Row const& row : tables.windows) known += row.at(0) == "r" && row.at(4) != "nan" ? 1 : 0;
  EXPECT_EQ(tables.records.at("r").at(4), std::to_string(known));
  EXPECT_LT(known, tables.windows.size());
  EXPECT_EQ(tables.records.at("n"), (Row{"n", "positive", "nan", "nan", "0", ".", ".", "nan"}));
  EXPECT_NE(tables.err.find("records of N only, which have the score nan: 1"), std::string::npos);
}

TEST_F(PredictWindows, ThreadsDoNotChangeAByte) {
  std::string const fasta = ">a\n" + letters(5000) + "\n>b\n" + letters(59) + "\n>c\n" + letters(777) + "\n";
  predict(fasta, {"--threads", "1"});
  std::string const one = folder_.read("out.tsv") + folder_.read("windows.tsv");

  predict(fasta, {"--threads", "3"});

  EXPECT_EQ(folder_.read("out.tsv") + folder_.read("windows.tsv"), one);
}

TEST_F(PredictWindows, AWindowOfLessThanTwoTokensIsRefused) {
  expect_error(run({"predict", "-m", "m", "demo.fa", "-o", "-", "--max-length", "3", "--quiet"}), 2,
               "--max-length 3 is shorter than two tokens of this model, 4 bp");
}

TEST_F(PredictWindows, ASignalLeavesNoFile) {
  folder_.write("long.fa", ">long\n" + letters(3'000'000) + "\n");
  auto const before = folder_.list();
  ProcessOptions options;
  options.signal = SIGINT;
  options.signal_when = [&] { return folder_.list().size() > before.size(); };

  ProcessResult const result =
      run({"predict", "-m", "m", "long.fa", "-o", "out.tsv", "--windows", "w.tsv"}, options);

  EXPECT_EQ(result.signal, SIGINT) << result.err;
  EXPECT_EQ(folder_.list(), before);
}

}  // namespace
}  // namespace cislens::test
