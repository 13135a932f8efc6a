#include "word_motifs.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cislens {
namespace {

MotifMatrix motif_of(std::string const& id, std::string const& word) {
  MotifMatrix motif;
  motif.id = id;
  for (char const letter : word) {
    motif.rows.push_back({0.02, 0.02, 0.02, 0.02});
    motif.rows.back()[std::string("ACGT").find(letter)] = 0.94;
  }
  return motif;
}

DiscoveryResult found(std::vector<MotifMatrix> const& matrices) {
  DiscoveryResult result;
  for (MotifMatrix const& matrix : matrices) result.motifs.emplace_back().matrix = matrix;
  return result;
}

std::string ids(FilterStarts const& starts) {
  std::string text;
  for (MotifMatrix const& motif : starts.motifs) text += motif.id;
  return text + "|" + std::to_string(starts.given);
}

TEST(FilterStarts, GivenMotifsComeFirstAndNoneTwice) {
  MotifMatrix const a = motif_of("a", "TGACTCAG");
  MotifMatrix const same = motif_of("s", "TGACTCAG");
  MotifMatrix const b = motif_of("b", "GGGTTTAC");
  MotifMatrix const c = motif_of("c", "CATATGCC");
  MotifMatrix const d = motif_of("d", "AAGCAATT");

  EXPECT_EQ(ids(filter_starts({a, same, b}, {found({same, c})}, 8)), "abc|2");
  EXPECT_EQ(ids(filter_starts({a, b}, {found({c})}, 1)), "a|1");
  EXPECT_EQ(ids(filter_starts({}, {found({a, b}), found({same, c}), found({d})}, 8)), "adbc|0");
  EXPECT_EQ(ids(filter_starts({}, {found({a, same})}, 8)), "as|0");
}

}  // namespace
}  // namespace cislens
