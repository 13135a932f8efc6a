#include "cislens/writers/pairs.hpp"

#include "cislens/base/errors.hpp"

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
  tables.rows[0].occurrence.q = 0.5;
  EXPECT_EQ(format_pairs_graphml(tables).find("<edge "), std::string::npos);
  std::string const edges = format_pairs_edges(tables);
  EXPECT_EQ(edges.find('\n'), edges.size() - 1);
}

}  // namespace
}  // namespace cislens
