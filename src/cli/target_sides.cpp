#include "target_sides.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
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

std::vector<std::int64_t> common(std::vector<std::int64_t> const& a, std::vector<std::int64_t> const& b) {
  std::vector<std::int64_t> result;
  std::ranges::set_intersection(a, b, std::back_inserter(result));
  return result;
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

TargetSides opposed_sides(TargetSides const& own, TargetSides const& other) {
  return {common(own.positives, other.negatives), common(own.negatives, other.positives)};
}

void require_sides(TargetSides const& sides, std::string const& file, std::string const& name,
                   std::string const& against) {
  if (!against.empty() && (sides.positives.empty() || sides.negatives.empty())) {
    throw InputError(file + ": no sequence is positive for " + (sides.positives.empty() ? name : against) +
                     " and negative for " + (sides.positives.empty() ? against : name) +
                     " (choose others with --target, --against)");
  }
  if (sides.positives.empty()) {
    throw InputError(file + ": no sequence is positive for target " + name +
                     " (choose another with --target)");
  }
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
