#pragma once

#include "cislens/motif/em_windows.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// A word is four bases, a gap of `gap` bases, four bases: 16 bits, first base highest.
inline constexpr int word_codes = 65536;
inline constexpr int word_bases = 8;
inline constexpr int half_codes = 256;  // of four bases
inline constexpr int max_word_gap = 10;

inline int base_of(int word, int position) { return (word >> (14 - 2 * position)) & 3; }

inline int with_base(int word, int position, int base) {
  int const shift = 14 - 2 * position;
  return (word & ~(3 << shift)) | base << shift;
}

/// Its reverse complement.
int reverse_word(int word);

/// Windows that hold a word, for all words with one gap. A word and its reverse complement have the same
/// count (either strand, once a window); so have palindromes, counted double: they fit on both strands.
struct WordCounts {
  int gap = 0;
  std::vector<float> counts;  ///< (word_codes)
  double total = 0;
};

/// Counts in windows; a window adds its weight times the share of the word that earlier motifs do not
/// explain.
WordCounts count_words(WindowSet const& set, int gap);

/// Counts of words in the controls over what their order-1 background expects, drawn towards 1 as far as the
/// two agree within chance: what is frequent there for other reasons than composition.
/// @param classes  background of the controls
/// @return (word_codes)
std::vector<float> control_ratio(WordCounts const& controls, std::span<BackgroundClass const> classes);

/// What the counts would be without motifs, scaled to `total` by the caller: the background of what earlier
/// motifs leave of the positives, times the ratio of the controls. Taking the counts of the controls
/// themselves would make a motif of the composition that motifs brought into the controls, or that sets the
/// two apart.
/// @param classes  background of the positives
/// @param ratio    (word_codes), from control_ratio at the same gap
std::vector<float> expected_words(std::span<BackgroundClass const> classes, std::span<float const> ratio,
                                  int gap);

/// In an order that does not depend on the processor.
double sum_of(std::span<float const> values);

/// What makes expected counts of any scale those of as many words as were counted; 0: there are none.
double expected_scale(WordCounts const& counts, std::span<float const> expected);

/// Enrichment of one word in nats: ln likelihood ratio of a Poisson count at its own mean and at `expected`.
double word_log_ratio(double count, double expected);

/// How far the most enriched word is above expectation: ln likelihood ratio of a Poisson count.
/// @param expected  (word_codes), any scale
double strongest_word(WordCounts const& counts, std::span<float const> expected);

}  // namespace cislens
