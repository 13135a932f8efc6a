#include "cislens/motif/pair_counts.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace cislens {

char const* name_of(PairOrientation orientation) {
  constexpr char const* names[] = {"++", "+-", "-+", "--"};
  return names[static_cast<int>(orientation)];
}

namespace {

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

}  // namespace

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

SiteArrangement::SiteArrangement(std::span<Site const> sites, std::span<std::int64_t const> lengths,
                                 std::span<int const> strata)
    : lengths_(lengths), first_slot_(lengths.size() + 1) {
  placed_.reserve(sites.size());
  for (Site const& site : sites) {
    bool const inside = site.sequence >= 0 && site.sequence < std::ssize(lengths) && site.start >= 0 &&
                        site.start < site.end && site.end <= lengths[site.sequence];
    if (!inside || site.end > std::numeric_limits<std::int32_t>::max())
      throw ShapeError("a site at " + std::to_string(site.start) + "-" + std::to_string(site.end) +
                       " lies outside its sequence " + std::to_string(site.sequence) +
                       ", or that is longer than 2^31 bases");
    placed_.push_back({static_cast<std::int32_t>(site.start), static_cast<std::int32_t>(site.end), site.motif,
                       site.strand == '+'});
    sequence_of_.push_back(static_cast<std::int32_t>(site.sequence));
    ++first_slot_[site.sequence + 1];
  }
  std::partial_sum(first_slot_.begin(), first_slot_.end(), first_slot_.begin());
  int const most = strata.empty() ? 0 : *std::ranges::max_element(strata);
  stratum_slots_.resize(static_cast<std::size_t>(most) + 1);
  for (std::size_t slot = 0; slot < sites.size(); ++slot)
    stratum_slots_[strata[sequence_of_[slot]]].push_back(static_cast<std::uint32_t>(slot));
}

/// Whether a site could stand in the sequence of a slot in place of what is there.
bool SiteArrangement::fits(Placed const& site, std::size_t slot) const {
  auto const sequence = static_cast<std::size_t>(sequence_of_[slot]);
  if (site.end > lengths_[sequence]) return false;
  bool free = true;
  auto const last = static_cast<std::size_t>(first_slot_[sequence + 1]);
  for (auto other = static_cast<std::size_t>(first_slot_[sequence]); other < last; ++other) {
    Placed const& there = placed_[other];
    free &= other == slot || site.start >= there.end || there.start >= site.end;
  }
  return free;
}

void SiteArrangement::permute(Random& random) {
  for (auto const& slots : stratum_slots_) {
    for (std::uint32_t const u : slots) {
      std::uint32_t const v = slots[random.below(slots.size())];
      if (sequence_of_[u] == sequence_of_[v]) continue;
      if (fits(placed_[u], v) && fits(placed_[v], u)) std::swap(placed_[u], placed_[v]);
    }
  }
  sort_sequences();
}

/// Insertion: the few sites of a sequence are nearly sorted already.
void SiteArrangement::sort_sequences() {
  for (std::size_t sequence = 0; sequence + 1 < first_slot_.size(); ++sequence) {
    std::int64_t const first = first_slot_[sequence];
    for (std::int64_t i = first + 1; i < first_slot_[sequence + 1]; ++i) {
      Placed const moved = placed_[i];
      std::int64_t at = i;
      for (; at > first && placed_[at - 1].start > moved.start; --at) placed_[at] = placed_[at - 1];
      placed_[at] = moved;
    }
  }
}

