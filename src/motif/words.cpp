#include "cislens/motif/words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace cislens {

namespace {

constexpr int half_codes = 256;

constexpr std::array<std::uint8_t, half_codes> reverse_halves() {
  std::array<std::uint8_t, half_codes> result{};
  for (int code = 0; code < half_codes; ++code) {
    int reversed = 0;
    for (int i = 0; i < 4; ++i) reversed |= (3 - ((code >> (2 * i)) & 3)) << (6 - 2 * i);
    result[code] = static_cast<std::uint8_t>(reversed);
  }
  return result;
}

constexpr std::array<std::uint8_t, half_codes> reversed_half = reverse_halves();

int reverse_word(int word) { return reversed_half[word & 255] << 8 | reversed_half[word >> 8]; }

int base_of(int word, int position) { return (word >> (14 - 2 * position)) & 3; }

int with_base(int word, int position, int base) {
  int const shift = 14 - 2 * position;
  return (word & ~(3 << shift)) | base << shift;
}

/// P(four bases) under the order-1 background.
std::array<double, half_codes> half_probabilities(MarkovBackground const& background) {
  std::array<double, half_codes> result{};
  for (int code = 0; code < half_codes; ++code) {
    double p = background.base[(code >> 6) & 3];
    for (int i = 1; i < 4; ++i) {
      int const a = (code >> (8 - 2 * i)) & 3;
      int const b = (code >> (6 - 2 * i)) & 3;
      p *= background.pair[a][b] / background.base[a];
    }
    result[code] = p;
  }
  return result;
}

/// P(word) under the background; the halves are independent when a gap lies between them.
std::vector<double> word_probabilities(MarkovBackground const& background, int gap) {
  auto const half = half_probabilities(background);
  std::vector<double> result(word_codes);
  for (int word = 0; word < word_codes; ++word) {
    double p = half[word >> 8] * half[word & 255];
    if (gap == 0) {
      int const a = base_of(word, 3);
      int const b = base_of(word, 4);
      p *= background.pair[a][b] / (background.base[a] * background.base[b]);
    }
    result[word] = p;
  }
  return result;
}

/// The same over classes of windows, by their shares.
std::vector<double> word_model(std::span<BackgroundClass const> classes, int gap) {
  std::vector<double> model(word_codes, 0.0);
  for (BackgroundClass const& one : classes) {
    std::vector<double> const p = word_probabilities(one.background, gap);
    for (int word = 0; word < word_codes; ++word) model[word] += one.share * p[word];
  }
  return model;
}

/// Variance of counts / model beyond that of Poisson counts, at least a little.
double excess_variance(std::vector<float> const& counts, std::vector<double> const& model) {
  double excess = 0;
  double weight = 0;
  for (int word = 0; word < word_codes; ++word) {
    double const difference = counts[word] - model[word];
    excess += difference * difference - model[word];
    weight += model[word] * model[word];
  }
  return std::max(1e-3, weight > 0 ? excess / weight : 0.0);
}

/// Enrichment of one word in nats: ln likelihood ratio of a Poisson count at its own mean and at `expected`.
double word_log_ratio(double count, double expected) {
  if (count <= expected || expected <= 0) return 0;
  return count * std::log(count / expected) - (count - expected);
}

}  // namespace

WordCounts count_words(WindowSet const& set, int gap) {
  WordCounts result;
  result.gap = gap;
  result.counts.assign(word_codes, 0.0F);
  std::vector<std::int32_t> seen(word_codes, -1);
  int const length = 8 + gap;
  auto const blocked = static_cast<std::uint32_t>(4 * score_units_per_nat);
  std::uint8_t const* const quads = set.quads.data();
  std::uint32_t const* const lost = set.lost.data();
  for (std::int64_t window = 0; window < set.size(); ++window) {
    auto const mark = static_cast<std::int32_t>(window);
    std::int64_t const last = set.begin[window] + set.length[window] - length;
    for (std::int64_t i = set.begin[window]; i <= last; ++i) {
      std::uint32_t const gone = (lost[i + 4] - lost[i]) + (lost[i + length] - lost[i + length - 4]);
      if (gone > blocked) continue;
      int word = quads[i] << 8 | quads[i + length - 4];
      word = std::min(word, reverse_word(word));
      if (seen[word] == mark) continue;
      seen[word] = mark;
      double const share = gone == 0 ? 1.0 : std::exp(-static_cast<double>(gone) / score_units_per_nat);
      result.counts[word] += static_cast<float>(set.weight[window] * share);
    }
  }
  for (int word = 0; word < word_codes; ++word) {
    int const other = reverse_word(word);
    if (other > word) result.counts[other] = result.counts[word];
    if (other == word) result.counts[word] *= 2;
  }
  result.total = std::accumulate(result.counts.begin(), result.counts.end(), 0.0);
  return result;
}

std::vector<float> control_ratio(WordCounts const& controls, std::span<BackgroundClass const> classes) {
  std::vector<double> model = word_model(classes, controls.gap);
  for (double& expected : model) expected *= controls.total;
  double const trust = 1.0 / excess_variance(controls.counts, model);
  std::vector<float> result(word_codes);
  for (int word = 0; word < word_codes; ++word)
    result[word] = static_cast<float>((controls.counts[word] + trust) / (model[word] + trust));
  return result;
}

