#include "cislens/motif/pair_counts.hpp"

#include "cislens/base/errors.hpp"

#include "pair_tally.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace cislens {

char const* name_of(PairOrientation orientation) {
  constexpr char const* names[] = {"++", "+-", "-+", "--"};
  return names[static_cast<int>(orientation)];
}

PairOrientation orientation_of(bool left_forward, bool right_forward, bool left_is_a, bool same_motif) {
  bool first = left_forward;
  bool second = right_forward;
  if (!left_is_a) {  // read the other strand: a comes first, both turn round
    first = !right_forward;
    second = !left_forward;
  }
  if (first && second) return PairOrientation::both_forward;
  if (!first && !second) return same_motif ? PairOrientation::both_forward : PairOrientation::both_reverse;
  return first ? PairOrientation::towards : PairOrientation::away;
}

SitePair pair_of(std::span<Site const> sites, std::int64_t first, std::int64_t second) {
  if (sites[second].start < sites[first].start) std::swap(first, second);
  Site const& left = sites[first];
  Site const& right = sites[second];
  bool const left_is_a = left.motif <= right.motif;
  PairOrientation const orientation =
      orientation_of(left.strand == '+', right.strand == '+', left_is_a, left.motif == right.motif);
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

SiteArrangement::SiteArrangement(std::span<Site const> sites, std::span<std::uint8_t const> leans,
                                 std::span<std::int64_t const> lengths, std::span<int const> strata)
    : lengths_(lengths), first_slot_(lengths.size() + 1) {
  placed_.reserve(sites.size());
  for (Site const& site : sites) {
    bool const inside = site.sequence >= 0 && site.sequence < std::ssize(lengths) && site.start >= 0 &&
                        site.start < site.end && site.end <= lengths[site.sequence];
    if (!inside || site.end > std::numeric_limits<std::int32_t>::max())
      throw ShapeError("a site at " + std::to_string(site.start) + "-" + std::to_string(site.end) +
                       " lies outside its sequence " + std::to_string(site.sequence) +
                       ", or that is longer than 2^31 bases");
    auto const number = static_cast<std::uint32_t>(placed_.size());
    placed_.push_back(
        {static_cast<std::int32_t>(site.start), static_cast<std::int32_t>(site.end), site.motif,
         4 * number + (!leans.empty() && leans[number] != 0 ? 2U : 0U) + (site.strand == '+' ? 1U : 0U)});
    sequence_of_.push_back(static_cast<std::int32_t>(site.sequence));
    widest_ = std::max(widest_, placed_.back().end - placed_.back().start);
    ++first_slot_[site.sequence + 1];
  }
  std::partial_sum(first_slot_.begin(), first_slot_.end(), first_slot_.begin());
  int const most = strata.empty() ? 0 : *std::ranges::max_element(strata);
  stratum_slots_.resize(static_cast<std::size_t>(most) + 1);
  for (std::size_t slot = 0; slot < sites.size(); ++slot)
    stratum_slots_[strata[sequence_of_[slot]]].push_back(static_cast<std::uint32_t>(slot));
}

/// Whether a site could stand in the sequence of a slot in place of what is there.
bool SiteArrangement::fits(PlacedSite const& site, std::size_t slot, SiteCells const& cells) const {
  std::int32_t const sequence = sequence_of_[slot];
  if (site.end > lengths_[static_cast<std::size_t>(sequence)]) return false;
  return !cells.any_near(sequence, site.start, site.end, [&](std::int32_t other) {
    PlacedSite const& there = placed_[static_cast<std::size_t>(other)];
    return static_cast<std::size_t>(other) != slot && site.start < there.end && there.start < site.end;
  });
}

void SiteArrangement::permute(Random& random) {
  SiteCells cells(lengths_, widest_, placed_.size());
  auto const enter = [&](std::size_t slot) {
    cells.enter(static_cast<std::int32_t>(slot), sequence_of_[slot], placed_[slot].start);
  };
  for (std::size_t slot = 0; slot < placed_.size(); ++slot) enter(slot);
  for (auto const& slots : stratum_slots_) {
    for (std::uint32_t const u : slots) {
      std::uint32_t const v = slots[random.below(slots.size())];
      if (sequence_of_[u] == sequence_of_[v]) continue;
      if (!fits(placed_[u], v, cells) || !fits(placed_[v], u, cells)) continue;
      std::swap(placed_[u], placed_[v]);
      for (std::uint32_t const slot : {u, v}) {
        cells.take_out(static_cast<std::int32_t>(slot));
        enter(slot);
      }
    }
  }
  for (std::int64_t sequence = 0; sequence < sequences(); ++sequence) {
    auto const first = placed_.begin() + first_slot_[static_cast<std::size_t>(sequence)];
    auto const last = placed_.begin() + first_slot_[static_cast<std::size_t>(sequence) + 1];
    std::ranges::sort(first, last, {}, &PlacedSite::start);
  }
}

std::vector<Site> SiteArrangement::sites(std::span<Site const> original,
                                         std::vector<std::int64_t>& origin) const {
  std::vector<Site> result;
  origin.clear();
  for (std::size_t slot = 0; slot < placed_.size(); ++slot) {
    origin.push_back(placed_[slot].site());
    result.push_back(original[static_cast<std::size_t>(origin.back())]);
    result.back().sequence = sequence_of_[slot];
  }
  return result;
}

void SiteArrangement::count(PairSet const& set, int max_gap, PairCounts& counts) const {
  tally_gaps(*this, set, max_gap, counts);
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
