#include "cislens/seqio/motif_database.hpp"

#include "cislens/base/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

namespace cislens {
namespace {

class MotifDatabaseFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* const info = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() / (std::string("cislens_motifs_") + info->name());
  }
  void TearDown() override { std::filesystem::remove(path_); }

  MotifDatabase read(std::string const& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_motif_database(path_.string());
  }

  /// The message without the folder.
  std::string error_of(std::string const& text) {
    try {
      read(text);
    } catch (InputError const& error) {
      std::string const what = error.what();
      auto const at = what.find(path_.filename().string());
      return at == std::string::npos ? what : what.substr(at + path_.filename().string().size());
    }
    return "no error";
  }

  std::filesystem::path path_;
};

using Row = std::array<double, 4>;

void expect_rows(MotifMatrix const& motif, std::vector<Row> const& expected) {
  ASSERT_EQ(motif.rows.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (int base = 0; base < 4; ++base)
      EXPECT_NEAR(motif.rows[i][base], expected[i][base], 1e-12) << i << ' ' << base;
  }
}

std::string const meme_head = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n";

TEST_F(MotifDatabaseFile, MemeWithLogOddsUrlBackgroundAndCrLf) {
  auto const database = read(
      "# a comment\r\nMEME version 5\r\n\r\nALPHABET= ACGT\r\n\r\nBackground letter frequencies (from x):\r\n"
      "A 0.30409 C 0.19591 G 0.19591 T 0.30409 \r\n\r\nMOTIF ABF1 \r\n\r\nlog-odds matrix: alength= 4 w= 2 "
      "E= 0\r\n"
      "   -40\t   -57\t   -72\t    77\t\r\n   116\t  -353\t    59\t  -493\t\r\n\r\n"
      "letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0\r\n  0.25\t  0.25\t  0.25\t  0.25\t\r\n"
      "  0.5\t  0\t 0.25\t  0.25\r\n\r\nURL http://x\r\n\r\nMOTIF B second name\r\n"
      "letter-probability matrix: alength=4 nsites=7\r\n1 0 0 0\r\nURL y\r\n");

  EXPECT_EQ(database.format, MotifFormat::meme);
  ASSERT_EQ(database.motifs.size(), 2u);
  EXPECT_EQ(database.motifs[0].id, "ABF1");
  EXPECT_EQ(database.motifs[0].name, "");
  EXPECT_EQ(database.motifs[0].sites, 20);
  expect_rows(database.motifs[0], {{0.25, 0.25, 0.25, 0.25}, {0.5, 0, 0.25, 0.25}});
  EXPECT_EQ(database.motifs[1].name, "second name");
  EXPECT_EQ(database.motifs[1].sites, 7);
  ASSERT_TRUE(database.background.has_value());
  EXPECT_NEAR((*database.background)[0], 0.30409, 1e-12);
  EXPECT_TRUE(database.warnings.empty());
}

TEST_F(MotifDatabaseFile, OneSiteIsNotKnown) {
  std::string const start = "letter-probability matrix: alength= 4 w= 2 nsites= ";
  std::string const columns = "0.213 0.176 0.136 0.475\n0.02 0.96 0.01 0.01\n";
  auto const database =
      read(meme_head + "MOTIF a\n" + start + "1\n" + columns + "MOTIF b\n" + start + "1\n0 1 0 0\n1 0 0 0\n" +
           "MOTIF c\n" + start + "12\n" + columns + "MOTIF d\n" + start + "2\n" + columns);

  EXPECT_EQ(database.motifs[0].sites, 0);
  EXPECT_EQ(database.motifs[1].sites, 0);
  EXPECT_EQ(database.motifs[2].sites, 12);
  EXPECT_EQ(database.motifs[3].sites, 2);
  ASSERT_EQ(database.warnings.size(), 1u);
  EXPECT_NE(database.warnings[0].find("2 motif(s) state one site"), std::string::npos);
  EXPECT_NE(database.warnings[0].find("'nsites= 1' is now 'not known'"), std::string::npos);
}

