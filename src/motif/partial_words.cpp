#include "cislens/motif/partial_words.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace cislens {

namespace {

constexpr double least_log_ratio = 8;  // of one that is looked at: chance has many below

/// Of all masks that are one another's shifts the one in the middle.
bool is_central(WordMask mask) {
  int before = 0;
  int behind = 0;
  while (!counts_at(mask, before)) ++before;
  while (!counts_at(mask, word_bases - 1 - behind)) ++behind;
  return before == behind || before == behind + 1;
}

/// By four bases: those of a half of the mask, the first highest.
std::array<std::size_t, half_codes> index_of_halves(WordMask mask, int first) {
  std::array<std::size_t, half_codes> result{};
  for (int half = 0; half < half_codes; ++half) {
    for (int i = 0; i < 4; ++i) {
      if (counts_at(mask, first + i)) result[half] = result[half] << 2 | ((half >> (6 - 2 * i)) & 3);
    }
  }
  return result;
}

/// The reverse complement, in the middle of eight positions as masks are.
PartialWord reversed(PartialWord const& from) {
  PartialWord result{{}, 0, from.log_ratio};
  for (int i = 0; i < word_bases; ++i) {
    if (!counts_at(from.mask, word_bases - 1 - i)) continue;
    result.mask.set(static_cast<std::size_t>(word_bases - 1 - i));
    result.word = with_base(result.word, i, 3 - base_of(from.word, word_bases - 1 - i));
  }
  if (!is_central(result.mask)) {
    result.mask >>= 1;
    result.word >>= 2;
  }
  return result;
}

/// Of a mask and that of its reverse complement, which hold the same words, one.
std::vector<WordMask> masks_of_four_and_five() {
  std::vector<WordMask> masks;
  for (unsigned bits = 1; bits < half_codes; ++bits) {
    WordMask const mask = bits;
    bool const long_enough = mask.count() == 4 || mask.count() == 5;
    if (!long_enough || !is_central(mask)) continue;
    if (reversed({mask, 0, 0}).mask.to_ulong() >= mask.to_ulong()) masks.push_back(mask);
  }
  return masks;
}

/// Whether one may be what another's motif shows elsewhere.
bool near(PartialWord const& a, PartialWord const& b) {
  constexpr int most_shift = 2;
  for (int shift = -most_shift; shift <= most_shift; ++shift) {
    int same = 0;
    int different = 0;
    for (int i = std::max(0, -shift); i < std::min(word_bases, word_bases - shift); ++i) {
      if (!counts_at(a.mask, i) || !counts_at(b.mask, i + shift)) continue;
      ++(base_of(a.word, i) == base_of(b.word, i + shift) ? same : different);
    }
    if (same >= 3 && different <= 1) return true;
  }
  return false;
}

}  // namespace

PartialWords::PartialWords(WordCounts const& counts, std::span<float const> expected, WordMask mask)
    : PartialWords(counts, expected, expected_scale(counts, expected), mask) {}

PartialWords::PartialWords(WordCounts const& counts, std::span<float const> expected, double scale,
                           WordMask mask)
    : mask_(mask), counts_(sums(counts.counts)), expected_(sums(expected)) {
  for (double& value : expected_) value *= scale;
}

std::size_t PartialWords::index(int word) const {
  std::size_t result = 0;
  for (int i = 0; i < word_bases; ++i) {
    if (counts_at(mask_, i)) result = result << 2 | static_cast<std::size_t>(base_of(word, i));
  }
  return result;
}

std::vector<double> PartialWords::sums(std::span<float const> of_words) const {
  auto const first = index_of_halves(mask_, 0);
  auto const second = index_of_halves(mask_, 4);
  std::size_t const of_second = second.back() + 1;
  std::vector<double> result((first.back() + 1) * of_second, 0.0);
  for (int row = 0; row < half_codes; ++row) {
    double* const to = result.data() + first[row] * of_second;
    for (int i = 0; i < half_codes; ++i) to[second[i]] += of_words[row * half_codes + i];
  }
  return result;
}

std::vector<PartialWord> PartialWords::above(double least) const {
  std::vector<PartialWord> result;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    double const log_ratio = word_log_ratio(counts_[i], expected_[i]);
    if (!(log_ratio > least)) continue;
    PartialWord& found = result.emplace_back(PartialWord{mask_, 0, log_ratio});
    std::size_t left = i;
    for (int position = word_bases - 1; position >= 0; --position) {
      if (!counts_at(mask_, position)) continue;
      found.word = with_base(found.word, position, static_cast<int>(left & 3));
      left >>= 2;
    }
  }
  return result;
}

std::vector<PartialWord> enriched_partial_words(WordCounts const& counts, std::span<float const> expected,
                                                int wanted) {
  std::vector<PartialWord> all;
  double const scale = expected_scale(counts, expected);
  for (WordMask const mask : masks_of_four_and_five()) {
    for (PartialWord word : PartialWords(counts, expected, scale, mask).above(least_log_ratio)) {
      // One that reads the same on both strands is counted on both.
      PartialWord const turned = reversed(word);
      if (turned.mask == word.mask && turned.word == word.word) word.log_ratio /= 2;
      if (word.log_ratio > least_log_ratio) all.push_back(word);
    }
  }
  std::ranges::stable_sort(all, std::greater<>(), &PartialWord::log_ratio);
  std::vector<PartialWord> chosen;
  for (PartialWord const& word : all) {
    if (std::ssize(chosen) == wanted) break;
    bool const known = std::ranges::any_of(
        chosen, [&](PartialWord const& other) { return near(word, other) || near(reversed(word), other); });
    if (!known) chosen.push_back(word);
  }
  return chosen;
}

double strongest_partial_word(WordCounts const& counts, std::span<float const> expected) {
  auto const strongest = enriched_partial_words(counts, expected, 1);
  return strongest.empty() ? 0 : strongest.front().log_ratio;
}

}  // namespace cislens
