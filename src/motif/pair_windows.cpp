#include "cislens/motif/pair_counts.hpp"

#include <algorithm>

namespace cislens {

void StrongerPairs::set(int a, int b, double strength) {
  strength_[static_cast<std::size_t>(a) * motifs_ + static_cast<std::size_t>(b)] = strength;
  strength_[static_cast<std::size_t>(b) * motifs_ + static_cast<std::size_t>(a)] = strength;
}

std::array<int, 2> StrongerPairs::explain(std::int32_t a, std::int32_t b,
                                          std::span<std::int32_t const> other_a,
                                          std::span<std::int32_t const> other_b) const {
  double strongest = strength(a, b);
  std::array<int, 2> found{-1, -1};
  auto const ask = [&](std::int32_t x, std::int32_t y) {
    if (!(strength(x, y) > strongest)) return;
    strongest = strength(x, y);
    found = {std::min(x, y), std::max(x, y)};
  };
  for (std::int32_t const x : other_a) ask(x, b);
  for (std::int32_t const y : other_b) {
    ask(a, y);
    for (std::int32_t const x : other_a) ask(x, y);
  }
  return found;
}

void SiteArrangement::count_windows(PairSet const& set, std::span<PairWindow const> windows,
                                    StrongerPairs const& stronger, SiteReadings const& readings,
                                    PairWindowCounts& counts) const {
  auto const pairs = static_cast<std::size_t>(set.size());
  counts.own.assign(pairs, 0);
  counts.orientations.assign(pairs * pair_orientations, 0);
  int reach = 0;
  for (PairWindow const window : windows) reach = std::max(reach, window.last);
  // The sequence that each was last counted in.
  std::vector<std::int64_t> own_in(counts.own.size(), -1);
  std::vector<std::int64_t> orientation_in(counts.orientations.size(), -1);
  for (std::int64_t sequence = 0; sequence + 1 < std::ssize(first_slot_); ++sequence) {
    auto const last = placed_.begin() + first_slot_[sequence + 1];
    for (auto left = placed_.begin() + first_slot_[sequence]; left != last; ++left) {
      for (auto right = left + 1; right != last && right->start - left->end <= reach; ++right) {
        int const index = set.index(left->motif, right->motif);
        if (index < 0) continue;
        auto const pair = static_cast<std::size_t>(index);
        std::int32_t const gap = right->start - left->end;
        if (gap < windows[pair].first || gap > windows[pair].last) continue;
        auto const orientation = static_cast<std::size_t>(orientation_of(
            left->forward(), right->forward(), left->motif <= right->motif, left->motif == right->motif));
        std::size_t const cell = pair * pair_orientations + orientation;
        if (orientation_in[cell] != sequence) ++counts.orientations[cell];
        orientation_in[cell] = sequence;
        if (own_in[pair] == sequence) continue;
        auto const other = stronger.explain(left->motif, right->motif, readings.of(left->site()),
                                            readings.of(right->site()));
        if (other[0] >= 0) continue;
        own_in[pair] = sequence;
        ++counts.own[pair];
      }
    }
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

}  // namespace cislens
