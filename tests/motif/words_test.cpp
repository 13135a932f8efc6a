#include "cislens/motif/words.hpp"

#include "motif/discovery_sequences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

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

/// The product over a Markov chain, the gap apart, class by class.
TEST(ExpectedWords, FollowTheBackgroundOfTheClasses) {
  auto const windows = windows_of(sequences(30, 80, {rows_of("AAAAACCCCC", 0.9)}, 2));
  BackgroundClass const first{estimate_background(windows), 0.3};
  BackgroundClass const second{flat(), 0.7};
  std::vector<float> ratio(word_codes, 1.0F);
  ratio[word_of("ACGTTGCA")] = 2.5F;
  for (int const gap : {0, 3}) {
    auto const expected = expected_words(std::vector{first, second}, ratio, gap);
    for (std::string const text : {"AAAACCCC", "ACGTTGCA", "TTTTTTTT", "GGGCATGT"}) {
      double sum = 0;
      for (BackgroundClass const& one : {first, second}) {
        double p = one.share;
        for (std::size_t i = 0; i < 8; ++i) {
          auto const base = encode_base(text[i]);
          bool const begins = i == 0 || (i == 4 && gap > 0);
          p *= begins ? one.background.base[base]
                      : one.background.pair[encode_base(text[i - 1])][base] /
                            one.background.base[encode_base(text[i - 1])];
        }
        sum += p;
      }
      double const direct = sum * ratio[word_of(text)];
      EXPECT_NEAR(expected[word_of(text)] / direct, 1, 1e-5) << text << " " << gap;
    }
  }
}

TEST(StrongestWord, IsTheLargestLogRatio) {
  std::vector<Bases> const bases = sequences(300, 60, {rows_of("ACGTTGCA", 0.9)}, 7);
  auto const windows = windows_of(bases);
  WindowSet const set = make_window_set(windows, flat());
  WordCounts const counts = count_words(set, 0);
  auto const expected = expected_words(background_classes(set), std::vector<float>(word_codes, 1.0F), 0);
  double const scale = expected_scale(counts, expected);
  double largest = 0;
  for (int word = 0; word < word_codes; ++word)
    largest = std::max(largest, word_log_ratio(counts.counts[word], scale * expected[word]));

  EXPECT_GT(largest, 50);
  EXPECT_DOUBLE_EQ(strongest_word(counts, expected), largest);
}

}  // namespace
}  // namespace cislens
