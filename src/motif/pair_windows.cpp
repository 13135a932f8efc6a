#include "cislens/motif/pair_counts.hpp"

#include "pair_tally.hpp"

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
  tally_windows(*this, set, windows, stronger, readings, counts);
}

void SiteArrangement::count_without(std::span<PairTriple const> triples, int max_gap,
                                    std::vector<std::int32_t>& counts) const {
  tally_without(*this, triples, max_gap, counts);
}

}  // namespace cislens