TEST_F(MotifDatabaseFile, MemeFive) {
  auto const database = read(
      "MEME version 5.5.0\n\nALPHABET \"DNA\" DNA-LIKE\nA \"Adenine\" CC0000 ~ T \"Thymine\" 008000\nEND "
      "ALPHABET\n\n"
      "MOTIF 1-CACGTG STREME-1\nletter-probability matrix: alength= 4 w= 1 nsites= 3 E= 1e-3\n 0.990 0.004 "
      "0.004 0.004\n");

  EXPECT_EQ(database.motifs[0].id, "1-CACGTG");
  EXPECT_NEAR(database.motifs[0].rows[0][0], 0.99 / 1.002, 1e-12);  // rounding is taken out
}

TEST_F(MotifDatabaseFile, JasparWithAndWithoutBrackets) {
  auto const with = read(
      ">MA0004.1\tArnt\nA  [ 4 19 ]\nC  [16 0 ]\nG  [0 1]\nT  [ 0 0 ]\n>M2 x y\nA [1]\nC [1]\nG [1]\nT "
      "[1]\n");
  auto const without =
      read(">MA0004.1 Arnt\n4 19\n16 0\n0 1\n0 0\n\n>four\n1 0 0 1\n0 1 0 1\n0 0 1 1\n0 0 0 1\n");

  EXPECT_EQ(with.format, MotifFormat::jaspar);
  EXPECT_EQ(without.format, MotifFormat::jaspar);
  EXPECT_EQ(with.motifs[0].id, "MA0004.1");
  EXPECT_EQ(with.motifs[0].name, "Arnt");
  EXPECT_EQ(with.motifs[0].sites, 20);
  EXPECT_EQ(with.motifs[1].name, "x y");
  expect_rows(with.motifs[0], {{0.2, 0.8, 0, 0}, {0.95, 0, 0.05, 0}});
  expect_rows(without.motifs[0], with.motifs[0].rows);
  expect_rows(without.motifs[1], {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0.25, 0.25, 0.25, 0.25}});
}

TEST_F(MotifDatabaseFile, Transfac) {
  auto const database = read(
      "VV  TRANSFAC MATRIX TABLE\nXX\n//\nAC  M00001\nXX\nID  V$MYOD_01\nXX\nNA  MyoD\nP0      A      C      "
      "G      T\n"
      "01      1      2      2      0      S\n02      5      0      0      0      A\nXX\nCC 12 sites\n//\nID "
      "second\n"
      "PO A C G T\n1 0.5 0.5 0 0\n//\n");

  EXPECT_EQ(database.format, MotifFormat::transfac);
  ASSERT_EQ(database.motifs.size(), 2u);
  EXPECT_EQ(database.motifs[0].id, "M00001");
  EXPECT_EQ(database.motifs[0].name, "MyoD");
  EXPECT_EQ(database.motifs[0].sites, 5);
  expect_rows(database.motifs[0], {{0.2, 0.4, 0.4, 0}, {1, 0, 0, 0}});
  EXPECT_EQ(database.motifs[1].id, "second");
  EXPECT_EQ(database.motifs[1].sites, 0);
}

TEST_F(MotifDatabaseFile, Homer) {
  auto const database = read(
      ">ATGA\tAP-1(bZIP)/ThioMac-PU.1-ChIP-Seq(GSE21512)/Homer\t6.049537\t-1.782996e+03\t0\t9805.3,5781.0\n"
      "0.419\t0.275\t0.277\t0.028\n0.001\t0.001\t0.001\t0.997\n0.010\t0.002\t0.965\t0.023\n0.984\t0.003\t0."
      "001\t0.012\n"
      ">GG\t1-GG,BestGuess:X\t5\n0 0 1 0\n0 0 1 0\n");

  EXPECT_EQ(database.format, MotifFormat::homer);
  ASSERT_EQ(database.motifs.size(), 2u);
  EXPECT_EQ(database.motifs[0].id, "AP-1_bZIP_");
  EXPECT_EQ(database.motifs[0].name, "AP-1(bZIP)");
  EXPECT_EQ(database.motifs[0].width(), 4);
  EXPECT_NEAR(database.motifs[0].rows[1][3], 0.997, 1e-12);
  EXPECT_EQ(database.motifs[1].id, "1-GG");
  ASSERT_EQ(database.warnings.size(), 1u);
  EXPECT_NE(database.warnings[0].find("1 motif id(s) changed to letters"), std::string::npos);
  EXPECT_NE(database.warnings[0].find("line 1: 'AP-1(bZIP)' is now 'AP-1_bZIP_'"), std::string::npos);
}

