#include "cli_test.hpp"
#include "writers/markup.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace cislens::test {
namespace {

namespace fs = std::filesystem;

char const* const known = CISLENS_DATA "/known_motifs.meme";

using Row = std::vector<std::string>;

std::vector<Row> table(std::string const& text) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) rows.back().push_back(field);
  }
  return rows;
}

/// name, start, end, strand
using Place = std::tuple<std::string, long, long, char>;

std::set<Place> places(std::string const& bed) {
  std::set<Place> result;
  for (Row const& row : table(bed)) result.emplace(row[0], std::stol(row[1]), std::stol(row[2]), row[5][0]);
  return result;
}

std::string reverse_complement(std::string bases) {
  std::reverse(bases.begin(), bases.end());
  for (char& base : bases) base = "TGCA"[std::string("ACGT").find(base)];
  return bases;
}

/// Name and bases of each record, of a file with one line a record.
std::vector<std::pair<std::string, std::string>> records(std::string const& fasta) {
  std::vector<std::pair<std::string, std::string>> result;
  std::istringstream lines(fasta);
  for (std::string name, bases; std::getline(lines, name) && std::getline(lines, bases);)
    result.emplace_back(name.substr(1), bases);
  return result;
}

/// Discovery with a network so small that it takes a second or two.
class Discover : public Cli {
 protected:
  void SetUp() override { simulate("demo", {"--motif-names", "CTCF", "--max-sites", "1"}); }

