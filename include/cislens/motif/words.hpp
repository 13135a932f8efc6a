#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/em.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// A word is four bases, a gap of `gap` bases, four bases: 16 bits, first base highest.
inline constexpr int word_codes = 65536;
inline constexpr int max_word_gap = 10;

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

/// How far the most enriched word is above expectation: ln likelihood ratio of a Poisson count.
/// @param expected  (word_codes), any scale
double strongest_word(WordCounts const& counts, std::span<float const> expected);

/// A motif to start from: a word and what it grew into on the table of word counts.
struct Seed {
  MotifModel model;  ///< 8 + gap columns, those of the gap as the background
  int gap = 0;
  double log_ratio = 0;  ///< ln likelihood of the table with the motif over that without
};

/// The best two motifs that grow from the most enriched words of one gap by EM on the table, best first.
/// @param expected  (word_codes), any scale
std::vector<Seed> find_seeds(WordCounts const& counts, std::vector<float> const& expected,
                             MarkovBackground const& background);

}  // namespace cislens
