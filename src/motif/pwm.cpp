#include "cislens/motif/pwm.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

namespace cislens {

namespace {

constexpr double assumed_sites = 100;

double column_bits(std::array<double, 4> const& row, Background const& background) {
  double bits = 0;
  for (int base = 0; base < 4; ++base) {
    if (row[base] > 0) bits += row[base] * std::log2(row[base] / background.probability[base]);
  }
  return bits;
}

char iupac_letter(std::array<double, 4> const& row) {
  // Bit b of the index stands for base b of ACGT.
  constexpr char letters[] = "NACMGRSVTWYHKDBN";
  std::array<int, 4> order = {0, 1, 2, 3};
  std::sort(order.begin(), order.end(),
            [&](int a, int b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
  double const first = row[order[0]];
  double const second = row[order[1]];
  int set = 1 << order[0];
  if (first > 0.5 && first > 2 * second) return letters[set];
  set |= 1 << order[1];
  if (first + second > 0.75) return letters[set];
  set |= 1 << order[2];
  return row[order[3]] < 0.05 ? letters[set] : 'N';
}

}  // namespace

Background estimate_background(std::span<Bases const> sequences, bool symmetric) {
  std::array<std::int64_t, 5> counts = {1, 1, 1, 1, 0};
  for (auto const& sequence : sequences) {
    for (auto const base : sequence) ++counts[std::min(base, base_n)];
  }
  if (symmetric) {
    counts[base_a] = counts[base_t] = counts[base_a] + counts[base_t];
    counts[base_c] = counts[base_g] = counts[base_c] + counts[base_g];
  }
  Background result;
  double const total = static_cast<double>(counts[0] + counts[1] + counts[2] + counts[3]);
  for (int base = 0; base < 4; ++base) result.probability[base] = static_cast<double>(counts[base]) / total;
  return result;
}

MotifMatrix reverse_complement(MotifMatrix const& motif) {
  MotifMatrix result = motif;
  std::reverse(result.rows.begin(), result.rows.end());
  for (auto& row : result.rows) std::reverse(row.begin(), row.end());
  return result;
}

double information_bits(MotifMatrix const& motif, Background const& background) {
  double bits = 0;
  for (auto const& row : motif.rows) bits += column_bits(row, background);
  return bits;
}

std::vector<double> logo_information(MotifMatrix const& motif) {
  double const correction = motif.sites > 0 ? 3 / (2 * std::numbers::ln2 * motif.sites) : 0;
  std::vector<double> bits;
  bits.reserve(motif.rows.size());
  for (auto const& row : motif.rows)
    bits.push_back(std::max(0.0, column_bits(row, Background{}) - correction));
  return bits;
}

std::string iupac_consensus(MotifMatrix const& motif) {
  std::string letters;
  letters.reserve(motif.rows.size());
  for (auto const& row : motif.rows) letters.push_back(iupac_letter(row));
  return letters;
}

MotifMatrix trim_ends(MotifMatrix const& motif, Background const& background, double min_bits) {
  auto const informative = [&](std::array<double, 4> const& row) {
    return column_bits(row, background) >= min_bits;
  };
  auto const first = std::find_if(motif.rows.begin(), motif.rows.end(), informative);
  auto const last = std::find_if(motif.rows.rbegin(), motif.rows.rend(), informative).base();
  MotifMatrix result{motif.id, motif.name, {}, motif.sites};
  if (first < last) result.rows.assign(first, last);
  return result;
}

Pwm log_odds(MotifMatrix const& motif, Background const& background, double pseudocount) {
  if (!(pseudocount > 0)) throw Error("log-odds: the pseudocount must be positive");
  double const sites = motif.sites > 0 ? motif.sites : assumed_sites;
  Pwm pwm;
  pwm.scores.reserve(motif.rows.size());
  for (auto const& row : motif.rows) {
    auto& scores = pwm.scores.emplace_back();
    for (int base = 0; base < 4; ++base) {
      double const b = background.probability[base];
      double const p = (sites * row[base] + pseudocount * b) / (sites + pseudocount);
      scores[base] = static_cast<std::int32_t>(std::lround(std::log2(p / b) / Pwm::unit_bits));
    }
  }
  return pwm;
}

Pwm reverse_complement(Pwm const& pwm) {
  Pwm result = pwm;
  std::reverse(result.scores.begin(), result.scores.end());
  for (auto& row : result.scores) std::reverse(row.begin(), row.end());
  return result;
}

ScoreDistribution::ScoreDistribution(Pwm const& pwm, Background const& background) {
  int range = 0;
  for (auto const& row : pwm.scores) {
    auto const [low, high] = std::minmax_element(row.begin(), row.end());
    min_score_ += *low;
    range += *high - *low;
  }
  std::vector<double> density(range + 1, 0.0);
  std::vector<double> next(range + 1, 0.0);
  density[0] = 1;
  int reached = 0;  // density is zero above
  for (auto const& row : pwm.scores) {
    auto const [low, high] = std::minmax_element(row.begin(), row.end());
    int const now = reached + *high - *low;
    std::fill_n(next.begin(), now + 1, 0.0);
    for (int base = 0; base < 4; ++base) {
      double const p = background.probability[base];
      double* const target = next.data() + (row[base] - *low);
      for (int s = 0; s <= reached; ++s) target[s] += p * density[s];
    }
    density.swap(next);
    reached = now;
  }
  // Summed from the rare end, so that the smallest tails keep their digits.
  for (int s = range - 1; s >= 0; --s) density[s] += density[s + 1];
  tail_ = std::move(density);
}

double ScoreDistribution::p(int score) const {
  if (score <= min_score_) return 1;
  std::size_t const index = static_cast<std::size_t>(score - min_score_);
  return index < tail_.size() ? std::min(1.0, tail_[index]) : 0;
}

int ScoreDistribution::threshold(double p_limit) const {
  auto const first = std::partition_point(tail_.begin(), tail_.end(), [&](double p) { return p > p_limit; });
  return min_score_ + static_cast<int>(first - tail_.begin());
}

int median_score(MotifMatrix const& motif, Pwm const& pwm) {
  std::map<int, double> emitted{{0, 1.0}};  // P by score
  for (std::size_t column = 0; column < motif.rows.size(); ++column) {
    std::map<int, double> next;
    for (auto const& [score, p] : emitted) {
      for (std::size_t base = 0; base < 4; ++base)
        next[score + pwm.scores[column][base]] += p * motif.rows[column][base];
    }
    emitted = std::move(next);
  }
  double sum = 0;
  for (auto at = emitted.rbegin(); at != emitted.rend(); ++at) {
    sum += at->second;
    if (sum >= 0.5) return at->first;
  }
  return emitted.begin()->first;
}

}  // namespace cislens
