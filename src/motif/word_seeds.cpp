#include "cislens/motif/word_seeds.hpp"

#include "cislens/motif/partial_words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace cislens {

namespace {

/// A mixture of a motif over the eight bases of a word and the expected counts.
struct WordMotif {
  std::array<std::array<double, 4>, 8> columns{};
  double share = 0;  ///< of all counted words
  double log_ratio = 0;
};

using HalfProduct = std::array<float, half_codes>;

HalfProduct half_product(WordMotif const& motif, int first) {
  HalfProduct result{};
  for (int code = 0; code < half_codes; ++code) {
    double p = 1;
    for (int i = 0; i < 4; ++i) p *= motif.columns[first + i][(code >> (6 - 2 * i)) & 3];
    result[code] = static_cast<float>(p);
  }
  return result;
}

/// Start: how much each neighbour of the word, one base exchanged, is above expectation. Positions that do
/// not count hold the background.
WordMotif start_from(PartialWord const& from, PartialWords const& table, double total,
                     MarkovBackground const& background) {
  WordMotif motif;
  double probability = 1;
  for (int position = 0; position < word_bases; ++position) {
    auto& column = motif.columns[position];
    column = background.base;
    if (!counts_at(from.mask, position)) continue;
    double sum = 0;
    for (int base = 0; base < 4; ++base) {
      int const neighbour = with_base(from.word, position, base);
      double const excess = table.count(neighbour) - table.expected(neighbour);
      double const own = base == base_of(from.word, position) ? 1.0 : 0.0;
      column[base] = std::max(excess, 0.0) + 0.5 + own;
      sum += column[base];
    }
    for (double& p : column) p /= sum;
    probability *= column[base_of(from.word, position)];
  }
  double const excess = table.count(from.word) - table.expected(from.word);
  motif.share = std::clamp(excess / probability / total, 1e-5, 0.05);
  return motif;
}

/// One EM pass over the table: posterior-weighted column counts, share and log_ratio of the motif as given.
/// @param odds_base  (word_codes) 1 / P_expected(word)
void word_em_pass(WordCounts const& counts, std::vector<float> const& odds_base, WordMotif& motif) {
  HalfProduct const left = half_product(motif, 0);
  HalfProduct const right = half_product(motif, 4);
  auto const share = static_cast<float>(motif.share);
  std::array<double, half_codes> rows{};
  HalfProduct columns{};
  for (int row = 0; row < half_codes; ++row) {
    float const factor = share * left[row];
    if (factor < 1e-12F) continue;
    float const* const count = counts.counts.data() + row * half_codes;
    float const* const base = odds_base.data() + row * half_codes;
    HalfProduct found;
    for (int i = 0; i < half_codes; ++i) {
      float const odds = factor * right[i] * base[i];
      found[i] = count[i] * odds / (1.0F - share + odds);
      columns[i] += found[i];
    }
    rows[row] = sum_of(found);
  }
  double total = 0;
  for (auto& column : motif.columns) column.fill(0);
  for (int code = 0; code < half_codes; ++code) {
    for (int i = 0; i < 4; ++i) {
      motif.columns[i][(code >> (6 - 2 * i)) & 3] += rows[code];
      motif.columns[4 + i][(code >> (6 - 2 * i)) & 3] += static_cast<double>(columns[code]);
    }
    total += rows[code];
  }
  for (auto& column : motif.columns) {
    for (double& p : column) p = (p + 0.25) / (total + 1.0);
  }
  motif.share = std::clamp(total / counts.total, 1e-6, 0.2);
}

/// ln x for x > 0 to 1e-4, in a form that compilers vectorise: exponent bits plus a polynomial.
inline float fast_log(float x) {
  auto const bits = std::bit_cast<std::int32_t>(x);
  auto const exponent = static_cast<float>((bits >> 23) - 127);
  float const m = std::bit_cast<float>((bits & 0x007FFFFF) | 0x3F800000) - 1.0F;
  float const log_m =
      m * (0.99949556F + m * (-0.49190896F + m * (0.28947478F + m * (-0.13606275F + m * 0.03215845F))));
  return exponent * 0.69314718F + log_m;
}

double word_log_likelihood(WordCounts const& counts, std::vector<float> const& odds_base,
                           WordMotif const& motif) {
  HalfProduct const left = half_product(motif, 0);
  HalfProduct const right = half_product(motif, 4);
  auto const share = static_cast<float>(motif.share);
  double sum = 0;
  for (int row = 0; row < half_codes; ++row) {
    float const factor = share * left[row];
    float const* const count = counts.counts.data() + row * half_codes;
    float const* const base = odds_base.data() + row * half_codes;
    HalfProduct terms;
    for (int i = 0; i < half_codes; ++i) {
      terms[i] = count[i] * fast_log(1.0F - share + factor * right[i] * base[i]);
    }
    sum += sum_of(terms);
  }
  return sum / 2;  // every occurrence stands in the table on both strands
}

/// The most enriched words, no two of them within one exchange of each other on either strand.
std::vector<PartialWord> best_words(PartialWords const& table, int wanted) {
  constexpr int looked_at = 200;
  constexpr double least_log_ratio = 2;
  std::vector<PartialWord> ranked = table.above(least_log_ratio);
  std::erase_if(ranked, [](PartialWord const& from) { return reverse_word(from.word) < from.word; });
  auto const end = ranked.begin() + std::min<std::ptrdiff_t>(looked_at, std::ssize(ranked));
  std::ranges::partial_sort(ranked, end, {},
                            [](PartialWord const& from) { return std::pair(-from.log_ratio, from.word); });
  auto const distance = [](int a, int b) {
    int different = 0;
    for (int i = 0; i < word_bases; ++i) different += base_of(a, i) != base_of(b, i);
    return different;
  };
  std::vector<PartialWord> chosen;
  for (auto it = ranked.begin(); it != end && std::ssize(chosen) < wanted; ++it) {
    bool const near = std::ranges::any_of(chosen, [&](PartialWord const& other) {
      return std::min(distance(other.word, it->word), distance(reverse_word(other.word), it->word)) <= 1;
    });
    if (!near) chosen.push_back(*it);
  }
  return chosen;
}

double word_bits(WordMotif const& motif, MarkovBackground const& background) {
  double bits = 0;
  for (auto const& column : motif.columns) bits += column_bits(column, background.base);
  return bits;
}

/// EM passes, ended before the motif would dissolve into composition (runs of purines and the like).
void grow(WordCounts const& counts, std::vector<float> const& odds_base, MarkovBackground const& background,
          double least_bits, int passes, WordMotif& motif) {
  for (int pass = 0; pass < passes; ++pass) {
    WordMotif const before = motif;
    word_em_pass(counts, odds_base, motif);
    if (word_bits(motif, background) >= least_bits) continue;
    motif = before;
    break;
  }
  motif.log_ratio = word_log_likelihood(counts, odds_base, motif);
}

Seed to_seed(WordMotif const& motif, WordCounts const& counts, MarkovBackground const& background) {
  Seed seed;
  seed.gap = counts.gap;
  seed.log_ratio = motif.log_ratio;
  for (int i = 0; i < 4; ++i) seed.model.columns.push_back(motif.columns[i]);
  for (int i = 0; i < counts.gap; ++i) seed.model.columns.push_back(background.base);
  for (int i = 4; i < 8; ++i) seed.model.columns.push_back(motif.columns[i]);
  seed.model.sites = motif.share * counts.total / 2;
  return seed;
}

std::vector<WordMotif> starts(WordCounts const& counts, std::vector<float> const& expected,
                              MarkovBackground const& background, SeedWords words) {
  constexpr int words_tried = 16;
  constexpr int partial_words_tried = 12;
  std::vector<WordMotif> result;
  switch (words) {
    case SeedWords::whole: {
      PartialWords const table(counts, expected, all_positions);
      for (PartialWord const& word : best_words(table, words_tried))
        result.push_back(start_from(word, table, counts.total, background));
      break;
    }
    case SeedWords::partial:
      for (PartialWord const& word : enriched_partial_words(counts, expected, partial_words_tried)) {
        PartialWords const table(counts, expected, word.mask);
        result.push_back(start_from(word, table, counts.total, background));
      }
      break;
  }
  return result;
}

}  // namespace

