#pragma once

#include "cislens/motif/words.hpp"

#include <bitset>
#include <cstddef>
#include <span>
#include <vector>

namespace cislens {

/// Which of the eight positions of a word count, the first one highest.
using WordMask = std::bitset<word_bases>;
inline constexpr WordMask all_positions{0xFF};

inline bool counts_at(WordMask mask, int position) { return mask[word_bases - 1 - position]; }

/// A word of which only the positions of a mask count.
struct PartialWord {
  WordMask mask;
  int word = 0;          ///< its other positions hold base 0
  double log_ratio = 0;  ///< how far its count is above expectation: word_log_ratio
};

/// How often words are seen that agree in the positions of a mask: a motif of few bits shows in no word of
/// eight bases, but in what these share.
class PartialWords {
 public:
  /// @param expected  (word_codes), any scale
  PartialWords(WordCounts const& counts, std::span<float const> expected, WordMask mask);
  /// @param scale  expected_scale of these
  PartialWords(WordCounts const& counts, std::span<float const> expected, double scale, WordMask mask);

  double count(int word) const { return counts_[index(word)]; }
  double expected(int word) const { return expected_[index(word)]; }
  /// Those with more than `least`, in no order.
  std::vector<PartialWord> above(double least) const;

 private:
  std::size_t index(int word) const;
  std::vector<double> sums(std::span<float const> of_words) const;

  WordMask mask_;
  std::vector<double> counts_, expected_;  // by the bases of the mask, the first highest
};

/// The words of four or five bases, in any of the eight positions, that are most enriched, at most `wanted`;
/// no two of them share three bases (on either strand, up to two positions apart) and differ in less than
/// two. One that reads the same on both strands is counted on both; here its log_ratio is halved.
std::vector<PartialWord> enriched_partial_words(WordCounts const& counts, std::span<float const> expected,
                                                int wanted);

/// The log_ratio of the first of them; 0: none is enriched.
double strongest_partial_word(WordCounts const& counts, std::span<float const> expected);

}  // namespace cislens
