#pragma once

#include "cli_test.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

namespace cislens::test {

namespace fs = std::filesystem;

inline char const* const known = CISLENS_DATA "/known_motifs.meme";

using Row = std::vector<std::string>;

inline std::vector<Row> table(std::string const& text) {
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

inline std::set<Place> places(std::string const& bed) {
  std::set<Place> result;
  for (Row const& row : table(bed)) result.emplace(row[0], std::stol(row[1]), std::stol(row[2]), row[5][0]);
  return result;
}

inline std::string reverse_complement(std::string bases) {
  std::reverse(bases.begin(), bases.end());
  for (char& base : bases) base = "TGCA"[std::string("ACGT").find(base)];
  return bases;
}

/// Name and bases of each record, of a file with one line a record.
inline std::vector<std::pair<std::string, std::string>> records(std::string const& fasta) {
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

inline std::vector<std::string> output_files() {
  return {"config.json",     "heads.cka.tsv",     "heads.distance.tsv", "heads.motifs.tsv",   "heads.tsv",
          "metrics.tsv",     "model.safetensors", "motifs.meme",        "motifs.tsv",         "pairs.bedpe",
          "pairs.edges.tsv", "pairs.gaps.tsv",    "pairs.graphml",      "pairs.interact.bed", "pairs.tsv",
          "predictions.tsv", "records.tsv",       "report.html",        "seqlets.bed",        "sites.bed",
          "training.tsv"};
}

inline std::string joined(std::vector<std::string> const& words) {
  std::string result;
  for (std::string const& word : words) result += word + " ";
  return result;
}

}  // namespace cislens::test
