#include "discover_stages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cislens {
namespace {

DiscoveredMotif motif(std::string const& id, std::string const& word, double log_p,
                      std::string const& beside = "") {
  DiscoveredMotif result;
  result.matrix.id = id;
  for (std::uint8_t const base : encode_bases(word)) {
    result.matrix.rows.push_back({0.02, 0.02, 0.02, 0.02});
    result.matrix.rows.back()[base] = 0.94;
  }
  result.holdout_log_p = log_p;
  result.beside = beside;
  return result;
}

TargetFindings findings(std::string const& folder, std::vector<DiscoveredMotif> motifs) {
  TargetFindings result;
  result.folder = folder;
  result.motifs = std::move(motifs);
  return result;
}

/// The motif beside is named as it stands in the common table, also where another target's like it does.
TEST(MotifsOfAll, BesideNamesAMotifOfTheTable) {
  auto const beside = [](std::string const& word, double log_p) {
    DiscoveredMotif result = motif("M2", word, log_p, "M1");
    result.beside_at = {10, 14, '+'};
    return result;
  };
  auto const all =
      motifs_of_all({findings("A", {motif("M1", "TGACGTCATT", -90), beside("CCGGAAGTGA", -20)}),
                     findings("B", {motif("M1", "TGACGTCATT", -50), beside("AATTGGCCAC", -10)})});

  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].matrix.id, "A.M1");
  EXPECT_EQ(all[1].matrix.id, "A.M2");
  EXPECT_EQ(all[1].beside, "A.M1");
  EXPECT_EQ(all[2].matrix.id, "B.M2");
  EXPECT_EQ(all[2].beside, "A.M1");
  EXPECT_TRUE(all[1].beside_at.is_known());
  EXPECT_FALSE(all[2].beside_at.is_known());  // it was counted from B.M1
}

}  // namespace
}  // namespace cislens
