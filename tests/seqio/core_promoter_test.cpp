#include "cislens/seqio/motif_database.hpp"

#include <gtest/gtest.h>

#include <map>

namespace cislens {
namespace {

/// The bases that an IUPAC letter stands for.
std::string bases_of(char letter) {
  static std::map<char, std::string> const bases = {{'A', "A"},  {'C', "C"},  {'G', "G"},   {'T', "T"},
                                                    {'R', "AG"}, {'Y', "CT"}, {'S', "CG"},  {'W', "AT"},
                                                    {'K', "GT"}, {'M', "AC"}, {'N', "ACGT"}};
  return bases.at(letter);
}

TEST(CorePromoterFile, HasTheConsensusWordsOfItsReadme) {
  std::map<std::string, std::string> const words = {
      {"TATA", "TATAAAWR"},        {"Inr", "TCAGTY"},
      {"DPE", "RGWCGTG"},          {"MTE", "CSARCSSAACGS"},
      {"DRE", "WATCGATW"},         {"Ohler1", "YGGTCACACTR"},
      {"Ohler5", "AWCAGCTGWT"},    {"Ohler6", "KTYRGTATWTTT"},
      {"Ohler7", "KNNCAKCNCTRNY"}, {"Ohler8", "MKSYGGCARCGSYSS"},
      {"BREu", "SSRCGCC"},         {"TCT", "YYCTTTYY"},
      {"GAGA", "GAGAGAG"}};

  MotifDatabase const database = read_motif_database(CISLENS_DATA "/core_promoter.meme");

  EXPECT_TRUE(database.warnings.empty());
  ASSERT_EQ(database.motifs.size(), words.size());
  for (MotifMatrix const& motif : database.motifs) {
    std::string const& word = words.at(motif.id);
    ASSERT_EQ(motif.width(), static_cast<int>(word.size())) << motif.id;
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::string const bases = bases_of(word[i]);
      auto const letters = static_cast<double>(bases.size());
      for (std::size_t base = 0; base < 4; ++base) {
        bool const meant = bases.find("ACGT"[base]) != std::string::npos;
        double const p = bases.size() == 4 ? 0.25 : meant ? 0.94 / letters : 0.06 / (4 - letters);
        EXPECT_NEAR(motif.rows[i][base], p, 1e-6) << motif.id << ' ' << i;
      }
    }
  }
}

}  // namespace
}  // namespace cislens
