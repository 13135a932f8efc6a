#pragma once

#include "cislens/motif/pair_counts.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

// What is counted in an arrangement of sites, whichever: it calls for_each_neighbours(reach, visit(sequence,
// left, right)) sequence by sequence, and any_near(sequence, from, to, ask(site)).

namespace cislens {

/// See PairCounts.
template <typename Arrangement>
void tally_gaps(Arrangement const& arrangement, PairSet const& set, int max_gap, PairCounts& counts) {
  std::size_t const width = static_cast<std::size_t>(max_gap) + 1;
  auto const pairs = static_cast<std::size_t>(set.size());
  counts.max_gap = max_gap;
  counts.gaps.assign(pairs * width, 0);
  counts.sequences.assign(pairs, 0);
  counts.seen.assign(pairs, -1);
  counts.seen_gaps.assign(pairs * width, -1);
  arrangement.for_each_neighbours(
      max_gap, [&](std::int64_t sequence, PlacedSite const& left, PlacedSite const& right) {
        std::int32_t const gap = right.start - left.end;
        int const index = set.index(left.motif, right.motif);
        if (index < 0 || gap < 0 || lean(left, right)) return;
        auto const own = static_cast<std::int32_t>(sequence);
        std::size_t const cell = static_cast<std::size_t>(index) * width + static_cast<std::size_t>(gap);
        counts.gaps[cell] += counts.seen_gaps[cell] != own ? 1 : 0;
        counts.seen_gaps[cell] = own;
        counts.sequences[index] += counts.seen[index] != own ? 1 : 0;
        counts.seen[index] = own;
      });
}

/// See SiteArrangement::count_windows.
template <typename Arrangement>
void tally_windows(Arrangement const& arrangement, PairSet const& set, std::span<PairWindow const> windows,
                   StrongerPairs const& stronger, SiteReadings const& readings, PairWindowCounts& counts) {
  auto const pairs = static_cast<std::size_t>(set.size());
  counts.own.assign(pairs, 0);
  counts.orientations.assign(pairs * pair_orientations, 0);
  counts.instances.assign(pairs, 0);
  counts.a_left.assign(pairs, 0);
  int reach = 0;
  for (PairWindow const window : windows) reach = std::max(reach, window.last);
  // The sequence that each was last counted in.
  std::vector<std::int64_t> own_in(counts.own.size(), -1);
  std::vector<std::int64_t> orientation_in(counts.orientations.size(), -1);
  arrangement.for_each_neighbours(
      reach, [&](std::int64_t sequence, PlacedSite const& left, PlacedSite const& right) {
        int const index = set.index(left.motif, right.motif);
        if (index < 0 || lean(left, right)) return;
        auto const pair = static_cast<std::size_t>(index);
        std::int32_t const gap = right.start - left.end;
        if (gap < windows[pair].first || gap > windows[pair].last) return;
        ++counts.instances[pair];
        counts.a_left[pair] += left.motif <= right.motif ? 1 : 0;
        auto const orientation = static_cast<std::size_t>(orientation_of(
            left.forward(), right.forward(), left.motif <= right.motif, left.motif == right.motif));
        std::size_t const cell = pair * pair_orientations + orientation;
        if (orientation_in[cell] != sequence) ++counts.orientations[cell];
        orientation_in[cell] = sequence;
        if (own_in[pair] == sequence) return;
        auto const other =
            stronger.explain(left.motif, right.motif, readings.of(left.site()), readings.of(right.site()));
        if (other[0] >= 0) return;
        own_in[pair] = sequence;
        ++counts.own[pair];
      });
}

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

/// See SiteArrangement::count_without.
template <typename Arrangement>
void tally_without(Arrangement const& arrangement, std::span<PairTriple const> triples, int max_gap,
                   std::vector<std::int32_t>& counts) {
  counts.assign(triples.size(), 0);
  TriplesByPair const by_pair(triples);
  std::vector<std::int64_t> counted(triples.size(), -1);  // the sequence a triple was last counted in
  arrangement.for_each_neighbours(
      max_gap, [&](std::int64_t sequence, PlacedSite const& left, PlacedSite const& right) {
        if (lean(left, right)) return;
        std::int32_t const gap = right.start - left.end;
        for (std::size_t const t : by_pair.of(left.motif, right.motif)) {
          PairTriple const& triple = triples[t];
          if (counted[t] == sequence || gap < triple.gap_first || gap > triple.gap_last) continue;
          bool const accompanied = arrangement.any_near(
              sequence, left.start - max_gap, right.end + max_gap, [&](PlacedSite const& site) {
                return site.motif == triple.third && site.start - right.end <= max_gap &&
                       left.start - site.end <= max_gap;
              });
          if (accompanied) continue;
          counted[t] = sequence;
          ++counts[t];
        }
      });
}

}  // namespace cislens
