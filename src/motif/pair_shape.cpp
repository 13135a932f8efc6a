#include "cislens/base/random.hpp"

#include "pair_null.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace cislens {

namespace {

constexpr int shape_samples = 2000;  // draws for the tests of gap and orientation

/// `total` draws from shares that sum to 1.
void draw_counts(std::vector<double> const& cumulative_share, std::int64_t total, Random& random,
                 std::vector<double>& counts) {
  std::ranges::fill(counts, 0.0);
  for (std::int64_t i = 0; i < total; ++i) {
    auto const at = std::ranges::upper_bound(cumulative_share, random.uniform()) - cumulative_share.begin();
    counts[std::min(static_cast<std::size_t>(at), counts.size() - 1)] += 1;
  }
}

/// A test of shape: given how many there are, which cells hold more than their share?
struct ShapeTest {
  std::vector<double> share;        // of the null, sums to 1
  std::vector<PairWindow> windows;  // of cells
  std::int64_t total = 0;

  BestWindow best(std::vector<double> const& counts) const {
    auto const n = cumulative<double>(counts);
    auto const p = cumulative<double>(share);
    BestWindow result{-1e300, windows.front()};
    auto const size = static_cast<double>(total);
    for (PairWindow const window : windows) {
      double const chance = std::clamp(in_window(p, window), 1e-6, 1 - 1e-6);
      double const z = (in_window(n, window) - size * chance) / std::sqrt(size * chance * (1 - chance));
      if (z > result.z) result = {z, window};
    }
    return result;
  }

  double log_p(double z, Random& random) const {
    auto sums = cumulative<double>(share);
    sums.erase(sums.begin());
    std::vector<double> counts(share.size());
    MaximumNull null(z);
    for (int sample = 0; sample < shape_samples; ++sample) {
      draw_counts(sums, total, random, counts);
      null.add(best(counts).z);
    }
    return null.log_p();
  }
};

/// Shares of the null, with a little for cells that no permutation reached.
std::vector<double> shares(std::span<double const> means) {
  double const total = std::accumulate(means.begin(), means.end(), 0.0);
  double const floor = 0.001 / static_cast<double>(means.size());
  std::vector<double> result;
  for (double const mean : means)
    result.push_back(total > 0 ? 0.999 * mean / total + floor : 1 / static_cast<double>(means.size()));
  return result;
}

/// Orientations in an order in which those that cannot be told apart are neighbours, and how many those are.
struct OrientationCells {
  std::array<std::size_t, pair_orientations> order;
  int together;
};

OrientationCells orientation_cells(PairOccurrence const& pair) {
  if (pair.strand_a_known && pair.strand_b_known) return {{0, 1, 2, 3}, 1};
  if (pair.strand_a_known) return {{0, 1, 2, 3}, 2};  // b behind a, or before it
  if (pair.strand_b_known) return {{0, 2, 1, 3}, 2};
  return {{0, 1, 2, 3}, pair_orientations};
}

double excess(PairOccurrence const& pair, std::size_t orientation) {
  return pair.orientations[orientation] - pair.expected_orientations[orientation];
}

/// The orientation that most instances have beyond those expected. Not that of the largest z: two of one
/// motif are `++` by chance twice as often as `+-`.
/// @param windows  of orientations in `order` that cannot be told apart
PairOrientation most_frequent(PairOccurrence const& pair, std::span<PairWindow const> windows,
                              std::span<std::size_t const> order) {
  auto const above = [&](PairWindow window) {
    double sum = 0;
    for (int i = window.first; i <= window.last; ++i) sum += excess(pair, order[static_cast<std::size_t>(i)]);
    return sum;
  };
  return static_cast<PairOrientation>(order[std::ranges::max(windows, {}, above).first]);
}

/// Whether the pair's orientation is more frequent than another, by 1.96 deviations of the difference.
bool stands_above(PairOccurrence const& pair, std::size_t other) {
  auto const orientation = static_cast<std::size_t>(pair.orientation);
  double const difference = excess(pair, orientation) - excess(pair, other);
  return difference > 1.96 * std::sqrt(pair.orientations[orientation] + pair.orientations[other]);
}

/// A strand is known if the pair's orientation is more frequent than the same with that strand turned. A
/// motif may differ from its reverse complement at most sites and not at those of this pair.
void judge_strands(PairOccurrence& pair) {
  constexpr std::size_t reverse_a = 2;  // bits of a PairOrientation
  constexpr std::size_t reverse_b = 1;
  auto const orientation = static_cast<std::size_t>(pair.orientation);
  if (pair.a == pair.b && pair.orientation != PairOrientation::both_forward) {
    // Read from the other end `+.` is `.-`: with either strand turned both point the same way.
    pair.strand_b_known = stands_above(pair, static_cast<std::size_t>(PairOrientation::both_forward));
    pair.strand_a_known = pair.strand_b_known || stands_above(pair, orientation ^ (reverse_a | reverse_b));
    return;
  }
  pair.strand_a_known = stands_above(pair, orientation ^ reverse_a);
  pair.strand_b_known = stands_above(pair, orientation ^ reverse_b);
}

void test_orientation(PairOccurrence& pair, Random& random) {
  auto const [order, together] = orientation_cells(pair);
  pair.orientation_log_p = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> counts, expected;
  for (std::size_t const o : order) {
    counts.push_back(pair.orientations[o]);
    expected.push_back(pair.expected_orientations[o]);
  }
  ShapeTest test{shares(expected), {}, std::llround(std::accumulate(counts.begin(), counts.end(), 0.0))};
  if (test.total == 0 || together == pair_orientations || (pair.a == pair.b && together > 1)) return;
  for (int o = 0; o < pair_orientations; o += together) {
    if (pair.a != pair.b || o != static_cast<int>(PairOrientation::both_reverse))
      test.windows.push_back({o, o + together - 1});
  }
  pair.orientation_log_p = test.log_p(test.best(counts).z, random);
  pair.orientation = most_frequent(pair, test.windows, order);
  if (together == 1) judge_strands(pair);
}

}  // namespace

std::string orientation_text(PairOccurrence const& pair) {
  std::string text = name_of(pair.orientation);
  if (!pair.strand_a_known) text[0] = '.';
  if (!pair.strand_b_known) text[1] = '.';
  return text;
}

void test_shapes(PairOccurrence& pair, std::uint64_t seed) {
  if (pair.sequences == 0) return;
  Random random(seed, mix(32, mix(static_cast<std::uint64_t>(pair.a), static_cast<std::uint64_t>(pair.b))));
  ShapeTest gaps{shares(pair.expected_gaps), pair_windows(static_cast<int>(pair.gaps.size()) - 1),
                 std::accumulate(pair.gaps.begin(), pair.gaps.end(), std::int64_t{0})};
  gaps.windows.erase(gaps.windows.begin());  // all gaps together have no shape
  std::vector<double> const gap_counts(pair.gaps.begin(), pair.gaps.end());
  if (!gaps.windows.empty()) {
    BestWindow const best = gaps.best(gap_counts);
    pair.gap = (best.window.first + best.window.last) / 2;
    pair.gap_log_p = gaps.log_p(best.z, random);
  }
  test_orientation(pair, random);
}

}  // namespace cislens
