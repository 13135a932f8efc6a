#include "pair_null.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

PairPermutations::PairPermutations(PairSites const& input, SiteArrangement const& sites,
                                   std::vector<int> const& strata, PairOccurrenceOptions const& options,
                                   Threads& threads)
    : sites_(sites),
      strata_(strata),
      options_(options),
      threads_(threads),
      counts_(static_cast<std::size_t>(input.motifs)) {
  for (Site const& site : input.sites) ++counts_[site.motif];
}

std::vector<ExchangedPairs> PairPermutations::parts_of(PairSet const& set) const {
  std::vector<std::vector<int>> numbers(counts_.size());
  for (int i = 0; i < set.size(); ++i) numbers[motif_of(set.motifs_of(i))].push_back(i);
  std::vector<ExchangedPairs> parts;
  for (std::size_t motif = 0; motif < numbers.size(); ++motif) {
    if (numbers[motif].empty()) continue;
    std::vector<std::array<int, 2>> pairs;
    for (int const number : numbers[motif]) pairs.push_back(set.motifs_of(number));
    parts.push_back({static_cast<int>(motif), std::move(numbers[motif]),
                     PairSet(static_cast<int>(counts_.size()), pairs)});
  }
  return parts;
}

}  // namespace cislens
