#pragma once

#include "cislens/motif/em.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace cislens {

/// Windows a thread takes at once: sums are made per item and added in the order of the items.
inline constexpr std::int64_t windows_per_item = 32;
/// Posterior below which a place is not looked at.
inline constexpr double negligible_posterior = 1e-4;

/// A place where a motif may stand.
struct Hit {
  std::int64_t place;  ///< first base, in WindowSet::bases
  int strand;          ///< 0 forward, 1 reverse
  double posterior;
};

/// Log-odds of a motif by groups of four columns: one look-up adds four columns of both strands.
class ScoreTable {
 public:
  /// @param columns  1 to 40
  /// @throws ShapeError  none, or more
  explicit ScoreTable(MotifColumns const& columns);

  int width() const { return width_; }

  /// visit(place, strand, score) for every place in [first, last) and strand (0 forward, 1 reverse) whose
  /// score (in score units, background and `lost` taken off) is at least `least`. Places in order.
  template <typename Visit>
  void scan(WindowSet const& set, std::int64_t first, std::int64_t last, std::int32_t least,
            Visit visit) const;

 private:
  using Pair = std::int32_t __attribute__((vector_size(8)));

  template <int quads, typename Visit>
  void scan_quads(WindowSet const& set, std::int64_t first, std::int64_t last, std::int32_t least,
                  Visit visit) const;

  int width_;
  int quads_;
  std::vector<Pair> table_;  ///< (quads, 256): forward, reverse
};

template <int quads, typename Visit>
void ScoreTable::scan_quads(WindowSet const& set, std::int64_t first, std::int64_t last, std::int32_t least,
                            Visit visit) const {
  std::uint8_t const* const codes = set.quads.data();
  std::uint32_t const* const cost = set.cost.data();
  Pair const* const table = table_.data();
  for (std::int64_t place = first; place < last; ++place) {
    Pair sum = table[codes[place]];
    for (int quad = 1; quad < quads; ++quad) sum += table[quad * 256 + codes[place + 4 * quad]];
    auto const off = static_cast<std::int32_t>(cost[place + width_] - cost[place]);
    if (std::max(sum[0], sum[1]) - off < least) continue;
    if (sum[0] - off >= least) visit(place, 0, sum[0] - off);
    if (sum[1] - off >= least) visit(place, 1, sum[1] - off);
  }
}

template <typename Visit>
void ScoreTable::scan(WindowSet const& set, std::int64_t first, std::int64_t last, std::int32_t least,
                      Visit visit) const {
  switch (quads_) {
    case 1:
      return scan_quads<1>(set, first, last, least, visit);
    case 2:
      return scan_quads<2>(set, first, last, least, visit);
    case 3:
      return scan_quads<3>(set, first, last, least, visit);
    case 4:
      return scan_quads<4>(set, first, last, least, visit);
    case 5:
      return scan_quads<5>(set, first, last, least, visit);
    case 6:
      return scan_quads<6>(set, first, last, least, visit);
    case 7:
      return scan_quads<7>(set, first, last, least, visit);
    case 8:
      return scan_quads<8>(set, first, last, least, visit);
    case 9:
      return scan_quads<9>(set, first, last, least, visit);
    default:  // the constructor takes no more
      return scan_quads<10>(set, first, last, least, visit);
  }
}

/// Splits the places of a window into stretches of nearly equal length and calls
/// handle(hits, log_ratio) for each, hits with their posteriors.
template <typename Handle>
void for_stretches(WindowSet const& set, std::int64_t window, ScoreTable const& table,
                   MotifModel const& model, int stretch_bp, std::vector<Hit>& hits, Handle handle) {
  std::int64_t const places = set.length[window] - table.width() + 1;
  if (places <= 0) return;
  PositionProfile const& profile = model.profile;
  // Of the middle of a site that begins at `place`.
  std::int64_t const middle = set.position[window] - set.begin[window] + table.width() / 2;
  std::int64_t const stretches = std::max<std::int64_t>(1, (places + stretch_bp / 2) / stretch_bp);
  std::int64_t const begin = set.begin[window] + middle;
  for (std::int64_t s = 0; s < stretches; ++s) {
    std::int64_t const first = places * s / stretches;
    std::int64_t const last = places * (s + 1) / stretches;
    double const prior = model.occupancy / (2.0 * static_cast<double>(last - first));
    auto const least = static_cast<std::int32_t>(
        std::log(negligible_posterior / (prior * profile.highest())) * score_units_per_nat);
    double const expected =
        profile.none() ? model.occupancy : 2.0 * prior * profile.sum(begin + first, begin + last);
    hits.clear();
    double sum = 0;
    table.scan(set, set.begin[window] + first, set.begin[window] + last, least,
               [&](std::int64_t place, int strand, std::int32_t score) {
                 double const odds =
                     prior * profile.ratio(strand, place + middle) * std::exp(score / score_units_per_nat);
                 hits.push_back({place, strand, odds});
                 sum += odds;
               });
    double const total = std::max(1e-3, 1.0 - expected) + sum;
    for (Hit& hit : hits) hit.posterior /= total;
    handle(hits, std::log(total));
  }
}

}  // namespace cislens