std::vector<float> expected_words(std::span<BackgroundClass const> classes, std::span<float const> ratio,
                                  int gap) {
  constexpr double least = 1e-12;
  std::vector<double> const model = word_model(classes, gap);
  std::vector<float> result(word_codes);
  for (int word = 0; word < word_codes; ++word)
    result[word] = static_cast<float>(std::max(least, model[word] * static_cast<double>(ratio[word])));
  return result;
}

double strongest_word(WordCounts const& counts, std::span<float const> expected) {
  double const expected_total = std::accumulate(expected.begin(), expected.end(), 0.0);
  if (!(counts.total > 0) || !(expected_total > 0)) return 0;
  double const scale = counts.total / expected_total;
  double strongest = 0;
  for (int word = 0; word < word_codes; ++word)
    strongest = std::max(strongest, word_log_ratio(counts.counts[word], scale * expected[word]));
  return strongest;
}

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

/// Start: how much each neighbour of the word, one base exchanged, is above expectation.
WordMotif start_from_word(int word, WordCounts const& counts, std::vector<float> const& expected,
                          double scale) {
  WordMotif motif;
  for (int position = 0; position < 8; ++position) {
    double total = 0;
    for (int base = 0; base < 4; ++base) {
      int const neighbour = with_base(word, position, base);
      double const excess = counts.counts[neighbour] - scale * expected[neighbour];
      double const own = base == base_of(word, position) ? 1.0 : 0.0;
      motif.columns[position][base] = std::max(excess, 0.0) + 0.5 + own;
      total += motif.columns[position][base];
    }
    for (double& p : motif.columns[position]) p /= total;
  }
  double probability = 1;
  for (int position = 0; position < 8; ++position)
    probability *= motif.columns[position][base_of(word, position)];
  double const excess = counts.counts[word] - scale * expected[word];
  motif.share = std::clamp(excess / probability / counts.total, 1e-5, 0.05);
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
    float sum = 0;
    for (int i = 0; i < half_codes; ++i) sum += found[i];
    rows[row] = sum;
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
    sum += std::accumulate(terms.begin(), terms.end(), 0.0);
  }
  return sum / 2;  // every occurrence stands in the table on both strands
}

/// The most enriched words, no two of them within one exchange of each other on either strand.
std::vector<int> best_words(WordCounts const& counts, std::vector<float> const& expected, double scale,
                            int wanted) {
  constexpr int looked_at = 200;
  std::vector<std::pair<double, int>> ranked;
  for (int word = 0; word < word_codes; ++word) {
    if (reverse_word(word) < word) continue;
    double const gain = word_log_ratio(counts.counts[word], scale * expected[word]);
    if (gain > 2) ranked.emplace_back(-gain, word);
  }
  auto const end = ranked.begin() + std::min<std::ptrdiff_t>(looked_at, std::ssize(ranked));
  std::partial_sort(ranked.begin(), end, ranked.end());
  auto const distance = [](int a, int b) {
    int different = 0;
    for (int i = 0; i < 8; ++i) different += base_of(a, i) != base_of(b, i);
    return different;
  };
  std::vector<int> chosen;
  for (auto it = ranked.begin(); it != end && std::ssize(chosen) < wanted; ++it) {
    bool const near = std::any_of(chosen.begin(), chosen.end(), [&](int word) {
      return std::min(distance(word, it->second), distance(reverse_word(word), it->second)) <= 1;
    });
    if (!near) chosen.push_back(it->second);
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
          int passes, WordMotif& motif) {
  constexpr double least_bits = 6;
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

}  // namespace

std::vector<Seed> find_seeds(WordCounts const& counts, std::vector<float> const& expected,
                             MarkovBackground const& background) {
  constexpr int words_tried = 16;
  constexpr int first_passes = 4;
  constexpr int kept = 2;
  constexpr int more_passes = 8;
  std::vector<WordMotif> motifs;
  double const expected_total = std::accumulate(expected.begin(), expected.end(), 0.0);
  if (!(counts.total > 0) || !(expected_total > 0)) return {};
  double const scale = counts.total / expected_total;
  std::vector<float> odds_base(word_codes);
  for (int word = 0; word < word_codes; ++word) {
    odds_base[word] = static_cast<float>(expected_total / expected[word]);
  }
  for (int const word : best_words(counts, expected, scale, words_tried)) {
    motifs.push_back(start_from_word(word, counts, expected, scale));
    grow(counts, odds_base, background, first_passes, motifs.back());
  }
  auto const better = [](WordMotif const& a, WordMotif const& b) { return a.log_ratio > b.log_ratio; };
  std::stable_sort(motifs.begin(), motifs.end(), better);
  if (std::ssize(motifs) > kept) motifs.resize(kept);
  for (WordMotif& motif : motifs) grow(counts, odds_base, background, more_passes, motif);
  std::stable_sort(motifs.begin(), motifs.end(), better);
  std::vector<Seed> seeds;
  for (WordMotif const& motif : motifs) seeds.push_back(to_seed(motif, counts, background));
  return seeds;
}

}  // namespace cislens
