#include "cislens/motif/pair_counts.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cislens {

char const* name_of(PairOrientation orientation) {
  constexpr char const* names[] = {"++", "+-", "-+", "--"};
  return names[static_cast<int>(orientation)];
}

namespace {

PairOrientation orientation_of(Site const& left, Site const& right, bool left_is_a, bool same_motif) {
  bool first = left.strand == '+';
  bool second = right.strand == '+';
  if (!left_is_a) {  // read the other strand: a comes first, both turn round
    bool const was_first = first;
    first = !second;
    second = !was_first;
  }
  if (first && second) return PairOrientation::both_forward;
  if (!first && !second) return same_motif ? PairOrientation::both_forward : PairOrientation::both_reverse;
  return first ? PairOrientation::towards : PairOrientation::away;
}

}  // namespace

SitePair pair_of(std::span<Site const> sites, std::int64_t first, std::int64_t second) {
  if (sites[second].start < sites[first].start) std::swap(first, second);
  Site const& left = sites[first];
  Site const& right = sites[second];
  bool const left_is_a = left.motif <= right.motif;
  PairOrientation const orientation = orientation_of(left, right, left_is_a, left.motif == right.motif);
  std::int64_t const gap = right.start - left.end;
  if (left_is_a) return {left.motif, right.motif, first, second, gap, orientation};
  return {right.motif, left.motif, second, first, gap, orientation};
}

PairSet::PairSet(int motifs, std::span<std::array<int, 2> const> pairs)
    : motifs_(static_cast<std::size_t>(motifs)),
      pairs_(pairs.begin(), pairs.end()),
      index_(motifs_ * motifs_, -1) {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    auto const [a, b] = pairs_[i];
    index_[static_cast<std::size_t>(a) * motifs_ + b] = static_cast<int>(i);
    index_[static_cast<std::size_t>(b) * motifs_ + a] = static_cast<int>(i);
  }
}

SiteArrangement::SiteArrangement(std::span<Site const> sites, std::span<std::int64_t const> lengths,
                                 std::span<int const> strata)
    : sites_(sites), lengths_(lengths), site_at_(sites.size()), first_slot_(lengths.size() + 1) {
  std::iota(site_at_.begin(), site_at_.end(), 0);
  for (Site const& site : sites) {
    sequence_of_.push_back(site.sequence);
    ++first_slot_[site.sequence + 1];
  }
  std::partial_sum(first_slot_.begin(), first_slot_.end(), first_slot_.begin());
  int const most = strata.empty() ? 0 : *std::ranges::max_element(strata);
  stratum_slots_.resize(static_cast<std::size_t>(most) + 1);
  for (std::size_t slot = 0; slot < sites.size(); ++slot)
    stratum_slots_[strata[sequence_of_[slot]]].push_back(static_cast<std::int64_t>(slot));
}

/// Whether a site could stand in the sequence of a slot in place of what is there.
bool SiteArrangement::fits(std::int64_t site, std::int64_t slot) const {
  std::int64_t const sequence = sequence_of_[slot];
  Site const& moved = sites_[site];
  if (moved.end > lengths_[sequence]) return false;
  for (std::int64_t other = first_slot_[sequence]; other < first_slot_[sequence + 1]; ++other) {
    if (other == slot) continue;
    Site const& there = sites_[site_at_[other]];
    if (moved.start < there.end && there.start < moved.end) return false;
  }
  return true;
}

void SiteArrangement::permute(Random& random) {
  for (auto const& slots : stratum_slots_) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      std::int64_t const u = slots[i];
      std::int64_t const v = slots[random.below(slots.size())];
      if (sequence_of_[u] == sequence_of_[v]) continue;
      if (fits(site_at_[u], v) && fits(site_at_[v], u)) std::swap(site_at_[u], site_at_[v]);
    }
  }
}

void SiteArrangement::count(PairSet const& set, int max_gap, PairCounts& counts) const {
  std::size_t const width = static_cast<std::size_t>(max_gap) + 1;
  counts.max_gap = max_gap;
  counts.gaps.assign(static_cast<std::size_t>(set.size()) * width, 0);
  counts.orientations.assign(static_cast<std::size_t>(set.size()) * pair_orientations, 0);
  std::vector<std::int64_t> order;
  struct Closest {
    std::int64_t gap = -1;  // -1: not in this sequence
    PairOrientation orientation{};
  };
  std::vector<Closest> closest(static_cast<std::size_t>(set.size()));
  std::vector<int> seen;
  for (std::size_t sequence = 0; sequence + 1 < first_slot_.size(); ++sequence) {
    order.assign(site_at_.begin() + first_slot_[sequence], site_at_.begin() + first_slot_[sequence + 1]);
    std::ranges::sort(order, {}, [&](std::int64_t site) { return sites_[site].start; });
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j) {
        if (sites_[order[j]].start - sites_[order[i]].end > max_gap) break;
        SitePair const pair = pair_of(sites_, order[i], order[j]);
        int const index = set.index(pair.a, pair.b);
        if (index < 0 || pair.gap < 0) continue;
        Closest& best = closest[index];
        if (best.gap < 0) seen.push_back(index);
        if (best.gap < 0 || pair.gap < best.gap) best = {pair.gap, pair.orientation};
      }
    }
    for (int const index : seen) {
      ++counts.gaps[static_cast<std::size_t>(index) * width + static_cast<std::size_t>(closest[index].gap)];
      ++counts.orientations[static_cast<std::size_t>(index) * pair_orientations +
                            static_cast<std::size_t>(closest[index].orientation)];
      closest[index].gap = -1;
    }
    seen.clear();
  }
}

namespace {

/// Class of every value: `classes` quantile classes, ties together.
std::vector<int> quantile_classes(std::span<double const> values, std::size_t classes) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  std::vector<int> result;
  for (double const value : values) {
    auto const rank = static_cast<std::size_t>(std::ranges::lower_bound(sorted, value) - sorted.begin());
    result.push_back(static_cast<int>(rank * classes / sorted.size()));
  }
  return result;
}

}  // namespace

std::vector<int> pair_strata(std::span<std::int64_t const> lengths, std::span<double const> gc,
                             std::int64_t least) {
  auto const count = static_cast<std::int64_t>(lengths.size());
  auto const most =
      static_cast<std::size_t>(std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, least)));
  std::vector<double> const length_values(lengths.begin(), lengths.end());
  bool const one_length = std::ranges::count(lengths, count > 0 ? lengths[0] : 0) == count;
  std::size_t const length_classes =
      one_length ? 1 : std::min<std::size_t>(4, std::max<std::size_t>(1, most / 2));
  std::size_t const gc_classes = std::min<std::size_t>(5, std::max<std::size_t>(1, most / length_classes));
  std::vector<int> const by_length = quantile_classes(length_values, length_classes);
  std::vector<int> strata(lengths.size());
  for (int c = 0; c < static_cast<int>(length_classes); ++c) {
    std::vector<std::size_t> members;
    std::vector<double> values;
    for (std::size_t i = 0; i < strata.size(); ++i) {
      if (by_length[i] != c) continue;
      members.push_back(i);
      values.push_back(gc[i]);
    }
    std::vector<int> const by_gc = quantile_classes(values, gc_classes);
    for (std::size_t i = 0; i < members.size(); ++i)
      strata[members[i]] = c * static_cast<int>(gc_classes) + by_gc[i];
  }
  return strata;
}

}  // namespace cislens
