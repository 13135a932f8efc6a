#include "cislens/motif/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace cislens {

namespace {

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

}  // namespace

int reverse_word(int word) { return reversed_half[word & 255] << 8 | reversed_half[word >> 8]; }

double expected_scale(WordCounts const& counts, std::span<float const> expected) {
  double const expected_total = std::accumulate(expected.begin(), expected.end(), 0.0);
  return counts.total > 0 && expected_total > 0 ? counts.total / expected_total : 0;
}

double word_log_ratio(double count, double expected) {
  if (count <= expected || expected <= 0) return 0;
  return count * std::log(count / expected) - (count - expected);
}

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
  double const scale = expected_scale(counts, expected);
  double strongest = 0;
  for (int word = 0; word < word_codes; ++word)
    strongest = std::max(strongest, word_log_ratio(counts.counts[word], scale * expected[word]));
  return strongest;
}

}  // namespace cislens