std::vector<Seed> find_seeds(WordCounts const& counts, std::vector<float> const& expected,
                             MarkovBackground const& background, SeedWords words) {
  constexpr int first_passes = 4;
  constexpr int kept = 2;
  constexpr int more_passes = 8;
  double const least_bits = words == SeedWords::whole ? 6 : 3.5;
  double const expected_total = sum_of(expected);
  if (!(counts.total > 0) || !(expected_total > 0)) return {};
  std::vector<float> odds_base(word_codes);
  for (int word = 0; word < word_codes; ++word)
    odds_base[word] = static_cast<float>(expected_total / expected[word]);
  auto motifs = starts(counts, expected, background, words);
  for (WordMotif& motif : motifs) grow(counts, odds_base, background, least_bits, first_passes, motif);
  auto const better = [](WordMotif const& a, WordMotif const& b) { return a.log_ratio > b.log_ratio; };
  std::stable_sort(motifs.begin(), motifs.end(), better);
  if (std::ssize(motifs) > kept) motifs.resize(kept);
  for (WordMotif& motif : motifs) grow(counts, odds_base, background, least_bits, more_passes, motif);
  std::stable_sort(motifs.begin(), motifs.end(), better);
  std::vector<Seed> seeds;
  for (WordMotif const& motif : motifs) seeds.push_back(to_seed(motif, counts, background));
  return seeds;
}

}  // namespace cislens
