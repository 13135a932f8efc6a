#include "pair_null.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cislens {

std::vector<PairWindow> pair_windows(int max_gap) {
  std::vector<PairWindow> windows{{0, max_gap}};
  for (int const width : {1, 3, 7, 15}) {
    for (int first = 0; width <= max_gap && first + width <= max_gap + 1; ++first)
      windows.push_back({first, first + width - 1});
  }
  return windows;
}

double poisson_excess(double n, double mean) {
  if (n <= 0) return -std::sqrt(2 * mean);
  double const ratio = 2 * (n * std::log(n / mean) - (n - mean));
  return std::copysign(std::sqrt(std::max(0.0, ratio)), n - mean);
}

BestWindow best_window(std::vector<double> const& counts, std::vector<double> const& means,
                       std::vector<PairWindow> const& windows, double least) {
  BestWindow best{-1e300, windows.front()};
  for (PairWindow const window : windows) {
    double const n = in_window(counts, window);
    double const mean = std::max(least, in_window(means, window));
    if (best.z > 0 && n <= mean) continue;  // cannot be higher
    double const z = poisson_excess(n, mean);
    if (z > best.z) best = {z, window};
  }
  return best;
}

double MaximumNull::log_p(double value) const {
  auto const count = static_cast<double>(values_.size());
  auto const as_high =
      static_cast<double>(std::ranges::count_if(values_, [&](double v) { return v >= value; }));
  double const counted = std::log((as_high + 1) / (count + 1));
  if (as_high >= 10) return counted;
  double const mean = std::accumulate(values_.begin(), values_.end(), 0.0) / count;
  double square = 0;
  for (double const v : values_) square += (v - mean) * (v - mean);
  double const scale = std::sqrt(6 * square / std::max(1.0, count - 1)) / 3.14159265358979324;
  if (!(scale > 0)) return counted;
  double const reduced = (value - (mean - 0.57721566490153286 * scale)) / scale;
  double const tail = -std::expm1(-std::exp(-reduced));
  return std::min(std::log(10 / (count + 1)), reduced > 30 ? -reduced : std::log(tail));
}

}  // namespace cislens
