#include "discover_case.hpp"

#include <regex>

namespace cislens::test {
namespace {

/// A page's section, without drawings (their last digits follow the matrix, which files hold rounded); empty:
/// it is not there.
std::string section(std::string const& page, std::string const& id) {
  std::size_t const from = page.find("<section id=\"" + id + "\">");
  if (from == std::string::npos) return "";
  std::string text = page.substr(from, page.find("</section>", from) - from);
  for (std::size_t at = 0; (at = text.find("<svg", at)) != std::string::npos;)
    text.erase(at, text.find("</svg>", at) - at);
  return text;
}

/// A section of pairs as tables hold it.
std::string without_examples(std::string text) {
  std::size_t const from = text.find("<h3>Sequences with called pairs</h3>");
  if (from == std::string::npos) return text;
  std::size_t const to = text.find("<h3>", from + 1);
  return text.erase(from, to == std::string::npos ? to : to - from);
}

/// The section with its drawings.
std::string drawn(std::string const& page, std::string const& id) {
  std::size_t const from = page.find("<section id=\"" + id + "\">");
  return from == std::string::npos ? "" : page.substr(from, page.find("</section>", from) - from);
}

class Report : public Discover {
 protected:
  void SetUp() override {
    simulate("demo", {"--motif-names", "CTCF,REST", "--max-sites", "2"});
    simulate("none", {"--no-motifs", "--seed", "9"});
  }
  ProcessResult report(std::vector<std::string> const& more) const {
    std::vector<std::string> arguments{"report"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  /// What both know is the same.
  void expect_alike(std::string const& original, std::string const& again) const {
    for (std::string const id : {"summary", "positions", "training", "targets"})
      EXPECT_EQ(drawn(original, id), drawn(again, id)) << id;
    EXPECT_EQ(section(original, "motifs"), section(again, "motifs"));
    std::string heads = section(original, "heads");
    std::size_t const counted = heads.find(" Counted on ");
    if (counted != std::string::npos) heads.erase(counted, heads.find('.', counted) + 1 - counted);
    EXPECT_EQ(heads, section(again, "heads"));
    EXPECT_EQ(without_examples(drawn(original, "pairs")), drawn(again, "pairs"));
    EXPECT_EQ(section(again, "examples"), "");
    EXPECT_NE(section(again, "method").find("left out: example sequences"), std::string::npos);
  }
};

TEST_F(Report, IsThatOfDiscoverAsFarAsTheFilesTell) {
  std::string placed;  // on both strands of a genome
  long number = 0;
  for (auto const& [name, bases] : records(folder_.read("demo.fa"))) {
    long const start = 100 * ++number;
    placed += ">chr" + std::to_string(number % 10) + ":" + std::to_string(start) + "-" +
              std::to_string(start + std::ssize(bases)) + (number % 3 == 0 ? "(-)\n" : "(+)\n") + bases +
              "\n";
  }
  folder_.write("placed.fa", placed);
  ProcessResult const made =
      discover("placed.fa", "out", {"--background", "none.fa", "--motif-db", known, "--min-expected", "1"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  std::string const original = folder_.read("out/report.html");
  ASSERT_NE(section(original, "positions"), "");
  ASSERT_NE(section(original, "pairs").find("</table>"), std::string::npos);

  expect_error(report({"out"}), 4, "out/report.html: already exists");
  EXPECT_EQ(folder_.read("out/report.html"), original);
  ASSERT_EQ(report({"out", "-o", "again.html"}).exit_code, 0);
  EXPECT_EQ(folder_.read("out/report.html"), original);
  ASSERT_EQ(report({"out", "--force"}).exit_code, 0);

  std::string const again = folder_.read("out/report.html");
  EXPECT_EQ(again, folder_.read("again.html"));
  expect_alike(original, again);
  EXPECT_EQ(original.substr(0, original.find("</header>")), again.substr(0, again.find("</header>")));
  EXPECT_NE(section(again, "run").find("--min-expected"), std::string::npos);
}

TEST_F(Report, OfSeveralTargetsIsThatOfEachAndOfAll) {
  std::string all;
  std::string targets = "record\tplanted\tre st\n";
  for (std::string const kind : {"demo", "none"}) {
    for (auto const& [name, bases] : records(folder_.read(kind + ".fa"))) {
      all += ">" + kind + "_" + name + "\n" + bases + "\n";
      targets +=
          kind + "_" + name + (kind == "demo" ? "\t1\t" : "\t0\t") + (name.back() % 2 ? "1" : "0") + "\n";
    }
  }
  folder_.write("all.fa", all);
  folder_.write("targets.tsv", targets);
  ProcessResult const made = discover("all.fa", "out", {"--targets", "targets.tsv", "--motif-db", known});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  std::string const by_target = folder_.read("out/pairs.targets.tsv");
  EXPECT_TRUE(by_target.starts_with("target\tfolder\tmotif_a\t")) << by_target;
  for (Row const& row : table(by_target)) EXPECT_TRUE(row[6] == "called" || row[6] == "yes") << joined(row);
  Files const pages{"out/report.html", "out/targets/planted/report.html", "out/targets/re_st/report.html"};
  std::map<std::string, std::string> originals;
  for (std::string const& page : pages) originals[page] = folder_.read(page);

  ProcessResult const result = report({"out", "--force"});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (std::string const& page : pages) {
    SCOPED_TRACE(page);
    EXPECT_NE(folder_.read(page), originals[page]);  // it says that it was made again
    expect_alike(originals[page], folder_.read(page));
  }
}

TEST_F(Report, OfPairsAlone) {
  ASSERT_EQ(run({"simulate", "-o", "s", "--positives", "300", "--length", "300", "--pairs", "4",
                 "--motif-count", "8", "--pair-gap-fixed", "--quiet"})
                .exit_code,
            0);
  ASSERT_EQ(
      run({"pairs", "s.fa", "--motifs", "s.motifs.meme", "-o", "out", "--permutations", "100", "--controls"})
          .exit_code,
      0);
  std::string const original = folder_.read("out/pairs.html");

  ASSERT_EQ(report({"out", "--force"}).exit_code, 0);

  std::string const again = folder_.read("out/pairs.html");
  std::string const pairs = without_examples(drawn(original, "pairs"));
  EXPECT_NE(pairs.find("stand side by side"), std::string::npos);
  EXPECT_NE(pairs.find("class=\"gaps m0\""), std::string::npos);
  EXPECT_NE(pairs.find("<h3>Controls</h3>"), std::string::npos);
  // Motifs without a pair are in no table, so that others may have other colours and places.
  std::regex const colours("m[0-9]\\b");
  std::string const same = pairs.substr(0, pairs.find("class=\"network\""));
  EXPECT_EQ(std::regex_replace(same, colours, ""),
            std::regex_replace(drawn(again, "pairs").substr(0, same.size()), colours, ""));
  std::string const figures = pairs.substr(pairs.find("Gaps and orientations"));
  std::string const own = drawn(again, "pairs");
  EXPECT_EQ(std::regex_replace(figures, colours, ""),
            std::regex_replace(own.substr(own.find("Gaps and orientations")), colours, ""));
  EXPECT_NE(again.find("class=\"network\""), std::string::npos);
}

/// Of a pipe params.json has no checksum.
TEST_F(Report, OfARunThatReadAPipe) {
  ProcessResult const made = run({"pairs", "/dev/stdin", "--motifs", "demo.motifs.meme", "-o", "out",
                                  "--permutations", "100", "--quiet"},
                                 {.input = folder_.read("demo.fa")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  ASSERT_NE(folder_.read("out/params.json").find("\"xxh3\": null"), std::string::npos);

  ProcessResult const again = report({"out", "--force"});

  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST_F(Report, MissingAndDamagedFilesAreNamed) {
  ASSERT_EQ(discover("demo.fa", "out", {"--no-pairs", "--no-provenance"}).exit_code, 0);
  ASSERT_EQ(report({"out", "--force"}).exit_code, 0);  // without params.json too
  EXPECT_NE(folder_.read("out/report.html").find("params.json was not there"), std::string::npos);

  expect_error(report({"nowhere"}), 3, "nowhere: is no folder");
  fs::create_directory(folder_.path() / "empty");
  expect_error(report({"empty"}), 3, "empty: holds neither motifs.tsv nor pairs.tsv");
  auto const damaged = [&](std::string const& name, auto change) {
    std::string const text = folder_.read("out/" + name);
    folder_.write("out/" + name, change(text));
    ProcessResult const result = report({"out", "--force"});
    folder_.write("out/" + name, text);
    return result;
  };
  auto const replaced = [](std::string const& from, std::string const& to) {
    return [from, to](std::string text) { return text.replace(text.find(from), from.size(), to); };
  };
  expect_error(damaged("records.tsv", replaced("\ttrain\t", "\ttrein\t")), 3, "part 'trein' is none of");
  expect_error(damaged("training.tsv", replaced("\n1\t", "\nx\t")), 3,
               "training.tsv:2: 'x' in column 'epoch'");
  expect_error(damaged("heads.tsv", replaced("entropy", "enthalpy")), 3, "column 'entropy' is missing");
  expect_error(damaged("motifs.tsv", replaced("M1\t", "M9\t")), 3, "motif 'M9' is not in out/motifs.meme");
  expect_error(damaged("sites.bed", replaced("\tM1\t", "\tM8\t")), 3, "motif 'M8' is not in motifs.tsv");
  std::string const before = folder_.read("out/report.html");
  fs::remove(folder_.path() / "out/metrics.tsv");
  expect_error(report({"out", "--force"}), 3, "out/metrics.tsv");
  EXPECT_EQ(folder_.read("out/report.html"), before);
}

}  // namespace
}  // namespace cislens::test