  void simulate(std::string const& prefix, std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"simulate", "-o", prefix,    "--positives",    "150",
                                       "--length", "60", "--quiet", "--no-provenance"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ProcessResult const made = run(arguments);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  ProcessResult discover(std::string const& sequences, std::string const& folder,
                         std::vector<std::string> const& more, ProcessOptions const& options) const {
    std::vector<std::string> arguments{"discover", sequences, "-o",     folder,  "--channels",
                                       "32",       "--heads", "2",      "--ffn", "0",
                                       "--epochs", "3",       "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, options);
  }
  ProcessResult discover(std::string const& sequences, std::string const& folder,
                         std::vector<std::string> const& more) const {
    return discover(sequences, folder, more, {});
  }

  Files files_in(std::string const& folder) const {
    Files names;
    for (auto const& entry : fs::directory_iterator(folder_.path() / folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  void expect_same_files(std::string const& a, std::string const& b) const {
    ASSERT_EQ(files_in(a), files_in(b));
    for (std::string const& name : files_in(a)) {
      EXPECT_EQ(folder_.read(a + "/" + name), folder_.read(b + "/" + name)) << name;
    }
  }
};

std::vector<std::string> output_files() {
  return {"config.json",     "heads.tsv",   "model.safetensors", "motifs.meme", "motifs.tsv",
          "predictions.tsv", "report.html", "seqlets.bed",       "sites.bed",   "training.tsv"};
}

std::string joined(std::vector<std::string> const& words) {
  std::string result;
  for (std::string const& word : words) result += word + " ";
  return result;
}

TEST_F(Discover, FindsThePlantedMotifItsNameAndItsSites) {
  ProcessResult const result = discover("demo.fa", "out", {"--motif-db", known});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  Files expected = output_files();
  expected.push_back("params.json");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(files_in("out"), expected);

  auto const motifs = table(folder_.read("out/motifs.tsv"));
  ASSERT_GE(motifs.size(), 2U);
  EXPECT_EQ(joined(motifs[0]).substr(0, 54), "motif consensus width bits sites sequences holdout_p h");
  EXPECT_EQ(motifs[1][9], "CTCF") << joined(motifs[1]);
  EXPECT_LT(std::stod(motifs[1][7]), 1e-3);

  auto const matches =
      table(run({"compare", "out/motifs.meme", "--motif-db", "demo.motifs.meme", "-o", "-"}).out);
  ASSERT_GE(matches.size(), 2U);
  EXPECT_EQ(matches[1][0], motifs[1][0]);
  EXPECT_GE(std::stod(matches[1][4]), 0.95) << joined(matches[1]);

  std::string const report = folder_.read("out/report.html");
  EXPECT_NO_THROW(read_markup(report));
  EXPECT_NE(report.find("CTCF"), std::string::npos);
  EXPECT_EQ(table(folder_.read("out/heads.tsv")).size(), 3U);
  EXPECT_EQ(table(folder_.read("out/training.tsv")).size(), 4U);
  EXPECT_GT(table(folder_.read("out/predictions.tsv")).size(), 20U);
  EXPECT_GT(table(folder_.read("out/seqlets.bed")).size(), 20U);
}

TEST_F(Discover, SitesLieWithinOneBaseOfThePlantedOnes) {
  ASSERT_EQ(discover("demo.fa", "out", {}).exit_code, 0);
  std::set<Place> const planted = places(folder_.read("demo.truth.bed"));
  auto const matches =
      table(run({"compare", "out/motifs.meme", "--motif-db", "demo.motifs.meme", "-o", "-"}).out);
  ASSERT_GE(matches.size(), 2U);
  long const offset = std::stol(matches[1][7]);  // of the planted motif, in the found one's direction
  long const width = std::get<2>(*planted.begin()) - std::get<1>(*planted.begin());

  int called = 0;
  int right = 0;
  for (Row const& row : table(folder_.read("out/sites.bed"))) {
    if (row[3] != matches[1][0]) continue;
    ++called;
    long const start = row[5] == "+" ? std::stol(row[1]) + offset : std::stol(row[2]) - offset - width;
    char const strand = (row[5] == "+") == (matches[1][8] == "+") ? '+' : '-';
    bool found = false;
    for (long const at : {start - 1, start, start + 1}) {
      found = found || planted.contains({row[0], at, at + width, strand});
    }
    right += found ? 1 : 0;
  }

  EXPECT_GE(called, 130);
  EXPECT_GE(right, called * 19 / 20) << "of " << called;
}

TEST_F(Discover, FindsNothingWhereNothingIs) {
  simulate("none", {"--no-motifs"});

  ProcessResult const result = discover("none.fa", "out", {"--motif-db", known, "--no-provenance"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(files_in("out"), output_files());
  EXPECT_EQ(table(folder_.read("out/motifs.tsv")).size(), 1U);
  EXPECT_EQ(folder_.read("out/sites.bed"), "");
  EXPECT_EQ(folder_.read("out/motifs.meme").find("MOTIF"), std::string::npos);
  EXPECT_EQ(table(folder_.read("out/heads.tsv")).size(), 3U);
  EXPECT_NO_THROW(read_markup(folder_.read("out/report.html")));
}

TEST_F(Discover, TheOtherStrandGivesMirroredSites) {
  std::map<std::string, long> lengths;
  std::string turned;
  for (auto const& [name, bases] : records(folder_.read("demo.fa"))) {
    lengths[name] = static_cast<long>(bases.size());
    turned += ">" + name + "\n" + reverse_complement(bases) + "\n";
  }
  folder_.write("turned.fa", turned);

  for (std::string const name : {"demo", "turned"}) {
    ASSERT_EQ(discover(name + ".fa", name, {"--motifs", "demo.motifs.meme"}).exit_code, 0);
  }

  std::set<Place> mirrored;
  for (auto const& [name, start, end, strand] : places(folder_.read("turned/sites.bed"))) {
    mirrored.emplace(name, lengths[name] - end, lengths[name] - start, strand == '+' ? '-' : '+');
  }
  EXPECT_GT(mirrored.size(), 100U);
  EXPECT_EQ(places(folder_.read("demo/sites.bed")), mirrored);
}

TEST_F(Discover, ThreadsDoNotChangeAByteOfAnyOutput) {
  for (std::string const threads : {"1", "2", "3"}) {
    ProcessResult const result =
        discover("demo.fa", threads, {"--threads", threads, "--no-provenance", "--motif-db", known});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  EXPECT_EQ(files_in("1"), output_files());
  expect_same_files("1", "2");
  expect_same_files("1", "3");
}

TEST_F(Discover, ASignalLeavesTheStateAloneAndResumingGivesTheSameBytes) {
  ASSERT_EQ(discover("demo.fa", "whole", {"--no-provenance"}).exit_code, 0);
  // Three epochs of two steps: during the first ones, and after the last one, while motifs are looked for.
  for (auto const& [signal, least] : {std::pair{SIGTERM, 1}, {SIGINT, 6}}) {
    std::string const folder = "stopped" + std::to_string(signal);
    auto const under_way = [&, least_step = least] {
      std::string const state = folder_.read(folder + "/train_state.safetensors");
      std::string const key = "\"step\":\"";
      std::size_t const at = state.find(key);
      return at != std::string::npos && std::stoi(state.substr(at + key.size(), 9)) >= least_step;
    };

    ProcessResult const stopped =
        discover("demo.fa", folder, {"--no-provenance"}, {.signal = signal, .signal_when = under_way});
    Files const left = files_in(folder);
    ProcessResult const resumed = discover("demo.fa", folder, {"--no-provenance", "--resume"});

    EXPECT_EQ(stopped.exit_code, 128 + signal) << stopped.err;
    EXPECT_EQ(left, Files{"train_state.safetensors"});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_files(folder, "whole");
  }
}

}  // namespace
}  // namespace cislens::test
