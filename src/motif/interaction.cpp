#include "cislens/motif/interaction.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace cislens {

namespace {

/// Terms this far below the largest no longer change a double.
constexpr double negligible = 1e-20;

/// The number of one stratum's foreground sequences with both motifs, given the margins.
class FreeCount {
 public:
  explicit FreeCount(PresenceCounts const& table) {
    auto const& [both, a, b, neither] = table.foreground;
    std::array<std::int64_t, 4> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = table.foreground[i] + table.background[i];
    first_ = both - std::min({both, all[1] - a, all[2] - b, neither});
    std::int64_t const last = both + std::min({all[0] - both, a, b, all[3] - neither});
    log_weight_.push_back(0);
    for (std::int64_t x = first_; x < last; ++x) {  // the step from x to x + 1
      std::int64_t const more = x - both;
      auto const ratio = [](std::int64_t over, std::int64_t under) {
        return std::log(static_cast<double>(over) / static_cast<double>(under));
      };
      log_weight_.push_back(log_weight_.back() + ratio(all[0] - x, x + 1) +
                            ratio(a - more, all[1] - a + more + 1) + ratio(b - more, all[2] - b + more + 1) +
                            ratio(all[3] - neither - more, neither + more + 1));
    }
  }

  std::int64_t first() const { return first_; }
  bool is_free() const { return log_weight_.size() > 1; }

  /// Probabilities of first, first + 1, ... at this gamma. @param[out] log_sum  of the weights
  std::vector<double> at(double gamma, double& log_sum) const {
    std::vector<double> p(log_weight_.size());
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = log_weight_[i] + gamma * static_cast<double>(i);
    double const most = *std::ranges::max_element(p);
    for (double& value : p) value = std::exp(value - most);
    double const sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& value : p) value /= sum;
    log_sum = most + std::log(sum);
    return p;
  }

 private:
  std::int64_t first_ = 0;
  std::vector<double> log_weight_;
};

/// Of the sum over strata, above the lowest that it can be.
struct Cumulants {
  double mean = 0;
  double variance = 0;
  double third = 0;
  double log_sum = 0;
};

Cumulants cumulants(std::span<FreeCount const> strata, double gamma) {
  Cumulants sum;
  for (FreeCount const& stratum : strata) {
    double log_sum = 0;
    std::vector<double> const p = stratum.at(gamma, log_sum);
    double mean = 0;
    for (std::size_t i = 0; i < p.size(); ++i) mean += p[i] * static_cast<double>(i);
    for (std::size_t i = 0; i < p.size(); ++i) {
      double const away = static_cast<double>(i) - mean;
      sum.variance += p[i] * away * away;
      sum.third += p[i] * away * away * away;
    }
    sum.mean += mean;
    sum.log_sum += log_sum;
  }
  return sum;
}

/// The root of the score of the conditional likelihood times the root of its information. Far out the sum
/// sits at an end, and the score is half a sequence from there, so that there is a root between.
double estimate(std::span<FreeCount const> strata, double observed) {
  double low = -100;  // of neighbours the ratio of weights is at most the fourth power of a count, exp(+-80)
  double high = 100;
  while (high - low > 1e-10) {
    double const middle = (low + high) / 2;
    Cumulants const at = cumulants(strata, middle);
    (observed - at.mean + at.third / (2 * at.variance) > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// ln P(sum >= observed) at gamma 0. Summed at `gamma`, at or above 0, where the sum is about what was
/// observed: there nothing that matters is small.
double log_tail(std::span<FreeCount const> strata, std::int64_t observed, double gamma) {
  std::vector<double> sum{1};
  std::int64_t first = 0;  // sum[i] is the probability of first + i
  for (FreeCount const& stratum : strata) {
    double log_sum = 0;
    std::vector<double> const p = stratum.at(gamma, log_sum);
    std::vector<double> next(sum.size() + p.size() - 1);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      for (std::size_t j = 0; j < p.size(); ++j) next[i + j] += sum[i] * p[j];
    }
    double const least = negligible * *std::ranges::max_element(next);
    auto const matters = [&](double value) { return value > least; };
    auto const from = std::ranges::find_if(next, matters);
    auto const to = std::find_if(next.rbegin(), next.rend(), matters).base();
    first += from - next.begin();
    sum.assign(from, to);
  }
  double tail = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    auto const above = static_cast<double>(first + static_cast<std::int64_t>(i) - observed);
    if (above >= 0) tail += sum[i] * std::exp(-gamma * above);
  }
  double const here = cumulants(strata, gamma).log_sum - gamma * static_cast<double>(observed);
  return std::min(0.0, here - cumulants(strata, 0).log_sum + std::log(tail));
}

}  // namespace

InteractionTest test_interaction(std::span<PresenceCounts const> strata) {
  std::vector<FreeCount> free;
  std::int64_t observed = 0;  // above the lowest, of strata that leave something free
  std::int64_t lowest = 0;    // of all
  for (PresenceCounts const& table : strata) {
    FreeCount const count(table);
    lowest += count.first();
    if (!count.is_free()) continue;
    observed += table.foreground[0] - count.first();
    free.push_back(count);
  }
  InteractionTest result;
  if (free.empty()) return result;
  Cumulants const none = cumulants(free, 0);
  result.expected = static_cast<double>(lowest) + none.mean;
  result.z = (static_cast<double>(observed) - none.mean) / std::sqrt(none.variance);
  double const gamma = estimate(free, static_cast<double>(observed));
  result.log2_odds = gamma / std::numbers::ln2;
  result.log_p = log_tail(free, observed, std::max(0.0, gamma));
  return result;
}

}  // namespace cislens