TEST_F(MotifDatabaseFile, RepeatedAndLongIdsAreMadeUnique) {
  std::string const row = "letter-probability matrix: alength= 4 w= 1\n1 0 0 0\n";
  std::string const longest(80, 'x');
  auto const database = read(meme_head + "MOTIF a\n" + row + "MOTIF a\n" + row + "MOTIF a_2\n" + row +
                             "MOTIF " + longest + "\n" + row + "MOTIF " + longest + "\n" + row);

  std::vector<std::string> ids;
  for (auto const& motif : database.motifs) ids.push_back(motif.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"a", "a_2", "a_2_2", std::string(64, 'x'),
                                           std::string(62, 'x') + "_2"}));
  EXPECT_EQ(database.warnings.size(), 2u);
}

TEST_F(MotifDatabaseFile, ErrorsSayLineAndRemedy) {
  std::string const motif =
      meme_head + "MOTIF a\nletter-probability matrix: alength= 4 w= 2\n";  // lines 7 and 8
  EXPECT_EQ(error_of(motif + "1 0 0 0\n0.5 0.2 0 0\n"),
            ":10: motif 'a' has a position whose probabilities sum to 0.7, not 1 (each position needs "
            "probabilities of A C G T)");
  EXPECT_EQ(error_of(motif + "1 0 0 0\n0.5 0.2 0.3\n"),
            ":10: motif 'a' has a row of 3 columns or with something that is not a number (four "
            "probabilities A C G T are "
            "expected)");
  EXPECT_EQ(error_of(motif + "1 0 0 0\n"),
            ":8: motif 'a' says w= 2, but there are 1 rows (correct w= or the matrix)");
  EXPECT_EQ(error_of(motif + "1 0 0 0\n1 0 0 0\n1 0 0 0\n"),
            ":8: motif 'a' says w= 2, but more rows follow (correct w= or the matrix)");
  EXPECT_EQ(error_of(motif + "1 0 0 0\n1.5 -0.5 0 0\n"),
            ":10: motif 'a' has the value -0.5 (counts or probabilities are not negative)");
  EXPECT_TRUE(error_of(motif + "1 0 0 0\nnan 0 0 1\n").starts_with(":10: motif 'a' has"));
  EXPECT_EQ(error_of("MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n"),
            ":2: the alphabet is 'ACDEFGHIKLMNPQRSTVWY' (only DNA motifs, ALPHABET= ACGT, can be used)");
  EXPECT_TRUE(error_of(meme_head).starts_with(": holds no motif"));
  EXPECT_TRUE(error_of(meme_head + "MOTIF a\nletter-probability matrix: alength= 4\n")
                  .starts_with(":8: motif 'a' has no col"));
  EXPECT_TRUE(error_of("chr1\t0\t100\n").starts_with(": not a motif file (MEME text"));
  EXPECT_TRUE(error_of("<?xml version='1.0'?>\n").starts_with(": this is XML or HTML"));
  EXPECT_EQ(error_of(">a\nA [1 2]\nC [1]\nG [1 2]\nT [1 2]\n"),
            ":3: motif 'a' has 1 values here but 2 for A (all four lines need the same number)");
  EXPECT_TRUE(error_of(">a\nA [1 2]\nC [1 1]\n").starts_with(":1: motif 'a' has 2 lines of numbers"));
  EXPECT_TRUE(error_of(">seq1\nACGTACGT\n").starts_with(":2: 'ACGTACGT' is not a line of counts"));
  EXPECT_TRUE(error_of(">a\n0 1\n0 1\n0 1\n0 1\n")
                  .starts_with(":1: motif 'a' has a position whose four values are all 0"));
  EXPECT_TRUE(
      error_of("AC a\nP0 C A G T\n01 1 1 1 1\n//\n").starts_with(":2: the columns are not named A C G T"));
  EXPECT_TRUE(error_of("AC a\nP0 A C G T\n01 1 1 1\n//\n").starts_with(":3: this row is not a position"));
}

