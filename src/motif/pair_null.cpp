#include "pair_null.hpp"

#include <algorithm>
#include <cmath>

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

double MaximumNull::log_p() const {
  double const counted = std::log((as_high_ + 1) / (count_ + 1));
  if (as_high_ >= 10) return counted;
  double const mean = sum_ / count_;
  double const variance = std::max(0.0, (square_ - sum_ * mean) / std::max(1.0, count_ - 1));
  double const scale = std::sqrt(6 * variance) / 3.14159265358979324;
  if (!(scale > 1e-6)) return counted;
  double const reduced = (value_ - (mean - 0.57721566490153286 * scale)) / scale;
  double const tail = -std::expm1(-std::exp(-reduced));
  return std::min(std::log(10 / (count_ + 1)), reduced > 30 ? -reduced : std::log(tail));
}

}  // namespace cislens
