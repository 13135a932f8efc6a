#include "cislens/writers/pairs.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/writers/pairs_targets.hpp"

#include "markup.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace cislens {
namespace {

PairTables one_pair() {
  PairTables tables;
  tables.motifs = {{"M1", "SP1<&>", {"M1", "M7"}, 30, 20}, {"M2", "", {"M2"}, 25, 20}};
  PairRow row;
  row.occurrence.a = 0;
  row.occurrence.b = 1;
  row.occurrence.sequences = 12;
  row.occurrence.expected = 2.5;
  row.occurrence.z = 4;
  row.occurrence.log_p = std::log(1e-4);
  row.occurrence.q = 0.001;
  row.occurrence.window_first = 8;
  row.occurrence.window_last = 10;
  row.occurrence.window_sequences = 11;
  row.occurrence.window_expected = 1.5;
  row.occurrence.gap = 9;
  row.occurrence.gap_q = 0.01;
  row.occurrence.orientation = PairOrientation::towards;
  row.occurrence.orientation_q = std::nan("");
  row.occurrence.direct = true;
  row.occurrence.gaps.assign(51, 1);
  row.occurrence.expected_gaps.assign(51, 0.5);
  row.occurrence.gap_deviation.assign(51, 0.5);
  row.head_share = {0.05, 0.95};
  tables.rows = {row};
  tables.instances = {{0, {"chr1", 120, 130, '-'}, {"chr1", 100, 111, '+'}, 9, PairOrientation::towards}};
  return tables;
}

TEST(PairTables, TsvHasItsColumnsInOrder) {
  std::string const text = format_pairs_tsv(one_pair());
  EXPECT_TRUE(
      text.starts_with("motif_a\tmotif_b\tmatch_a\tmatch_b\tsequences\tcoattention\tcoattention_"
                       "p\tcoattention_q\toccurrence_z\t"
                       "occurrence_p\toccurrence_q\tgap\tgap_q\torientation\torientation_"
                       "q\tknockout\tknockout_q\tdirect\theads\t"));
  EXPECT_NE(text.find("\nM1\tM2\tSP1<&>\t.\t12\tnan\tnan\tnan\t4\t"), std::string::npos) << text;
  EXPECT_NE(text.find("\t0.001\t9\t0.01\t.\tnan\tnan\tnan\tyes\t1\t2.5\t8\t10\t"), std::string::npos) << text;
  EXPECT_NE(text.find("\tM1,M7\tM2\t"), std::string::npos) << text;
}

TEST(PairTables, BedpeBeginsWithTheLeftEnd) {
  EXPECT_EQ(format_pairs_bedpe(one_pair()),
            "chr1\t100\t111\tchr1\t120\t130\tM1--M2\t300\t+\t-\tM2\tM1\t9\t+-\t0.001\n");
}

TEST(PairTables, InteractHasEighteenColumnsAndNoBlanks) {
  std::string const text = format_pairs_interact(one_pair());
  EXPECT_EQ(text,
            "chr1\t100\t130\tM1--M2\t300\t3.000\t.\t#C8702A\tchr1\t120\t130\tM1\t-\tchr1\t100\t111\tM2\t+\n");
  EXPECT_EQ(text.find(' '), std::string::npos);
}

TEST(PairTables, GraphIsEscapedAndHoldsCalledPairsOnly) {
  PairTables tables = one_pair();
  std::string const text = format_pairs_graphml(tables);
  EXPECT_NE(text.find("SP1&lt;&amp;&gt;"), std::string::npos);
  EXPECT_NE(text.find("<edge source=\"M1\" target=\"M2\">"), std::string::npos);
  EXPECT_EQ(text.find(">nan<"), std::string::npos);
  EXPECT_NE(text.find("<data key=\"interaction_q\">NaN</data>"), std::string::npos);
  tables.rows[0].occurrence.q = 0.5;
  EXPECT_EQ(format_pairs_graphml(tables).find("<edge "), std::string::npos);
  std::string const edges = format_pairs_edges(tables);
  EXPECT_EQ(edges.find('\n'), edges.size() - 1);
}

TEST(PairTables, TheBackgroundHasItsColumns) {
  PairTables tables = one_pair();
  auto const end_of = [&] {
    std::string const text = format_pairs_tsv(tables);
    return text.substr(text.find('\n') + 1);
  };
  std::string const no_interaction = "\t.\t.\tnan\tnan\tnan\tnan\tnan\tnan\tnan\tnan\tnan\tyes\t11\t1.5\n";
  EXPECT_TRUE(end_of().ends_with("\t.\tnan\t.\t.\t.\tnan\t.\tnan\tnan\tnan\tnan\tnan\tnan\tnan\tnan" +
                                 no_interaction))
      << end_of();
  PairDifferential known;
  known.background_sequences = 7;
  known.background_expected = 6.5;
  known.window_first = 9;
  known.window_last = 11;
  known.in_foreground = 10;
  known.in_background = 2;
  known.foreground_chance = 1.25;
  known.background_chance = 1.5;
  known.log2_ratio = 2;
  known.log_p = 0;
  known.q = 0.5;
  tables.rows[0].differential = known;
  EXPECT_TRUE(
      end_of().ends_with("\t7\t6.5\t9\t11\t10\t1.25\t2\t1.5\t2\t1\t0.5\tnan\tnan\tnan\tnan" + no_interaction))
      << end_of();
  EXPECT_FALSE(tables.differs(tables.rows[0]));
  tables.rows[0].differential->q = 0.01;
  EXPECT_TRUE(tables.differs(tables.rows[0]));
  tables.rows[0].occurrence.q = 0.5;  // no pair here: then it is none that differs
  EXPECT_FALSE(tables.differs(tables.rows[0]));
}

TEST(PairTables, WhereTheNetworkWasAskedBothKindsOfEvidenceCall) {
  PairTables tables = one_pair();
  tables.rows[0].joint_p = 0.02;
  tables.rows[0].joint_q = 0.04;
  tables.rows[0].coattention_q = 0.03;
  EXPECT_TRUE(format_pairs_bedpe(tables).ends_with("\t0.001\n"));  // joint evidence does not count yet
  tables.by_both = true;
  EXPECT_TRUE(tables.called(tables.rows[0]));
  EXPECT_TRUE(format_pairs_tsv(tables).ends_with("\t0.02\t0.04\tyes\t11\t1.5\n"));
  EXPECT_TRUE(format_pairs_bedpe(tables).ends_with("\t0.04\n"));
  EXPECT_NE(format_pairs_bedpe(tables).find("\t140\t"), std::string::npos) << format_pairs_bedpe(tables);

  tables.rows[0].occurrence.q = 0.06;  // the joint q may be lower: fewer pairs have one
  EXPECT_FALSE(tables.called(tables.rows[0]));
  tables.rows[0].occurrence.q = 0.001;
  tables.rows[0].coattention_q = 0.06;
  EXPECT_FALSE(tables.called(tables.rows[0]));
  tables.rows[0].coattention_q = 0.03;
  for (double const unconfirmed : {0.2, std::nan("")}) {
    tables.rows[0].joint_q = unconfirmed;
    EXPECT_TRUE(tables.occurs(tables.rows[0]));
    EXPECT_FALSE(tables.called(tables.rows[0]));
    EXPECT_TRUE(format_pairs_tsv(tables).ends_with("\tno\t11\t1.5\n"));
    EXPECT_EQ(format_pairs_graphml(tables).find("<edge "), std::string::npos);
  }
}

PairInteraction some_interaction() {
  PairInteraction interaction;
  interaction.counts = {{30, 5, 4, 1}, {2, 20, 18, 40}};
  interaction.site_p_a = 1e-4;
  interaction.site_p_b = 2e-5;
  interaction.test = {25.5, 3.5, 3, std::log(0.25)};
  interaction.q = 0.002;
  return interaction;
}

TEST(PairTables, WhetherMotifsActTogetherIsNearTheEnd) {
  PairTables tables = one_pair();
  tables.rows[0].occurrence.q = 0.5;  // no pair by occurrence: that is another question
  EXPECT_FALSE(tables.interacts(tables.rows[0]));
  tables.rows[0].interaction = some_interaction();
  EXPECT_TRUE(tables.interacts(tables.rows[0]));

  std::string const text = format_pairs_tsv(tables);

  EXPECT_NE(text.find("\tinteraction_foreground\tinteraction_background\tinteraction_site_p_a\t"
                      "interaction_site_p_b\tinteraction_expected\tinteraction_z\tinteraction_log2_odds\t"
                      "interaction_p\tinteraction_q\tjoint_p\tjoint_q\tcalled\t"
                      "window_sequences\twindow_expected\n"),
            std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with(
      "\t30,5,4,1\t2,20,18,40\t1e-04\t2e-05\t25.5\t3.5\t3\t0.25\t0.002\tnan\tnan\tno\t11\t1.5\n"))
      << text;
  tables.rows[0].interaction->q = 0.06;
  EXPECT_FALSE(tables.interacts(tables.rows[0]));
  tables.rows[0].interaction->q = std::nan("");
  EXPECT_FALSE(tables.interacts(tables.rows[0]));
}

TEST(PairTables, GapsAreThoseOfCalledPairs) {
  PairTables tables = one_pair();
  std::string const text = format_pair_gaps(tables);
  EXPECT_TRUE(
      text.starts_with("motif_a\tmotif_b\tgap\tsequences\texpected\tdeviation\nM1\tM2\t0\t1\t0.5\t0.5\n"));
  EXPECT_EQ(count(text, "\n"), 52);
  tables.rows[0].occurrence.q = 0.5;
  EXPECT_EQ(count(format_pair_gaps(tables), "\n"), 1);
}

TEST(PairTargets, APairCalledAnywhereIsInTheTableForEveryTarget) {
  std::vector<PairTargetResult> results{{"one", "targets/one", one_pair()},
                                        {"two", "targets/two", one_pair()}};
  results[1].tables.rows[0].occurrence.q = 0.5;

  std::string const same = format_pair_targets_tsv(results, true);
  EXPECT_EQ(count(same, "\n"), 3);
  EXPECT_NE(same.find("\none\ttargets/"
                      "one\tM1\tM2\tSP1<&>\t.\tyes\t12\t2.5\t4\t0.001\t9\t.\tyes\tnan\tnan\tnan\tnan\tnan\n"),
            std::string::npos)
      << same;
  EXPECT_NE(same.find("\ntwo\ttargets/two\tM1\tM2\tSP1<&>\t.\tno\t"), std::string::npos) << same;
  EXPECT_EQ(count(format_pair_targets_tsv(results, false), "\n"), 2);
  results[0].tables.rows[0].occurrence.q = 0.5;
  EXPECT_EQ(count(format_pair_targets_tsv(results, true), "\n"), 1);
  results[1].tables.rows[0].interaction = some_interaction();  // not called, but they act together
  std::string const needed = format_pair_targets_tsv(results, true);
  EXPECT_EQ(count(needed, "\n"), 3);
  EXPECT_NE(needed.find("\tnan\tnan\t3\t0.002\tnan\n"), std::string::npos) << needed;
  EXPECT_EQ(count(format_pair_targets_tsv(results, false), "\n"), 2);
}

/// A sequence with a called pair (sites 0 and 1) and a third site.
PairTables one_example() {
  PairTables tables = one_pair();
  PairExample& example = tables.examples.emplace_back();
  example.name = "seq<1>";
  example.length = 200;
  for (int i = 0; i < 3; ++i) {
    Site& site = example.sites.emplace_back();
    site.start = 20 + 40 * i;
    site.end = site.start + 10;
    site.motif = i % 2;
  }
  example.pairs.push_back({0, 1, 0, 1, 30, PairOrientation::both_forward});
  return tables;
}

std::string page_of(PairTables const& tables) {
  testing_support::TemporaryFolder const folder;
  write_pair_report(tables, {"title", "1"}, folder.path("pairs.html"), IfExists::refuse);
  return folder.read("pairs.html");
}

TEST(PairReport, SaysWhichMotifsActTogether) {
  PairTables tables = one_pair();
  EXPECT_EQ(page_of(tables).find(">Together<"), std::string::npos);
  tables.background = "others.fa";
  tables.background_sequences = 80;
  tables.rows[0].occurrence.q = 0.5;
  tables.rows[0].interaction = some_interaction();
  std::string const page = page_of(tables);

  EXPECT_EQ(count(page, ">Together<"), 1);
  EXPECT_NE(page.find("For <strong>1</strong> of 1 pair asked the two motifs act together"),
            std::string::npos);
  EXPECT_NE(page.find("8\u202f\u00d7"), std::string::npos);
  read_markup(page);
  tables.rows[0].interaction->q = 0.5;
  EXPECT_NE(page_of(tables).find("For none of 1 pair asked"), std::string::npos);
  tables.rows[0].interaction = PairInteraction{};  // not tested
  EXPECT_EQ(page_of(tables).find("asked"), std::string::npos);
}

TEST(PairReport, APairThatActsTogetherIsShownHoweverFarDown) {
  PairTables tables = one_pair();
  tables.background = "others.fa";
  tables.rows.assign(40, tables.rows[0]);
  for (PairRow& row : tables.rows) row.occurrence.q = 0.5;
  tables.rows.back().interaction = some_interaction();
  std::string const page = page_of(tables);

  EXPECT_NE(page.find("The surest 10 of 40 tested, then others that act together"), std::string::npos);
  EXPECT_NE(page.find("8\u202f\u00d7"), std::string::npos);
}

TEST(PairExamples, ArcsJoinCalledPairsWithoutANetwork) {
  std::string const page = page_of(one_example());

  EXPECT_EQ(count(page, "<g class=\"arc\">"), 1);
  EXPECT_EQ(count(page, "SP1&lt;&amp;&gt; and M2, 30\u202fbp apart, ++"), 1);
  EXPECT_EQ(page.find("Arcs are co-attention"), std::string::npos);
  read_markup(page);
}

TEST(PairExamples, ArcsOfANetworkHaveSignSizeAndAMark) {
  PairTables tables = one_example();
  tables.examples[0].arcs = {{0, 1, 30, 0.5}, {1, 2, 30, -0.25}, {0, 2, 70, 0.001}};
  std::string const page = page_of(tables);

  EXPECT_EQ(count(page, "<g class=\"arc\">"), 1);
  EXPECT_EQ(count(page, "<g class=\"arc less\">"), 1);  // and the third is too small to be drawn
  EXPECT_EQ(count(page, "stroke-width=\"6.7\""), 1);
  EXPECT_EQ(count(page, "stroke-width=\"3.7\""), 1);
  EXPECT_EQ(count(page, "30\u202fbp apart: co-attention 0.5; a called pair"), 1);
  EXPECT_EQ(count(page, "co-attention \u22120.25<"), 1);
  EXPECT_EQ(count(page, "r=\"4\"/>"), 1);
  EXPECT_NE(page.find("Arcs are co-attention"), std::string::npos);
  EXPECT_NE(page.find("a called pair</span>"), std::string::npos);
  read_markup(page);
}

}  // namespace
}  // namespace cislens
