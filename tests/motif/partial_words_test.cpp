#include "cislens/motif/partial_words.hpp"

#include "cislens/base/random.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {
namespace {

/// Letters that count, and '.' for those that do not: eight.
PartialWord partial(std::string_view pattern) {
  PartialWord result;
  for (int i = 0; i < word_bases; ++i) {
    if (pattern[static_cast<std::size_t>(i)] == '.') continue;
    result.mask.set(static_cast<std::size_t>(word_bases - 1 - i));
    result.word = with_base(result.word, i, encode_base(pattern[static_cast<std::size_t>(i)]));
  }
  return result;
}

std::string pattern_of(PartialWord const& word) {
  std::string result;
  for (int i = 0; i < word_bases; ++i)
    result += counts_at(word.mask, i) ? "ACGT"[base_of(word.word, i)] : '.';
  return result;
}

/// Whether they share three bases and differ in none, on either strand, up to two positions apart: of the
/// patterns that hold what was planted any may be found.
bool shows(PartialWord const& found, PartialWord const& planted) {
  for (bool const turned : {false, true}) {
    for (int shift = -2; shift <= 2; ++shift) {
      int same = 0;
      int different = 0;
      for (int i = 0; i < word_bases; ++i) {
        int const j = (turned ? word_bases - 1 - i : i) + shift;
        if (j < 0 || j >= word_bases || !counts_at(found.mask, i) || !counts_at(planted.mask, j)) continue;
        int const base = base_of(planted.word, j);
        ++(base_of(found.word, i) == (turned ? 3 - base : base) ? same : different);
      }
      if (same >= 3 && different == 0) return true;
    }
  }
  return false;
}

bool agrees(int word, PartialWord const& with) {
  for (int i = 0; i < word_bases; ++i) {
    if (counts_at(with.mask, i) && base_of(word, i) != base_of(with.word, i)) return false;
  }
  return true;
}

/// Poisson counts would do; small whole numbers are exact in a float.
WordCounts random_counts(std::uint64_t seed) {
  WordCounts counts;
  Random random(seed, 0);
  counts.counts.resize(word_codes);
  for (int word = 0; word < word_codes; ++word) {
    int const other = reverse_word(word);
    counts.counts[static_cast<std::size_t>(word)] =
        other < word ? counts.counts[static_cast<std::size_t>(other)] : static_cast<float>(random.below(3));
    counts.total += counts.counts[static_cast<std::size_t>(word)];
  }
  return counts;
}

/// `more` further counts of every word that agrees, and of its reverse complement.
void add(WordCounts& counts, PartialWord const& with, float more) {
  for (int word = 0; word < word_codes; ++word) {
    if (!agrees(word, with)) continue;
    for (int const own : {word, reverse_word(word)}) {
      counts.counts[static_cast<std::size_t>(own)] += more;
      counts.total += more;
    }
  }
}

std::vector<float> even() { return std::vector<float>(word_codes, 1.0F); }

TEST(PartialWords, AreSumsOverTheWordsThatAgree) {
  WordCounts const counts = random_counts(1);
  for (std::string_view const pattern : {"..CAGT..", "A.C..G.T", "ACGTACGT", "..C.CG.G"}) {
    PartialWord const wanted = partial(pattern);
    PartialWords const table(counts, even(), wanted.mask);

    double sum = 0;
    double words = 0;
    for (int word = 0; word < word_codes; ++word) {
      if (!agrees(word, wanted)) continue;
      sum += counts.counts[static_cast<std::size_t>(word)];
      ++words;
    }
    EXPECT_DOUBLE_EQ(table.count(wanted.word), sum) << pattern;
    EXPECT_NEAR(table.expected(wanted.word), words * counts.total / word_codes, 1e-6 * counts.total)
        << pattern;
  }
}

TEST(PartialWords, OtherPositionsDoNotMatter) {
  PartialWord const wanted = partial("..CAGT..");
  PartialWords const table(random_counts(6), even(), wanted.mask);

  EXPECT_EQ(table.count(with_base(wanted.word, 0, 3)), table.count(wanted.word));
  EXPECT_NE(table.count(with_base(wanted.word, 2, 0)), table.count(wanted.word));
}

TEST(EnrichedPartialWords, WhatIsMoreFrequentComesFirst) {
  for (std::string_view const pattern : {".C.CG.G.", "..CAGT..", "TTT..T.."}) {
    WordCounts counts = random_counts(3);
    PartialWord const planted = partial(pattern);
    add(counts, planted, 1);  // a half more of it, on the average

    auto const found = enriched_partial_words(counts, even(), 5);

    ASSERT_FALSE(found.empty()) << pattern;
    EXPECT_TRUE(shows(found.front(), planted)) << pattern << " as " << pattern_of(found.front());
    EXPECT_DOUBLE_EQ(strongest_partial_word(counts, even()), found.front().log_ratio);
    EXPECT_EQ(std::ssize(enriched_partial_words(counts, even(), 1)), 1);
  }
}

TEST(EnrichedPartialWords, FewByChance) {
  EXPECT_LE(enriched_partial_words(random_counts(4), even(), 100).size(), 5U);
  EXPECT_TRUE(enriched_partial_words({0, std::vector<float>(word_codes, 0.0F), 0}, even(), 5).empty());
  EXPECT_EQ(strongest_partial_word({0, std::vector<float>(word_codes, 0.0F), 0}, even()), 0);
}

/// Every occurrence of one that reads the same on both strands is counted on both: half of it is evidence.
/// One of odd span lies in two words of eight bases: in the middle of either, but for one position.
TEST(EnrichedPartialWords, PalindromesAreWorthHalf) {
  for (std::string_view const pattern : {"..GATC..", "..CG.CG."}) {
    WordCounts counts = random_counts(5);
    PartialWord const palindrome = partial(pattern);
    add(counts, palindrome, 1);
    PartialWords const table(counts, even(), palindrome.mask);

    PartialWord const first = enriched_partial_words(counts, even(), 1).front();

    ASSERT_EQ(pattern_of(first), pattern);
    EXPECT_DOUBLE_EQ(first.log_ratio,
                     word_log_ratio(table.count(first.word), table.expected(first.word)) / 2);
  }
}

}  // namespace
}  // namespace cislens
