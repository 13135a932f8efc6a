#pragma once

#include "cislens/motif/em.hpp"
#include "cislens/motif/words.hpp"

#include <span>
#include <vector>

namespace cislens {

/// A motif to start from: a word and what it grew into on the table of word counts.
struct Seed {
  MotifModel model;  ///< 8 + gap columns, those of the gap as the background
  int gap = 0;
  double log_ratio = 0;  ///< ln likelihood of the table with the motif over that without
};

/// What motifs are grown from.
enum class SeedWords {
  whole,    ///< words of all eight bases
  partial,  ///< words of which four or five bases count: motifs of few bits show in these alone
};

/// The best two motifs that grow from the most enriched words of one gap by EM on the table, best first.
/// @param expected  (word_codes), any scale  @param words  to grow from
std::vector<Seed> find_seeds(WordCounts const& counts, std::vector<float> const& expected,
                             MarkovBackground const& background, SeedWords words);

}  // namespace cislens
