#include "cislens/motif/discovery_cut.hpp"

#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cislens {

namespace {

/// ln likelihood of two binomials at their own rates over that at the common rate; negative when the first
/// rate is the smaller.
double signed_log_ratio(double with_a, double all_a, double with_b, double all_b) {
  auto const term = [](double part, double all, double rate) {
    double sum = 0;
    if (part > 0) sum += part * std::log(part / all / rate);
    if (all - part > 0) sum += (all - part) * std::log((1 - part / all) / (1 - rate));
    return sum;
  };
  double const rate = (with_a + with_b) / (all_a + all_b);
  double const ratio = term(with_a, all_a, rate) + term(with_b, all_b, rate);
  return with_a / all_a >= with_b / all_b ? ratio : -ratio;
}

std::int64_t count_at_least(std::span<double const> values, double threshold) {
  return std::count_if(values.begin(), values.end(), [&](double value) { return value >= threshold; });
}

}  // namespace

ScoreCut apply_cut(std::span<double const> positives, std::span<double const> controls, double threshold) {
  ScoreCut cut;
  cut.threshold = threshold;
  cut.positives_with = count_at_least(positives, threshold);
  cut.controls_with = count_at_least(controls, threshold);
  cut.log_p =
      fisher_log_p({cut.positives_with, std::ssize(positives), cut.controls_with, std::ssize(controls)});
  return cut;
}

ScoreCut best_cut(std::span<double const> positives, std::span<double const> controls, double least) {
  std::vector<double> a(positives.begin(), positives.end());
  std::vector<double> b(controls.begin(), controls.end());
  std::sort(a.begin(), a.end(), std::greater<>());
  std::sort(b.begin(), b.end(), std::greater<>());
  double best = -1e300;
  double threshold = a.empty() ? 0 : a.front();
  std::size_t with_b = 0;
  for (std::size_t i = 0; i < a.size() && a[i] >= least; ++i) {
    if (i + 1 < a.size() && a[i + 1] == a[i]) continue;
    while (with_b < b.size() && b[with_b] >= a[i]) ++with_b;
    double const ratio = signed_log_ratio(static_cast<double>(i + 1), static_cast<double>(a.size()),
                                          static_cast<double>(with_b), static_cast<double>(b.size()));
    if (ratio > best) {
      best = ratio;
      threshold = a[i];
    }
  }
  return apply_cut(positives, controls, threshold);
}

}  // namespace cislens