TEST_F(MotifDatabaseFile, MissingFile) {
  EXPECT_THROW(read_motif_database((path_ / "none").string()), InputError);
}

TEST_F(MotifDatabaseFile, SeveralFilesKeepTheirOrderAndShareNoId) {
  std::filesystem::path const other = path_.string() + "_other";
  std::ofstream(path_) << ">a A\n1 0\n0 1\n0 0\n0 0\n>b B\n1 0\n0 1\n0 0\n0 0\n";
  std::ofstream(other) << ">c C\n1 0\n0 1\n0 0\n0 0\n";
  std::vector<std::string> paths = {other.string(), path_.string()};

  std::vector<MotifDatabase> const databases = read_motif_databases(paths);

  ASSERT_EQ(databases.size(), 2U);
  EXPECT_EQ(databases[0].motifs.front().id, "c");
  EXPECT_EQ(databases[1].motifs.back().id, "b");
  std::ofstream(other, std::ios::app) << ">b B\n0 1\n1 0\n0 0\n0 0\n";
  try {
    read_motif_databases(paths);
    FAIL() << "two motifs of one id";
  } catch (InputError const& error) {
    EXPECT_EQ(std::string(error.what()), path_.string() + ": motif 'b' is also in " + other.string() +
                                             " (give each file once, and rename motifs that differ)");
  }
  EXPECT_TRUE(read_motif_databases({}).empty());
  std::filesystem::remove(other);
}

TEST(SharedMotifs, AllFilesAreReadWhole) {
  std::filesystem::path const folder = std::filesystem::path(CISLENS_SHARED_DATA) / "motifs";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no data";
  std::vector<std::pair<std::string, std::size_t>> const files = {
      {"JASPAR2024_CORE_vertebrates_nr.meme", 879},
      {"JASPAR2024_CORE_vertebrates_nr.jaspar", 879},
      {"JASPAR2024_CORE_fungi_nr.meme", 178},
      {"JASPAR2024_CORE_insects_nr.meme", 286},
      {"HOCOMOCOv12_H12CORE.meme", 1443},
      {"JASPAR2020_CORE_vertebrates_nr.original.meme", 746},
      {"macisaac_yeast.v1.meme", 124}};
  for (auto const& [name, count] : files) {
    auto const database = read_motif_database((folder / name).string());

    EXPECT_EQ(database.motifs.size(), count) << name;
    for (auto const& motif : database.motifs) {
      EXPECT_GE(motif.width(), 4) << name << ' ' << motif.id;
      for (auto const& row : motif.rows) EXPECT_NEAR(row[0] + row[1] + row[2] + row[3], 1, 1e-12);
    }
    EXPECT_TRUE(database.warnings.empty()) << name << ": " << database.warnings[0];
  }
  auto const meme = read_motif_database((folder / files[0].first).string());
  auto const jaspar = read_motif_database((folder / files[1].first).string());
  for (std::size_t i = 0; i < 879; ++i) {
    ASSERT_EQ(meme.motifs[i].id, jaspar.motifs[i].id);
    ASSERT_EQ(meme.motifs[i].name, jaspar.motifs[i].name);
    ASSERT_EQ(meme.motifs[i].width(), jaspar.motifs[i].width());
    double const rounded = 2 / jaspar.motifs[i].sites;  // this file has whole counts
    for (int k = 0; k < meme.motifs[i].width(); ++k) {
      for (int base = 0; base < 4; ++base) {
        EXPECT_NEAR(meme.motifs[i].rows[k][base], jaspar.motifs[i].rows[k][base], rounded);
      }
    }
  }
}

}  // namespace
}  // namespace cislens
