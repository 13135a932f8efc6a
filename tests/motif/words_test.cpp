#include "cislens/motif/words.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

namespace cislens {
namespace {

using namespace discovery_sequences;

MarkovBackground flat() {
  MarkovBackground background;
  background.base.fill(0.25);
  for (auto& row : background.pair) row.fill(1.0 / 16);
  return background;
}

int word_of(std::string const& text) {
  int word = 0;
  for (char const letter : text) word = word << 2 | encode_base(letter);
  return word;
}

TEST(CountWords, OnceAWindowOnBothStrands) {
  Bases const twice = encode_bases("ACCGTTAANACCGTTAA");
  Bases const reverse = encode_bases("TTTAACGGTC");
  Bases const palindrome = encode_bases("ACGTACGT");
  std::vector<Window> const windows{{twice, 0, 1.0}, {reverse, 1, 2.0}, {palindrome, 2, 1.0}};
  WindowSet const set = make_window_set(windows, flat());

  WordCounts const counts = count_words(set, 0);

  EXPECT_FLOAT_EQ(counts.counts[word_of("ACCGTTAA")], 3.0F);
  EXPECT_FLOAT_EQ(counts.counts[word_of("TTAACGGT")], 3.0F);
  EXPECT_FLOAT_EQ(counts.counts[word_of("ACGTACGT")], 2.0F);
  EXPECT_FLOAT_EQ(counts.counts[word_of("AACCGTTA")], 0.0F);
}

TEST(CountWords, GapMayHoldUnknownBases) {
  Bases const bases = encode_bases("ACCGNNTTAA");
  std::vector<Window> const windows{{bases, 0, 1.0}};
  WindowSet const set = make_window_set(windows, flat());

  EXPECT_FLOAT_EQ(count_words(set, 2).counts[word_of("ACCGTTAA")], 1.0F);
  EXPECT_DOUBLE_EQ(count_words(set, 1).total, 0.0);
  EXPECT_DOUBLE_EQ(count_words(set, 3).total, 0.0);
}

}  // namespace
}  // namespace cislens
