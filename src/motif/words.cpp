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

int reverse(int word) { return reversed_half[word & 255] << 8 | reversed_half[word >> 8]; }

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

/// P(word) under the background, by the shares of classes of windows; the halves are independent when a gap
/// lies between them.
std::vector<float> word_model(std::span<BackgroundClass const> classes, int gap) {
  std::vector<float> model(word_codes, 0.0F);
  for (BackgroundClass const& one : classes) {
    auto const half = half_probabilities(one.background);
    // (4, half_codes): the second half behind a first one that ends with a base
    std::array<std::array<float, half_codes>, 4> behind{};
    for (std::size_t a = 0; a < 4; ++a) {
      for (int code = 0; code < half_codes; ++code) {
        auto const b = static_cast<std::size_t>(code >> 6);
        double const by_chance = one.background.base[a] * one.background.base[b];
        double const link = gap == 0 ? one.background.pair[a][b] / by_chance : 1.0;
        behind[a][code] = static_cast<float>(half[code] * link);
      }
    }
    for (int row = 0; row < half_codes; ++row) {
      auto const first = static_cast<float>(one.share * half[row]);
      auto const& second = behind[static_cast<std::size_t>(row & 3)];
      float* const to = model.data() + row * half_codes;
      for (int i = 0; i < half_codes; ++i) to[i] += first * second[i];
    }
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

int reverse_word(int word) { return reverse(word); }

double sum_of(std::span<float const> values) {
  constexpr std::size_t lanes = 16;
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += values[i + k];
  }
  for (; i < values.size(); ++i) sums[i % lanes] += values[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

double expected_scale(WordCounts const& counts, std::span<float const> expected) {
  double const expected_total = sum_of(expected);
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
      word = std::min(word, reverse(word));
      if (seen[word] == mark) continue;
      seen[word] = mark;
      double const share = gone == 0 ? 1.0 : std::exp(-static_cast<double>(gone) / score_units_per_nat);
      result.counts[word] += static_cast<float>(set.weight[window] * share);
    }
  }
  for (int word = 0; word < word_codes; ++word) {
    int const other = reverse(word);
    if (other > word) result.counts[other] = result.counts[word];
    if (other == word) result.counts[word] *= 2;
  }
  result.total = sum_of(result.counts);
  return result;
}

std::vector<float> control_ratio(WordCounts const& controls, std::span<BackgroundClass const> classes) {
  auto const shares = word_model(classes, controls.gap);
  std::vector<double> model(shares.begin(), shares.end());
  for (double& expected : model) expected *= controls.total;
  double const trust = 1.0 / excess_variance(controls.counts, model);
  std::vector<float> result(word_codes);
  for (int word = 0; word < word_codes; ++word)
    result[word] = static_cast<float>((controls.counts[word] + trust) / (model[word] + trust));
  return result;
}

std::vector<float> expected_words(std::span<BackgroundClass const> classes, std::span<float const> ratio,
                                  int gap) {
  constexpr float least = 1e-12F;
  std::vector<float> result = word_model(classes, gap);
  for (int word = 0; word < word_codes; ++word) result[word] = std::max(least, result[word] * ratio[word]);
  return result;
}

double strongest_word(WordCounts const& counts, std::span<float const> expected) {
  double const scale = expected_scale(counts, expected);
  double strongest = 0;
  for (int word = 0; word < word_codes; ++word) {
    double const mean = scale * expected[word];
    double const above = counts.counts[word] - mean;
    // ln x <= x - 1: the log ratio is at most above^2 / mean.
    if (above <= 0 || above * above <= strongest * mean) continue;
    strongest = std::max(strongest, word_log_ratio(counts.counts[word], mean));
  }
  return strongest;
}

}  // namespace cislens
