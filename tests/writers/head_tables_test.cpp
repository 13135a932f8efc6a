#include "cislens/writers/head_tables.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cislens {
namespace {

double const nan = std::nan("");

HeadTables two_heads() {
  HeadTables tables;
  HeadRow const first{0,    3,      0.5,   12.25, 0.1,    0.75, 0.25, -0.001,
                      "M2", -0.002, 0.001, 0.5,   "loss", 0.01, "1.0"};
  tables.rows = {first, HeadRow{.layer = 1, .cka_max = 0.25}};
  tables.cka = {1, 0.25, 0.25, nan};
  return tables;
}

TEST(HeadTables, HeadsBeginWithTheirFirstColumns) {
  std::string const text = format_heads_tsv(two_heads().rows);

  EXPECT_TRUE(text.starts_with("layer\thead\tentropy\tdistance\tsink\tnoop\tcka_max\timportance\tmotif\t"))
      << text;
  EXPECT_NE(
      text.find("\n0\t3\t0.5\t12.25\t0.1\t0.75\t0.25\t-0.001\tM2\t-0.002\t0.001\t0.5\tloss\t0.01\t1.0\tnan"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("\n1\t0\tnan\tnan\tnan\tnan\t0.25\tnan\t.\t"), std::string::npos) << text;
  std::string const header = text.substr(0, text.find('\n'));
  std::string const last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  EXPECT_EQ(std::count(header.begin(), header.end(), '\t'), std::count(last.begin(), last.end(), '\t'));
}

TEST(HeadTables, SimilaritiesAreAMatrix) {
  EXPECT_EQ(format_head_cka(two_heads()), "head\t0.3\t1.0\n0.3\t1\t0.25\n1.0\t0.25\tnan\n");
  EXPECT_EQ(format_head_cka({}), "head\n");
}

TEST(HeadTables, DistancesAndMotifs) {
  EXPECT_EQ(format_head_distances(std::vector<HeadDistance>{{0, 1, 2, 4, 0.5, 0.25}}),
            "layer\thead\tfrom_bp\tto_bp\tshare\teven\n0\t1\t2\t4\t0.5\t0.25\n");
  EXPECT_EQ(format_head_motifs(std::vector<HeadMotif>{{0, 1, "M1", 12, 2, 0.5, 4, 1e-9, nan}}),
            "layer\thead\tmotif\trecords\tat_sites\telsewhere\tenrichment\tp\tq\n"
            "0\t1\tM1\t12\t2\t0.5\t4\t1e-09\tnan\n");
}

TEST(HeadTables, AreWrittenBesideTheFirst) {
  std::filesystem::path const table = std::filesystem::path(testing::TempDir()) / "cislens_writers.heads.tsv";
  auto const beside = head_table_paths(table);

  write_head_tables(two_heads(), table, IfExists::replace);

  EXPECT_EQ(beside[0].filename(), "cislens_writers.heads.distance.tsv");
  EXPECT_EQ(beside[1].filename(), "cislens_writers.heads.cka.tsv");
  EXPECT_EQ(beside[2].filename(), "cislens_writers.heads.motifs.tsv");
  std::ifstream file(beside[1]);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), format_head_cka(two_heads()));
  EXPECT_THROW(write_head_tables(two_heads(), table, IfExists::refuse), OutputError);
  for (auto const& path : beside) std::filesystem::remove(path);
  std::filesystem::remove(table);
}

}  // namespace
}  // namespace cislens
