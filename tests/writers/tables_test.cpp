#include "cislens/writers/tables.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/writers/bed.hpp"
#include "cislens/writers/meme.hpp"
#include "cislens/writers/names.hpp"
#include "cislens/writers/provenance.hpp"

#include "writers/comma_locale.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

namespace cislens {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

DiscoveredMotif motif() {
  DiscoveredMotif result;
  result.matrix = {"M1", "", {{0.25, 0.25, 0.25, 0.25}, {1, 0, 0, 0}}, 1200};
  result.consensus = "NA";
  result.information_bits = 2.5;
  result.sites = 1200;
  result.sequences = 1100;
  result.holdout_p = 1e-20;
  result.holdout_e = 5e-20;
  result.holdout = {100, 31, 100, 1};
  result.head_share = {0.3, 0.05, 0.65};
  return result;
}

constexpr char const* motif_header =
    "motif\tconsensus\twidth\tbits\tsites\tsequences\tholdout_p\tholdout_e\theads\tmatch\tmatch_correlation\t"
    "match_p\tmatch_q\tmatch_id\tmatch_offset\tmatch_strand\tmatch_overlap\tmatches\tplace_bits\tbeside\t"
    "beside_first\tbeside_last\tbeside_strand\tholdout_positives\tholdout_positives_with\tholdout_controls\t"
    "holdout_controls_with\tenrichment";

TEST(Tables, MotifsWithSignificantMatches) {
  DiscoveredMotif one = motif();
  one.matches = {{"MA1.1", "FOS::JUN", 0.98, 1e-9, 1e-6, -2, '-', 7},
                 {"MA2.1", "", 0.9, 1e-5, 0.005, 0, '+', 6},
                 {"MA3.1", "no", 0.5, 0.1, 0.4, 0, '+', 6}};
  one.beside = "M4";
  one.beside_at = {-28, -24, '+'};

  EXPECT_EQ(
      format_motifs_tsv(std::vector{one}, 0.01),
      std::string(motif_header) + "\tshare_head_0\tshare_head_1\tshare_head_2\n" +
          "M1\tNA\t2\t2.5\t1200\t1100\t1e-20\t5e-20\t2,0\tFOS::JUN\t0.98\t1e-09\t1e-06\tMA1.1\t-2\t-\t7\t"
          "MA1.1:FOS__JUN:1e-06;MA2.1:.:0.005\t0\tM4\t-28\t-25\t+\t100\t31\t100\t1\t16\t0.3\t0.05\t0.65\n");
}

TEST(Tables, MotifNamesOnlyWhenSignificant) {
  DiscoveredMotif one = motif();
  one.matches = {{"MA3.1", "no", 0.5, 0.1, 0.4, 0, '+', 6}};
  DiscoveredMotif other = motif();
  other.holdout_p = nan;
  other.head_share = {0, 0, 0};

  std::string const text = format_motifs_tsv(std::vector{one, other}, 0.01);
  auto const lines = split(text, '\n');

  EXPECT_EQ(lines[1],
            "M1\tNA\t2\t2.5\t1200\t1100\t1e-20\t5e-20\t2,0\t.\t0.5\t0.1\t0.4\tMA3.1\t0\t+\t6\t.\t0\t.\t.\t."
            "\t.\t100\t31\t100\t1\t16\t0.3\t0.05\t0.65");
  EXPECT_EQ(lines[2],
            "M1\tNA\t2\t2.5\t1200\t1100\tnan\t5e-20\t.\t.\tnan\tnan\tnan\t.\tnan\t.\tnan\t.\t0\t.\t.\t.\t."
            "\t100\t31\t100\t1\t16\t0\t0\t0");
}

TEST(Tables, NoMotifsIsAHeader) { EXPECT_EQ(format_motifs_tsv({}, 0.01), std::string(motif_header) + "\n"); }

TEST(Tables, MotifsRefuseUnequalHeadShares) {
  DiscoveredMotif other = motif();
  other.head_share.pop_back();
  EXPECT_THROW(format_motifs_tsv(std::vector{motif(), other}, 0.01), ShapeError);
}

TEST(Tables, TrainingLeavesOutSecondsThatChange) {
  std::vector<TrainingEpoch> const epochs = {{1, 100, 0.001, 0.75, 0.5, nan, 3.25}};
  std::string const header =
      "epoch\tstep\tlearning_rate\ttrain_loss\tvalidation_loss\tvalidation_auroc\tseconds\n";
  EXPECT_EQ(format_training_tsv(epochs, true), header + "1\t100\t0.001\t0.75\t0.5\tnan\t3.25\n");
  EXPECT_EQ(format_training_tsv(epochs, false), header + "1\t100\t0.001\t0.75\t0.5\tnan\tnan\n");
}

TEST(Tables, PredictionsKeepOneLineARecord) {
  std::vector<PredictionRow> const rows = {{"chr1:1-2(+)", "class", 1, 0.875}, {"a\tb\nc", "", nan, 0.5}};
  EXPECT_EQ(format_predictions_tsv(rows),
            "record\ttarget\tlabel\tscore\nchr1:1-2(+)\tclass\t1\t0.875\na b c\t.\tnan\t0.5\n");
}

TEST(Tables, MetricsHaveALineAFigure) {
  std::vector<TargetFigure> const rows = {{"Reb1", 100, 12, "AUROC", 0.875, 0.75, 0.9375},
                                          {"signal", 90, -1, "Pearson", nan, nan, nan}};
  EXPECT_EQ(format_metrics_tsv(rows),
            "target\tknown\tpositives\tmetric\tvalue\tlow\thigh\n"
            "Reb1\t100\t12\tAUROC\t0.875\t0.75\t0.9375\nsignal\t90\t.\tPearson\tnan\tnan\tnan\n");
}

TEST(Tables, TargetsAndDifferencesHaveALineEach) {
  std::vector<TargetRow> const targets = {{"Reb1", "targets/Reb1", 12, 90, 2, 31, "TTACCCG", "REB1", 0.25},
                                          {"a b", "targets/a_b", 1, 0, 0, 0, "", "", nan}};
  EXPECT_EQ(format_targets_tsv(targets),
            "target\tfolder\tpositives\tnegatives\tmotifs\tsites\tconsensus\tmatch\tholdout_p\n"
            "Reb1\ttargets/Reb1\t12\t90\t2\t31\tTTACCCG\tREB1\t0.25\n"
            "a b\ttargets/a_b\t1\t0\t0\t0\t.\t.\tnan\n");
  // Shares (7 + 0.5) / (14 + 1) and (0 + 0.5) / (3 + 1): ratio 4.
  std::vector<DifferentialRow> const rows = {{"M1", 14, 7, 3, 0, 0.5, 1.5, -0.25}};
  EXPECT_EQ(
      format_differential_tsv(rows),
      "motif\tsequences\tsequences_with\tothers\tothers_with\tlog2_ratio\tholdout_p\tworth\tworth_against\n"
      "M1\t14\t7\t3\t0\t2\t0.5\t1.5\t-0.25\n");
}

TEST(Tables, LeadingHeadsAreSortedByShare) {
  EXPECT_EQ(leading_heads(std::vector{0.1, 0.4, 0.05, 0.4, 0.05}), (std::vector{1, 3, 0}));
  EXPECT_TRUE(leading_heads({}).empty());
}

TEST(Tables, NumbersDoNotFollowTheLocale) {
  std::vector<TrainingEpoch> const epochs = {{1, 123456, 0.001, 1234.5, 0.5, 0.75, 3.25}};
  std::vector<Site> const sites = {{0, 123456, 123464, '+', 0, 1.5, 1e-5, 0, 0.01, 0}};
  std::vector<MemeMotif> const motifs = {{motif().matrix, 0.5}};
  std::vector<Interval> const origins = {{"chr1", 0, 10'000'000, '+'}};
  auto const all = [&] {
    return format_training_tsv(epochs, true) +
           format_sites_bed(sites, std::vector<std::string>{"M1"}, origins) +
           format_meme(motifs, {0.3, 0.2, 0.2, 0.3}) + format_motifs_tsv(std::vector{motif()}, 0.01) +
           format_params_json({"1", {}, 123456, {}, "cpu", 1, "", {{"train", 1234.5}}, {}, {}});
  };
  std::string const expected = all();

  CommaLocale const commas;

  EXPECT_EQ(all(), expected);
}

TEST(Tables, FilesHoldTheTextAndAreNotReplacedUnasked) {
  auto const path = std::filesystem::path(testing::TempDir()) / "cislens_writers_training.tsv";
  std::filesystem::remove(path);
  std::vector<TrainingEpoch> const rows(2);

  write_training_tsv(rows, true, path, IfExists::refuse);

  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), format_training_tsv(rows, true));
  EXPECT_THROW(write_training_tsv(rows, true, path, IfExists::refuse), OutputError);
  EXPECT_NO_THROW(write_training_tsv(rows, true, path, IfExists::replace));
  EXPECT_THROW(write_training_tsv(rows, true, "/dev/full", IfExists::replace), OutputError);
  std::filesystem::remove(path);
}

TEST(Names, MotifIds) {
  EXPECT_TRUE(is_motif_id("MA0139.1_x-Y"));
  EXPECT_TRUE(is_motif_id(std::string(64, 'a')));
  for (std::string const& bad : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"),
                                 std::string("\xc3\xa9"), std::string("a\n")}) {
    EXPECT_FALSE(is_motif_id(bad)) << bad;
    EXPECT_THROW(check_motif_id(bad), InputError);
  }
}

TEST(Names, Fields) {
  EXPECT_EQ(table_field("a\tb c\r\n"), "a b c  ");
  EXPECT_EQ(table_field(""), ".");
  EXPECT_EQ(word_field("a\tb c"), "a_b_c");
}

}  // namespace
}  // namespace cislens
