#include "cli_test.hpp"
#include "writers/markup.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
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
  return {"config.json",     "heads.cka.tsv",     "heads.distance.tsv", "heads.motifs.tsv", "heads.tsv",
          "metrics.tsv",     "model.safetensors", "motifs.meme",        "motifs.tsv",       "pairs.bedpe",
          "pairs.edges.tsv", "pairs.graphml",     "pairs.interact.bed", "pairs.tsv",        "predictions.tsv",
          "report.html",     "seqlets.bed",       "sites.bed",          "training.tsv"};
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

  ProcessResult const result = run({"discover", "none.fa", "-o", "out", "--channels", "32", "--ffn", "0",
                                    "--heads", "2", "--epochs", "3", "--motif-db", known, "--no-provenance"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("nothing was found: "), std::string::npos) << result.err;
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

TEST_F(Discover, TheSameSequencesGiveTheSameFromAnySource) {
  std::string const bases = folder_.read("demo.fa");
  std::string crlf;
  for (char const c : bases) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  folder_.write("crlf.fa", crlf);
  std::string lower;
  for (auto [name, text] : records(bases)) {
    for (char& c : text) c = static_cast<char>(std::tolower(c));
    lower += ">" + name + "\n" + text + "\n";
  }
  folder_.write("lower.fa", lower);
  ASSERT_EQ(std::system(("gzip -kf " + (folder_.path() / "demo.fa").string()).c_str()), 0);
  std::vector<std::string> const few{"--no-provenance", "--motifs", "demo.motifs.meme"};

  ASSERT_EQ(discover("demo.fa", "plain", few).exit_code, 0);
  ProcessResult const piped = discover("-", "piped", few, {.input = bases});
  ASSERT_EQ(piped.exit_code, 0) << piped.err;

  for (std::string const other : {"crlf.fa", "lower.fa", "demo.fa.gz"}) {
    ASSERT_EQ(discover(other, "of_" + other, few).exit_code, 0) << other;
    EXPECT_EQ(folder_.read("plain/sites.bed"), folder_.read("of_" + other + "/sites.bed")) << other;
    EXPECT_EQ(folder_.read("plain/model.safetensors"), folder_.read("of_" + other + "/model.safetensors"));
  }
  EXPECT_EQ(folder_.read("plain/sites.bed"), folder_.read("piped/sites.bed"));
}

TEST_F(Discover, SitesOfRegionsAreInTheCoordinatesOfTheGenome) {
  std::string genome;
  std::string regions;
  std::map<std::string, long> starts;
  long at = 7;
  bool forward = true;
  genome += "ACGTTGA";
  for (auto const& [name, bases] : records(folder_.read("demo.fa"))) {
    genome += (forward ? bases : reverse_complement(bases)) + "TTGCA";
    regions += "chr1\t" + std::to_string(at) + "\t" + std::to_string(at + 60) + "\t" + name + "\t0\t" +
               (forward ? "+" : "-") + "\n";
    starts[name] = forward ? at : -at;
    at += 65;
    forward = !forward;
  }
  folder_.write("genome.fa", ">chr1\n" + genome + "\n");
  folder_.write("regions.bed", regions);
  std::set<Place> expected;
  ASSERT_EQ(discover("demo.fa", "plain", {"--motifs", "demo.motifs.meme"}).exit_code, 0);
  for (auto const& [name, start, end, strand] : places(folder_.read("plain/sites.bed"))) {
    long const from = starts.at(name);
    if (from > 0) expected.emplace("chr1", from + start, from + end, strand);
    if (from < 0) expected.emplace("chr1", -from + 60 - end, -from + 60 - start, strand == '+' ? '-' : '+');
  }

  ProcessResult const result =
      discover("regions.bed", "out", {"-g", "genome.fa", "--motifs", "demo.motifs.meme"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_GT(expected.size(), 100U);
  EXPECT_EQ(places(folder_.read("out/sites.bed")), expected);
}

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
  expect_error(asked({"--target", "ctcf", "--against", "ctcf"}), 2, "needs another target");
  expect_error(asked({"--target", "ctcf", "--against", "x"}), 2,
               "is not one of the targets: ctcf, re st, absent");
  expect_error(asked({"--target", "ctcf", "--against", "absent"}), 3,
               "no sequence is positive for absent and negative for ctcf");
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
}

TEST_F(Discover, OddSequencesGiveCompleteOutputs) {
  auto const demo = records(folder_.read("demo.fa"));
  std::string very_long, short_ones, many_n, twins, masked;
  for (int i = 0; i < 110; ++i) very_long += demo[static_cast<std::size_t>(i) % demo.size()].second;
  std::string unequal = ">long\n" + very_long + "\n>w52\n" + very_long.substr(0, 52) + "\n";
  for (std::size_t i = 0; i < 40; ++i) {
    std::string const& bases = demo[i].second;
    std::string const head = ">s" + std::to_string(i) + "\n";
    unequal += head + bases + "\n";
    short_ones += head + bases.substr(0, 8 + i % 11) + "\n";
    std::string hidden = bases;
    for (std::size_t k = 0; k < hidden.size(); ++k) hidden[k] = k * (i + 3) % 7 < 4 ? 'N' : hidden[k];
    many_n += head + hidden + "\n";
    twins += ">same\n" + bases + "\n";
    for (std::size_t k = 0; k < 30; ++k) hidden[k] = static_cast<char>(std::tolower(bases[k]));
    masked += head + hidden.substr(0, 30) + bases.substr(30) + "\n";
  }
  std::vector<std::string> const none{"--no-provenance"};
  for (auto const& [name, text, more] : {std::tuple{"unequal", unequal, none},
                                         {"short", short_ones, none},
                                         {"many_n", many_n, none},
                                         {"twins", twins, none},
                                         {"masked", masked, Files{"--no-provenance", "--mask-lowercase"}}}) {
    folder_.write(std::string(name) + ".fa", text);

    ProcessResult const result = discover(std::string(name) + ".fa", name, more);

    EXPECT_EQ(result.exit_code, 0) << name << ": " << result.err;
    EXPECT_EQ(files_in(name), output_files());
    EXPECT_NO_THROW(read_markup(folder_.read(std::string(name) + "/report.html"))) << name;
    EXPECT_EQ(folder_.read(std::string(name) + "/heads.tsv").find("inf"), std::string::npos);
  }
  EXPECT_NE(folder_.read("twins/predictions.tsv").find("same."), std::string::npos);
  for (auto const& [name, start, end, strand] : places(folder_.read("masked/sites.bed"))) {
    EXPECT_GE(start, 30) << name;
  }
}

}  // namespace
}  // namespace cislens::test