void SiteArrangement::count(PairSet const& set, int max_gap, PairCounts& counts) const {
  std::size_t const width = static_cast<std::size_t>(max_gap) + 1;
  counts.max_gap = max_gap;
  counts.gaps.assign(static_cast<std::size_t>(set.size()) * width, 0);
  counts.orientations.assign(static_cast<std::size_t>(set.size()) * pair_orientations, 0);
  struct Closest {
    std::int32_t gap = -1;  // -1: not in this sequence
    std::int64_t left = 0;  // slots
    std::int64_t right = 0;
  };
  std::vector<Closest> closest(static_cast<std::size_t>(set.size()));
  counts.sequences.assign(static_cast<std::size_t>(set.size()), 0);
  std::vector<int> seen;
  std::vector<std::size_t> cells;  // of counts.gaps that this sequence adds to
  for (std::size_t sequence = 0; sequence + 1 < first_slot_.size(); ++sequence) {
    std::int64_t const last = first_slot_[sequence + 1];
    for (std::int64_t i = first_slot_[sequence]; i < last; ++i) {
      for (std::int64_t j = i + 1; j < last; ++j) {
        std::int32_t const gap = placed_[j].start - placed_[i].end;
        if (gap > max_gap) break;
        int const index = set.index(placed_[i].motif, placed_[j].motif);
        if (index < 0 || gap < 0) continue;
        cells.push_back(static_cast<std::size_t>(index) * width + static_cast<std::size_t>(gap));
        Closest& best = closest[index];
        if (best.gap < 0) seen.push_back(index);
        if (best.gap < 0 || gap < best.gap) best = {gap, i, j};
      }
    }
    for (int const index : seen) {
      Closest& best = closest[index];
      Placed const& left = placed_[best.left];
      Placed const& right = placed_[best.right];
      PairOrientation const orientation =
          orientation_of(left.forward, right.forward, left.motif <= right.motif, left.motif == right.motif);
      ++counts.sequences[index];
      ++counts.orientations[static_cast<std::size_t>(index) * pair_orientations +
                            static_cast<std::size_t>(orientation)];
      best.gap = -1;
    }
    seen.clear();
    std::ranges::sort(cells);
    auto const repeated = std::ranges::unique(cells);
    std::for_each(cells.begin(), repeated.begin(), [&](std::size_t cell) { ++counts.gaps[cell]; });
    cells.clear();
  }
}

namespace {

/// Which triples each pair of motifs has.
class TriplesByPair {
 public:
  explicit TriplesByPair(std::span<PairTriple const> triples) {
    for (PairTriple const& triple : triples)
      motifs_ =
          std::max({motifs_, static_cast<std::size_t>(triple.a) + 1, static_cast<std::size_t>(triple.b) + 1});
    lists_.resize(motifs_ * motifs_);
    for (std::size_t t = 0; t < triples.size(); ++t) {
      lists_[static_cast<std::size_t>(triples[t].a) * motifs_ + static_cast<std::size_t>(triples[t].b)]
          .push_back(t);
      if (triples[t].a != triples[t].b)
        lists_[static_cast<std::size_t>(triples[t].b) * motifs_ + static_cast<std::size_t>(triples[t].a)]
            .push_back(t);
    }
  }
  std::span<std::size_t const> of(std::int32_t left, std::int32_t right) const {
    auto const a = static_cast<std::size_t>(left);
    auto const b = static_cast<std::size_t>(right);
    if (a >= motifs_ || b >= motifs_) return {};
    return lists_[a * motifs_ + b];
  }

 private:
  std::size_t motifs_ = 0;
  std::vector<std::vector<std::size_t>> lists_;
};

}  // namespace

void SiteArrangement::count_without(std::span<PairTriple const> triples, int max_gap,
                                    std::vector<std::int32_t>& counts) const {
  counts.assign(triples.size(), 0);
  TriplesByPair const by_pair(triples);
  std::vector<std::int64_t> counted(triples.size(), -1);  // the sequence a triple was last counted in
  for (std::int64_t sequence = 0; sequence + 1 < std::ssize(first_slot_); ++sequence) {
    auto const first = placed_.begin() + first_slot_[sequence];
    auto const last = placed_.begin() + first_slot_[sequence + 1];
    for (auto left = first; left != last; ++left) {
      for (auto right = left + 1; right != last && right->start - left->end <= max_gap; ++right) {
        std::int32_t const gap = right->start - left->end;
        for (std::size_t const t : by_pair.of(left->motif, right->motif)) {
          PairTriple const& triple = triples[t];
          if (counted[t] == sequence || gap < triple.gap_first || gap > triple.gap_last) continue;
          bool const accompanied = std::any_of(first, last, [&](Placed const& site) {
            return site.motif == triple.third && site.start - right->end <= max_gap &&
                   left->start - site.end <= max_gap;
          });
          if (accompanied) continue;
          counted[t] = sequence;
          ++counts[t];
        }
      }
    }
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
