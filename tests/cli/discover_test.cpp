#include "cislens/base/random.hpp"

#include "discover_case.hpp"
#include "writers/markup.hpp"

#include <algorithm>
#include <cstdlib>

namespace cislens::test {
namespace {

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

/// Sequences that motifs were fitted on are no hold-out.
TEST_F(Discover, RefusesToTestWithoutAHoldOut) {
  expect_error(discover("demo.fa", "out", {"--validation", "0", "--test", "0"}), 2,
               "motifs are tested on validation and test records");
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
}

TEST_F(Discover, SaysWhenTooFewSequencesAreHeldOutForAnyMotif) {
  ASSERT_EQ(run({"simulate", "-o", "few", "--motif-names", "CTCF", "--positives", "20"}).exit_code, 0);
  ProcessResult const result = discover("few.fa", "out", {"--validation", "0", "--test", "0.1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("no motif can reach E <= 0.05: with 2 positives and 2 controls"),
            std::string::npos)
      << result.err;
}

/// 2 Mb, 16 heads and the total, and as much of shuffled copies: training takes a tenth of that.
TEST_F(Discover, MemoryOfReadoutsIsRefusedBeforeTraining) {
  Random random(1, 1);
  std::string fasta;
  for (int record = 0; record < 1000; ++record) {
    fasta += ">r" + std::to_string(record) + "\n";
    for (int base = 0; base < 2000; ++base) fasta += "ACGT"[random.below(4)];
    fasta += '\n';
  }
  folder_.write("long.fa", fasta);

  ProcessResult const result = run({"discover", "long.fa", "-o", "out", "--heads", "16", "--channels", "32",
                                    "--no-seed-filters", "--memory-limit", "200M"});

  expect_error(result, 137, "looking for motifs takes ");
  EXPECT_EQ(result.err.find("training "), std::string::npos) << result.err;
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

/// Six bases that stand at one place are found there, and their sites are called there; elsewhere they are
/// chance.
TEST_F(Discover, FindsAShortMotifByItsPlace) {
  std::string fasta;
  for (int i = 0; i < 1000; ++i) {
    Random random(31, static_cast<std::uint64_t>(i));
    std::string bases(80, 'N');
    for (char& base : bases) base = "ACGT"[random.below(4)];
    if (i % 7 < 3) bases.replace(50, 6, "TCAGTT")[50 + random.below(6)] = "ACGT"[random.below(4)];
    fasta += ">r" + std::to_string(i) + "\n" + bases + "\n";
  }
  folder_.write("short.fa", fasta);

  ProcessResult const result = run({"discover", "short.fa", "-o", "out", "--channels", "16", "--ffn", "0",
                                    "--heads", "2", "--epochs", "1", "--no-pairs"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const motifs = table(folder_.read("out/motifs.tsv"));
  ASSERT_GE(motifs.size(), 2U) << result.err;
  auto const place_bits = std::ranges::find(motifs[0], "place_bits") - motifs[0].begin();
  auto const placed = std::ranges::find_if(
      motifs, [&](Row const& row) { return row[0] != "motif" && std::stod(row[place_bits]) > 2; });
  ASSERT_NE(placed, motifs.end()) << result.err;
  EXPECT_LT(std::stod((*placed)[6]), 1e-8);
  int called = 0;
  int there = 0;
  for (Row const& row : table(folder_.read("out/sites.bed"))) {
    if (row[3] != (*placed)[0]) continue;
    ++called;
    there += std::abs(std::stol(row[1]) - 50) <= 2 ? 1 : 0;
  }
  EXPECT_GT(called, 200);  // of 429 planted, each with one base drawn anew
  EXPECT_GT(there, called * 9 / 10);
}

/// Six bases of which three in ten differ, 5 to 9 bases behind a clear motif in two of five sequences: too
/// faint anywhere else. It is called at its distance, the report says where that is, and says so again.
TEST_F(Discover, FindsAFaintMotifBesideAnother) {
  std::string fasta;
  std::vector<std::size_t> starts;  // of the clear one
  for (int i = 0; i < 1500; ++i) {
    Random random(32, static_cast<std::uint64_t>(i));
    std::string bases(200, 'N');
    for (char& base : bases) base = "ACGT"[random.below(4)];
    std::size_t const start = starts.emplace_back(60 + random.below(60));
    bases.replace(start, 10, "TGACCTTGAT");
    std::size_t const behind = start + 15 + random.below(5);
    if (i % 5 < 2) {
      for (std::size_t k = 0; k < 6; ++k) {
        if (random.below(5) > 1) bases[behind + k] = "CAGCTT"[k];
      }
    }
    fasta += ">r" + std::to_string(i) + "\n" + bases + "\n";
  }
  folder_.write("beside.fa", fasta);

  ProcessResult const result = run({"discover", "beside.fa", "-o", "out", "--channels", "16", "--ffn", "0",
                                    "--heads", "2", "--epochs", "1", "--no-pairs"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  auto const motifs = table(folder_.read("out/motifs.tsv"));
  auto const column = [&](std::string const& name) {
    return std::ranges::find(motifs[0], name) - motifs[0].begin();
  };
  auto const faint = std::ranges::find_if(
      motifs, [&](Row const& row) { return row[0] != "motif" && row[column("beside")] != "."; });
  ASSERT_NE(faint, motifs.end()) << result.err;
  EXPECT_EQ((*faint)[column("beside")], "M1");
  EXPECT_LT(std::stod((*faint)[6]), 1e-8);
  // Middle to middle: 15 to 19 + 3 - 5; the clear one may be read the other way.
  long const first = std::stol((*faint)[column("beside_first")]);
  EXPECT_GE(std::abs(first), 10) << joined(*faint);
  EXPECT_LE(std::abs(first), 20) << joined(*faint);
  int called = 0;
  int there = 0;
  for (Row const& row : table(folder_.read("out/sites.bed"))) {
    if (row[3] != (*faint)[0]) continue;
    ++called;
    long const distance = std::stol(row[1]) - static_cast<long>(starts[std::stoul(row[0].substr(1))]);
    there += distance >= 13 && distance <= 21 ? 1 : 0;
  }
  EXPECT_GT(called, 150);  // of 600 planted, 252 with at least five of the six bases
  EXPECT_GT(there, called * 9 / 10);
  std::string const report = folder_.read("out/report.html");
  EXPECT_NE(report.find("beside M1<"), std::string::npos);
  ASSERT_EQ(run({"report", "out", "-o", "again.html"}).exit_code, 0);
  EXPECT_NE(folder_.read("again.html").find("beside M1<"), std::string::npos);
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
