#include "cislens/writers/report.hpp"

#include "cislens/base/errors.hpp"

#include "writers/comma_locale.hpp"
#include "writers/markup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <string>

namespace cislens {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr char const* hostile = "<script>alert('x')</script>&\"><img src=x onerror=y>\n\x01";
// As it must reach the reader: text, control characters as blanks.
constexpr char const* harmless = "<script>alert('x')</script>&\"><img src=x onerror=y>  ";

DiscoveredMotif motif(std::string const& id, std::string const& match) {
  DiscoveredMotif result;
  result.matrix = {id, "", {{0.9, 0.1, 0, 0}, {0, 0.05, 0.95, 0}, {0.25, 0.25, 0.25, 0.25}}, 1500};
  result.consensus = "AGN";
  result.information_bits = 3.4;
  result.sites = 1500;
  result.sequences = 1234;
  result.holdout_p = 3.4e-18;
  result.holdout_e = 6.8e-17;
  result.head_share = {0.75, 0.25};
  if (!match.empty()) result.matches = {{"MA0001.1", match, 0.98, 1e-9, 1e-7, 0, '+', 3}};
  return result;
}

/// A run with everything in it.
ReportInput full_run() {
  ReportInput input;
  input.title = "peaks.fa";
  input.question = "What tells these sequences from their shuffles?";
  input.inputs = {{"Sequences", "peaks.fa"}};
  input.positives = 2000;
  input.negatives = 2000;
  input.background = "dinucleotide-preserving shuffles";
  input.train = 3200;
  input.validation = input.holdout = 400;
  input.metrics = {{"AUROC", 0.9312, 0.9141, 0.9467, "400 held-out records"}, {"Pearson", nan, nan, nan, ""}};
  input.targets = {{"Reb1", 400, 31, "AUROC", 0.9312, 0.9141, 0.9467},
                   {"Reb1", 400, 31, "AUPRC", 0.4321, nan, nan},
                   {hostile, 398, 7, "AUROC", nan, nan, nan},
                   {hostile, 398, 7, "AUPRC", nan, nan, nan}};
  input.motifs = {motif("M1", "CTCF"), motif("M2", "")};
  input.database = "JASPAR";
  input.sites = {{0, 10, 13, '+', 0, 8.5, 1e-5, 0.2, 0.01, 0}, {1, 90, 93, '-', 1, 7, 1e-4, 0.1, 0.02, 1}};
  input.sequence_lengths = {100, 100};
  input.examples = {{0, "chr1:100-200", Bases(100, base_a)}, {1, "chr2:5-1005", Bases(1000, base_n)}};
  input.heads.rows = {{0, 0, 0.5, 12, 0.1, 0.2, nan, 0.05, "M1"}, {0, 1, 0.25, 40, 0, 0, 0.5, -0.01, ""}};
  input.heads.distances = {
      {0, 0, 0, 2, 0.75, 0.1}, {0, 0, 2, 4, 0.25, 0.9}, {0, 1, 0, 2, 0.5, 0.1}, {0, 1, 2, 4, 0.5, 0.9}};
  input.heads.cka = {1, 0.62, 0.62, 1};
  input.heads.motifs = {{0, 0, "M1", 40, 2, 0.5, 4, 1e-9, 1e-8}, {0, 1, "M1", 40, 1, 1, 1, 0.5, 0.5}};
  input.heads.counted = "200 sequences";
  input.training = {{1, 100, 0.001, 0.6, 0.61, 0.7, 1.5}, {2, 200, 0.001, 0.5, 0.55, 0.8, 3}};
  input.chosen_epoch = 2;
  input.warnings = {"12 sequences hold other letters."};
  input.method = {"A network was trained."};
  input.version = "0.1.0";
  Provenance run;
  run.version = "0.1.0";
  run.arguments = {"cislens", "discover", "my peaks.fa"};
  run.inputs = {{"sequences", "my peaks.fa", 1234567, "00000000000000ff"}};
  run.started = "2026-01-31T12:00:00Z";
  run.times_s = {{"train", 31.5}};
  run.options = {{"--seed", "1"}};
  input.provenance = run;
  return input;
}

bool says(Markup const& page, std::string const& text) {
  return page.all_text.find(text) != std::string::npos;
}

TEST(Report, ShowsWhatWasFound) {
  std::string const html = format_report(full_run());

  Markup const page = read_markup(html);

  for (char const* text : {"peaks.fa", "2 motifs", "CTCF", "1,234 of 2,000", "61.7\u202f%",
                           "3.4\u00a0×\u00a010", "0.931", "0.914 to 0.947", "not compared", "head 0",
                           "75.0\u202f%", "weights kept", "12 sequences hold other letters.",
                           "cislens discover 'my peaks.fa'", "1,234,567", "AGN", "NCT", "chr1:100-200"}) {
    EXPECT_TRUE(says(page, text)) << text;
  }
  for (char const* text : {"0.62", "4×", "200 sequences", "even"}) EXPECT_TRUE(says(page, text)) << text;
  EXPECT_EQ(count(html, "class=\"distances\""), 2);
  EXPECT_EQ(count(html, "class=\"cka\""), 1);
  EXPECT_EQ(count(html, "class=\"logo\""), 4);  // two motifs, two strands
  EXPECT_EQ(count(html, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" class=\"places"), 2);
  EXPECT_EQ(page.elements.at("script"), 1);
}

/// Letters as high as what they add to the logit; of long sequences an area.
TEST(Report, ExamplesShowWhatEachBaseIsWorth) {
  auto const examples_of = [](ReportInput const& input) {
    std::string const page = format_report(input);
    std::size_t const start = page.find("id=\"examples\"");
    return page.substr(start, page.find("</section>", start) - start);
  };
  ReportInput input = full_run();
  EXPECT_EQ(examples_of(input).find("#cl-"), std::string::npos);

  input.examples[0].worth.assign(100, 0.0F);
  input.examples[0].worth[10] = 2;      // the largest of all
  input.examples[0].worth[11] = -1;     // below the line
  input.examples[0].worth[12] = 1e-3F;  // too low to be drawn
  input.examples[1].worth.assign(1000, 0.5F);
  std::string const shown = examples_of(input);
  EXPECT_EQ(count(shown, "<use href=\"#cl-A\""), 2);
  EXPECT_NE(shown.find(") scale(0.09163 0.42)"), std::string::npos) << shown;   // as high as the track
  EXPECT_NE(shown.find(") scale(0.09163 -0.14)"), std::string::npos) << shown;  // cut at its lower edge
  EXPECT_EQ(count(shown, "class=\"worth\""), 1);
  EXPECT_NO_THROW(read_markup(format_report(input)));

  input.examples[1].worth.resize(7);  // not of this sequence
  input.examples[0].worth[13] = static_cast<float>(nan);
  EXPECT_EQ(count(examples_of(input), "class=\"worth\""), 0);
}

TEST(Report, ListsEveryTargetWithItsFigures) {
  Markup const page = read_markup(format_report(full_run()));

  for (auto const* text : {"Targets", "Reb1", "AUPRC", "0.931", "0.914 to 0.947", "0.432", "398"})
    EXPECT_TRUE(says(page, text)) << text;
}

TEST(Report, OfAllTargetsLeadsToThoseThatWereRead) {
  ReportInput input = full_run();
  input.target_pages = {{"Reb1", "targets/Reb1/report.html"}};

  Markup const page = read_markup(format_report(input));

  auto const& links = page.attributes.at("href");
  EXPECT_EQ(std::count(links.begin(), links.end(), "targets/Reb1/report.html"), 1);
  EXPECT_TRUE(says(page, "2 different motifs"));
  EXPECT_FALSE(says(page, "Sequences with a site"));
}

TEST(Report, LoadsNothing) {
  std::string html = format_report(full_run());

  Markup const page = read_markup(html);

  EXPECT_EQ(page.attributes.count("src"), 0u);
  for (std::string const& target : page.attributes.at("href")) EXPECT_EQ(target.front(), '#') << target;
  EXPECT_EQ(count(html, "http"),
            count(html, "xmlns=\"http://www.w3.org/2000/svg\"") + count(html, "http-equiv"));
  EXPECT_EQ(count(html, "url("), 0);
  EXPECT_EQ(count(html, "@import"), 0);
  for (auto const* loader : {"link", "img", "iframe", "object", "embed"})
    EXPECT_EQ(page.elements.count(loader), 0u);
}

TEST(Report, LinksLeadToWhatIsThere) {
  Markup const page = read_markup(format_report(full_run()));

  auto const& ids = page.attributes.at("id");
  for (std::string const& target : page.attributes.at("href")) {
    EXPECT_NE(std::find(ids.begin(), ids.end(), target.substr(1)), ids.end()) << target;
  }
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(Report, EscapesEveryName) {
  ReportInput input = full_run();
  input.title = input.question = input.background = input.database = input.version = hostile;
  input.inputs = {{hostile, hostile}};
  input.metrics = {{hostile, 0.5, 0.4, 0.6, hostile}};
  input.motifs = {motif(hostile, hostile), motif("M2", "x")};
  input.motifs[0].consensus = hostile;
  input.motifs[1].matches.push_back({hostile, "", 1, 0, 0, 0, '+', 3});
  input.examples[0].name = hostile;
  input.heads.rows[0].motif = input.heads.rows[0].cka_with = input.heads.motifs[0].motif = hostile;
  input.heads.counted = hostile;
  input.warnings = input.method = {hostile};
  input.provenance->arguments = {hostile};
  input.provenance->inputs = {{hostile, hostile, 1, hostile}};
  input.provenance->times_s = {{hostile, 1}};
  input.provenance->options = {{hostile, hostile}};
  input.provenance->device = input.provenance->started = hostile;

  Markup const page = read_markup(format_report(input));

  EXPECT_EQ(page.elements.at("script"), 1);
  EXPECT_EQ(page.elements.count("img"), 0u);
  EXPECT_EQ(page.attributes.count("onerror"), 0u);
  EXPECT_GE(count(page.all_text, harmless), 20);
}

TEST(Report, WithoutMotifsSaysSoAndIsComplete) {
  ReportInput input = full_run();
  input.motifs.clear();
  input.sites.clear();
  input.examples.clear();

  Markup const page = read_markup(format_report(input));

  EXPECT_TRUE(says(page, "No motif was found."));
  EXPECT_TRUE(says(page, "No motifs were found."));
  EXPECT_TRUE(says(page, "Attention heads"));
  EXPECT_TRUE(says(page, "Training"));
  EXPECT_TRUE(says(page, "0 of 2,000"));
}

TEST(Report, OfAnEmptyInputIsWellFormed) { EXPECT_NO_THROW(read_markup(format_report(ReportInput{}))); }

TEST(Report, NamesOnlyWhatIsSignificant) {
  ReportInput input = full_run();
  input.motifs[0].matches[0].q = 0.02;

  Markup const page = read_markup(format_report(input));

  EXPECT_FALSE(says(page, "CTCF"));
  EXPECT_TRUE(says(page, "none significant"));
}

TEST(Report, WithoutProvenanceNothingChangesBetweenRuns) {
  ReportInput input = full_run();
  input.provenance.reset();
  std::string const first = format_report(input);
  input.training[1].seconds = 99;

  std::string const second = format_report(input);

  EXPECT_EQ(first, second);
  EXPECT_EQ(count(first, "2026"), 0);
}

TEST(Report, MeetsMissingNumbersAndUnequalLengths) {
  ReportInput input = full_run();
  input.sequence_lengths = {100, 20'000};
  input.positives = input.negatives = 0;
  input.motifs[0].holdout_p = nan;
  input.motifs[0].holdout_e = 0;
  input.motifs[0].head_share.clear();
  input.heads = {};
  input.heads.rows = {{0, 0, nan, nan, nan, nan, nan, nan, ""}};
  input.training = {{5, 100, 0.001, nan, std::numeric_limits<double>::infinity(), nan, nan}};

  Markup const page = read_markup(format_report(input));

  EXPECT_TRUE(says(page, "100 to 20,000\u202fbp"));
  EXPECT_TRUE(says(page, "100\u202f%"));
  EXPECT_FALSE(says(page, "nan"));
  EXPECT_FALSE(says(page, "AUROC, epoch"));
}

TEST(Report, NumbersDoNotFollowTheLocale) {
  std::string const expected = format_report(full_run());

  CommaLocale const commas;

  EXPECT_EQ(format_report(full_run()), expected);
}

TEST(Report, IsWrittenWhole) {
  auto const path = std::filesystem::path(testing::TempDir()) / "cislens_writers_report.html";
  write_report(full_run(), path, IfExists::replace);
  EXPECT_EQ(std::filesystem::file_size(path), format_report(full_run()).size());
  EXPECT_THROW(write_report(full_run(), path, IfExists::refuse), OutputError);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace cislens
