#include "step_batch.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

double known_targets(Dataset const& dataset, std::span<std::int64_t const> records) {
  double known = 0;
  for (std::int64_t const record : records) {
    for (std::int64_t t = 0; t < dataset.target_count(); ++t)
      known += std::isnan(dataset.target(record, t)) ? 0 : 1;
  }
  return known;
}

}  // namespace

void cut_batch(NetworkConfig const& config, PassLimits const& limits, Dataset const& dataset,
               std::span<std::int64_t const> records, std::int64_t step, StepBatch& batch) {
  auto const length = [&](std::int64_t record) {
    return static_cast<std::int64_t>(dataset.bases[record].size());
  };
  batch.step = step;
  batch.known = known_targets(dataset, records);
  batch.records.assign(records.begin(), records.end());
  std::ranges::stable_sort(batch.records, std::ranges::greater(), length);
  std::vector<std::int64_t> lengths;
  batch.tokens = 0;
  for (std::int64_t const record : batch.records) {
    lengths.push_back(length(record));
    batch.tokens += static_cast<double>(config.tokens(lengths.back()));
  }
  batch.groups = cut_groups(config, lengths, limits);
}

}  // namespace cislens
