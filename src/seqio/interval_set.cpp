#include "cislens/seqio/interval_set.hpp"

#include <algorithm>

namespace cislens {

IntervalSet::IntervalSet(std::span<Interval const> intervals) {
  for (Interval const& place : intervals) spans_[place.contig].emplace_back(place.start, place.end);
  for (auto& [contig, spans] : spans_) {
    std::sort(spans.begin(), spans.end());
    std::size_t kept = 0;
    for (auto const& [start, end] : spans) {
      if (kept > 0 && start <= spans[kept - 1].second) {
        spans[kept - 1].second = std::max(spans[kept - 1].second, end);
      } else {
        spans[kept++] = {start, end};
      }
    }
    spans.resize(kept);
  }
}

std::int64_t IntervalSet::covered_bp(Interval const& place) const {
  auto const found = spans_.find(place.contig);
  if (found == spans_.end()) return 0;
  auto const& spans = found->second;
  auto span = std::partition_point(spans.begin(), spans.end(),
                                   [&](auto const& candidate) { return candidate.second <= place.start; });
  std::int64_t covered = 0;
  for (; span != spans.end() && span->first < place.end; ++span) {
    covered += std::min(span->second, place.end) - std::max(span->first, place.start);
  }
  return covered;
}

}  // namespace cislens
