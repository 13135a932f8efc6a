#include "target_sides.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cislens {

namespace {

/// Median and upper quartile of the known values; there is at least one.
std::pair<float, float> median_and_quartile(std::vector<float> values) {
  auto const at = [&](std::size_t quarters) {
    auto const place = values.begin() + static_cast<std::ptrdiff_t>(values.size() * quarters / 4);
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  float const median = at(2);
  return {median, at(3)};
}

}  // namespace

TargetSides target_sides(Dataset const& dataset, LossKind loss, std::int64_t target) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    float const value = dataset.target(i, target);
    if (!std::isnan(value)) values.push_back(value);
  }
  TargetSides sides;
  if (values.empty()) return sides;
  auto const [median, quartile] =
      loss == LossKind::binary ? std::pair(0.5F, 0.5F) : median_and_quartile(std::move(values));
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    float const value = dataset.target(i, target);
    if (value > median && value >= quartile) sides.positives.push_back(i);
    if (value <= median) sides.negatives.push_back(i);
  }
  return sides;
}

std::vector<std::int64_t> in_part(std::vector<std::int64_t> const& records, std::vector<Part> const& parts,
                                  Part part) {
  std::vector<std::int64_t> result;
  for (std::int64_t const record : records) {
    if (parts[record] == part) result.push_back(record);
  }
  return result;
}

}  // namespace cislens
