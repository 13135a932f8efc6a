#include "cislens/motif/statistics.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace cislens {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Terms this far below the largest one no longer change a double.
constexpr double negligible = 1e-18;

/// ln of the sum of term(k) over k in [first, last] for a term with one maximum, near `mode`.
/// `ratio(k)` is term(k + 1) / term(k); only ratios are multiplied, so nothing underflows.
template <typename LogTerm, typename Ratio>
double log_tail_sum(std::int64_t first, std::int64_t last, std::int64_t mode, LogTerm log_term, Ratio ratio) {
  std::int64_t const start = std::clamp(mode, first, last);
  double sum = 1;
  double term = 1;
  for (std::int64_t k = start; k < last && term > negligible * sum; ++k) sum += term *= ratio(k);
  term = 1;
  for (std::int64_t k = start; k > first && term > negligible * sum; --k) sum += term /= ratio(k - 1);
  return std::min(0.0, log_term(start) + std::log(sum));
}

/// What the rank tests need: U of the positives and the sum of t^3 - t over groups of ties.
struct RankSum {
  double u = 0;
  double ties = 0;
};

RankSum rank_sum(std::span<double const> positives, std::span<double const> negatives) {
  struct Value {
    double value;
    bool positive;
  };
  std::vector<Value> values;
  values.reserve(positives.size() + negatives.size());
  for (double const value : positives) values.push_back({value, true});
  for (double const value : negatives) values.push_back({value, false});
  std::sort(values.begin(), values.end(), [](Value const& a, Value const& b) { return a.value < b.value; });

  RankSum result;
  double negatives_below = 0;
  for (std::size_t i = 0; i < values.size();) {
    double tied_positives = 0;
    double tied_negatives = 0;
    std::size_t j = i;
    for (; j < values.size() && !(values[i].value < values[j].value); ++j) {
      (values[j].positive ? tied_positives : tied_negatives) += 1;
    }
    result.u += tied_positives * (negatives_below + 0.5 * tied_negatives);
    double const tied = tied_positives + tied_negatives;
    result.ties += tied * (tied * tied - 1);
    negatives_below += tied_negatives;
    i = j;
  }
  return result;
}

}  // namespace

double log_factorial(std::int64_t n) {
  if (n < 16) {
    double product = 1;
    for (std::int64_t i = 2; i <= n; ++i) product *= static_cast<double>(i);
    return std::log(product);
  }
  double const x = static_cast<double>(n) + 1;
  double const y = 1 / (x * x);
  double const series =
      (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188))))) / x;
  return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series;
}

double log_choose(std::int64_t n, std::int64_t k) {
  if (k < 0 || k > n) return -infinity;
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

double minus_log10(double log_p) { return std::max(0.0, -log_p / std::numbers::ln10); }

double fisher_log_p(Counts2x2 const& counts) {
  auto const [a, draws, c, others] = counts;
  if (a < 0 || c < 0 || a > draws || c > others) {
    throw Error("Fisher's exact test: a count is negative or larger than its group");
  }
  if (draws == 0 || others == 0) return 0;
  std::int64_t const marked = a + c;
  std::int64_t const total = draws + others;
  std::int64_t const lowest = std::max<std::int64_t>(0, marked - others);
  std::int64_t const highest = std::min(draws, marked);
  if (a <= lowest) return 0;

  double const log_all = log_choose(total, draws);
  auto const log_term = [&](std::int64_t k) {
    return log_choose(marked, k) + log_choose(total - marked, draws - k) - log_all;
  };
  auto const ratio = [&](std::int64_t k) {
    return static_cast<double>(marked - k) * static_cast<double>(draws - k) /
           (static_cast<double>(k + 1) * static_cast<double>(total - marked - draws + k + 1));
  };
  auto const mode = static_cast<std::int64_t>(
      static_cast<double>(draws + 1) * static_cast<double>(marked + 1) / static_cast<double>(total + 2));
  return log_tail_sum(a, highest, mode, log_term, ratio);
}

double binomial_log_p(std::int64_t successes, std::int64_t trials, double probability) {
  if (successes <= 0) return 0;
  if (successes > trials || !(probability > 0)) return -infinity;
  if (probability >= 1) return 0;
  double const log_yes = std::log(probability);
  double const log_no = std::log1p(-probability);
  auto const log_term = [&](std::int64_t k) {
    return log_choose(trials, k) + static_cast<double>(k) * log_yes +
           static_cast<double>(trials - k) * log_no;
  };
  double const odds = probability / (1 - probability);
  auto const ratio = [&](std::int64_t k) {
    return odds * static_cast<double>(trials - k) / static_cast<double>(k + 1);
  };
  auto const mode = static_cast<std::int64_t>(static_cast<double>(trials + 1) * probability);
  return log_tail_sum(successes, trials, mode, log_term, ratio);
}

double normal_log_p(double z) {
  if (z < 30) return std::log(0.5 * std::erfc(z / std::numbers::sqrt2));
  double const y = 1 / (z * z);
  double const series = 1 - y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y * (1 - 9 * y))));
  return -0.5 * z * z - std::log(z) - 0.5 * std::log(2 * std::numbers::pi) + std::log(series);
}

std::vector<double> benjamini_hochberg(std::span<double const> p) {
  std::vector<std::size_t> order;
  order.reserve(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!std::isnan(p[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });

  std::vector<double> q(p.size(), nan);
  double const tests = static_cast<double>(order.size());
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    smallest = std::min(smallest, p[order[rank - 1]] * tests / static_cast<double>(rank));
    q[order[rank - 1]] = smallest;
  }
  return q;
}

double auroc(std::span<double const> positives, std::span<double const> negatives) {
  if (positives.empty() || negatives.empty()) return nan;
  return rank_sum(positives, negatives).u /
         (static_cast<double>(positives.size()) * static_cast<double>(negatives.size()));
}

double mann_whitney_log_p(std::span<double const> positives, std::span<double const> negatives) {
  if (positives.empty() || negatives.empty()) return 0;
  double const n1 = static_cast<double>(positives.size());
  double const n2 = static_cast<double>(negatives.size());
  double const n = n1 + n2;
  auto const [u, ties] = rank_sum(positives, negatives);
  double const variance = n1 * n2 / 12 * (n + 1 - ties / (n * (n - 1)));
  if (!(variance > 0)) return 0;
  return normal_log_p((u - 0.5 * n1 * n2 - 0.5) / std::sqrt(variance));
}

}  // namespace cislens
