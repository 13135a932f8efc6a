#include "cislens/train/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cislens {

namespace {

struct Known {
  std::vector<double> logits;
  double targets = 0;  ///< their sum
};

Known known_of(std::span<float const> logits, std::span<float const> targets) {
  Known known;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(targets[i])) continue;
    known.logits.push_back(static_cast<double>(logits[i]));
    known.targets += static_cast<double>(targets[i]);
  }
  return known;
}

/// The offset at which the probabilities add up to the number of positives.
double binary_offset(Known const& known) {
  constexpr double precision = 1e-8;  // a bias is a float
  double const share = known.targets / static_cast<double>(known.logits.size());
  if (!(share > 0 && share < 1)) return 0;
  auto const excess = [&](double offset) {
    double sum = -known.targets;
    for (double const z : known.logits) sum += 1 / (1 + std::exp(-z - offset));
    return sum;
  };
  // Were all logits like the highest, or the lowest, the offset would be one of these.
  auto const [lowest, highest] = std::ranges::minmax(known.logits);
  double const even = std::log(share / (1 - share));
  double low = even - highest;
  double high = even - lowest;
  while (high - low > precision * (1 + std::abs(low))) {
    double const middle = low + (high - low) / 2;
    (excess(middle) < 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

double poisson_offset(Known const& known) {
  if (!(known.targets > 0)) return 0;
  double const highest = *std::ranges::max_element(known.logits);  // taken out: no sum overflows or vanishes
  double rates = 0;
  for (double const z : known.logits) rates += std::exp(z - highest);
  return std::log(known.targets / rates) - highest;
}

double squared_offset(Known const& known) {
  double sum = known.targets;
  for (double const z : known.logits) sum -= z;
  return sum / static_cast<double>(known.logits.size());
}

}  // namespace

double best_offset(LossKind kind, std::span<float const> logits, std::span<float const> targets) {
  Known const known = known_of(logits, targets);
  if (known.logits.empty()) return 0;
  switch (kind) {
    case LossKind::binary:
      return binary_offset(known);
    case LossKind::poisson:
      return poisson_offset(known);
    case LossKind::squared:
      return squared_offset(known);
  }
  return 0;
}

}  // namespace cislens
