#include "cislens/motif/pair_occurrence.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/statistics.hpp"

#include "pair_null.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cislens {

namespace {

constexpr int shape_samples = 2000;  // draws for the tests of gap and orientation
constexpr double shape_limit = 0.1;  // gap and orientation are tested for pairs with an occurrence q so low

/// Sums and sums of squares over permutations, one part a chain, added up in order.
struct Moments {
  std::vector<double> gaps, gap_squares, sequences, orientations;

  explicit Moments(PairCounts const& shape)
      : gaps(shape.gaps.size()),
        gap_squares(shape.gaps.size()),
        sequences(shape.sequences.size()),
        orientations(shape.orientations.size()) {}

  void add(PairCounts const& counts) {
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      auto const n = static_cast<double>(counts.gaps[i]);
      gaps[i] += n;
      gap_squares[i] += n * n;
    }
    for (std::size_t i = 0; i < sequences.size(); ++i)
      sequences[i] += static_cast<double>(counts.sequences[i]);
    for (std::size_t i = 0; i < orientations.size(); ++i)
      orientations[i] += static_cast<double>(counts.orientations[i]);
  }
  void add(Moments const& other) {
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      gaps[i] += other.gaps[i];
      gap_squares[i] += other.gap_squares[i];
    }
    for (std::size_t i = 0; i < sequences.size(); ++i) sequences[i] += other.sequences[i];
    for (std::size_t i = 0; i < orientations.size(); ++i) orientations[i] += other.orientations[i];
  }
};

/// Pairs whose motifs are frequent enough that some are expected side by side: a matter of their counts
/// alone.
std::vector<std::array<int, 2>> frequent_pairs(PairSites const& sites, PairOccurrenceOptions const& options) {
  auto const motifs = static_cast<std::size_t>(sites.motifs);
  std::vector<double> count(motifs);
  for (Site const& site : sites.sites) count[site.motif] += 1;
  double bases = 0;
  for (std::int64_t const length : sites.lengths) bases += static_cast<double>(length);
  // Two sites in one sequence, the gap within reach: sequences * rate_a * rate_b * share of gaps.
  auto const sequences = static_cast<double>(sites.lengths.size());
  double const reach = std::min(1.0, 2 * (options.max_gap + 10.0) * sequences / std::max(1.0, bases));
  std::vector<std::array<int, 2>> pairs;
  for (std::size_t a = 0; a < motifs; ++a) {
    for (std::size_t b = a; b < motifs; ++b) {
      double const expected = (a == b ? 0.5 : 1.0) * count[a] * count[b] / std::max(1.0, sequences) * reach;
      if (expected >= options.min_expected) pairs.push_back({static_cast<int>(a), static_cast<int>(b)});
    }
  }
  return pairs;
}

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
    MaximumNull null;
    for (int sample = 0; sample < shape_samples; ++sample) {
      draw_counts(sums, total, random, counts);
      null.add(best(counts).z);
    }
    return null.log_p(z);
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
  ShapeTest orientations{shares(pair.expected_orientations), {}, pair.sequences};
  for (int o = 0; o < pair_orientations; ++o) {
    if (pair.a != pair.b || o != static_cast<int>(PairOrientation::both_reverse))
      orientations.windows.push_back({o, o});
  }
  std::vector<double> const counts(pair.orientations.begin(), pair.orientations.end());
  BestWindow const best = orientations.best(counts);
  pair.orientation = static_cast<PairOrientation>(best.window.first);
  pair.orientation_log_p = orientations.log_p(best.z, random);
}

PairOccurrence describe(int index, PairSet const& set, PairCounts const& observed, Moments const& moments,
                        double permutations) {
  PairOccurrence pair;
  pair.a = set.motifs_of(index)[0];
  pair.b = set.motifs_of(index)[1];
  auto const gaps = observed.gaps_of(index);
  pair.gaps.assign(gaps.begin(), gaps.end());
  pair.sequences = observed.sequences[index];
  pair.expected = moments.sequences[index] / permutations;
  std::size_t const first = static_cast<std::size_t>(index) * gaps.size();
  for (std::size_t g = 0; g < gaps.size(); ++g) {
    double const mean = moments.gaps[first + g] / permutations;
    pair.expected_gaps.push_back(mean);
    pair.gap_deviation.push_back(
        std::sqrt(std::max(0.0, moments.gap_squares[first + g] / permutations - mean * mean)));
  }
  for (std::size_t o = 0; o < pair_orientations; ++o) {
    std::size_t const at = static_cast<std::size_t>(index) * pair_orientations + o;
    pair.orientations[o] = observed.orientations[at];
    pair.expected_orientations[o] = moments.orientations[at] / permutations;
  }
  return pair;
}

void fill_q(std::vector<PairOccurrence>& pairs, double PairOccurrence::*log_p, double PairOccurrence::*q) {
  std::vector<double> p;
  double const not_tested = std::numeric_limits<double>::quiet_NaN();
  bool const shape = q != &PairOccurrence::q;
  for (PairOccurrence const& pair : pairs)
    p.push_back(shape && pair.q > shape_limit ? not_tested : std::exp(pair.*log_p));
  std::vector<double> const adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].*q = adjusted[i];
}

}  // namespace

std::vector<PairOccurrence> test_pair_occurrence(PairSites const& sites, PairOccurrenceOptions const& options,
                                                 Threads& threads) {
  auto const tested = frequent_pairs(sites, options);
  if (tested.empty()) return {};
  PairSet const set(sites.motifs, tested);
  std::vector<int> const strata = pair_strata(sites.lengths, sites.gc, options.stratum);
  PairCounts observed;
  SiteArrangement(sites.sites, sites.lengths, strata).count(set, options.max_gap, observed);
  PairPermutations const permutations(sites, strata, options, threads);

  std::vector<PairCounts> scratch(PairPermutations::chains);
  std::vector<Moments> parts(PairPermutations::chains, Moments(observed));
  permutations.run([&](std::int64_t chain, SiteArrangement const& arrangement) {
    arrangement.count(set, options.max_gap, scratch[chain]);
    parts[chain].add(scratch[chain]);
  });
  for (std::size_t chain = 1; chain < parts.size(); ++chain) parts[0].add(parts[chain]);
  std::vector<PairOccurrence> pairs;
  for (int i = 0; i < set.size(); ++i)
    pairs.push_back(describe(i, set, observed, parts[0], static_cast<double>(options.permutations)));

  auto const windows = pair_windows(options.max_gap);
  double const least = 1.0 / static_cast<double>(options.permutations);
  std::vector<std::vector<double>> means;
  for (PairOccurrence const& pair : pairs) means.push_back(cumulative<double>(pair.expected_gaps));
  std::vector<std::vector<std::vector<double>>> maxima(PairPermutations::chains,
                                                       std::vector<std::vector<double>>(pairs.size()));
  permutations.run([&](std::int64_t chain, SiteArrangement const& arrangement) {
    arrangement.count(set, options.max_gap, scratch[chain]);
    for (int i = 0; i < set.size(); ++i)
      maxima[chain][i].push_back(
          best_window(cumulative<std::int32_t>(scratch[chain].gaps_of(i)), means[i], windows, least).z);
  });
  threads.for_each(set.size(), [&](std::int64_t i, int) {
    throw_if_interrupted();
    PairOccurrence& pair = pairs[i];
    BestWindow const best = best_window(cumulative<std::int32_t>(pair.gaps), means[i], windows, least);
    MaximumNull null;
    for (auto const& chain : maxima) {
      for (double const z : chain[i]) null.add(z);
    }
    pair.z = best.z;
    pair.window_first = best.window.first;
    pair.window_last = best.window.last;
    pair.log_p = null.log_p(best.z);
  });
  fill_q(pairs, &PairOccurrence::log_p, &PairOccurrence::q);
  threads.for_each(set.size(), [&](std::int64_t i, int) {
    throw_if_interrupted();
    if (pairs[i].q <= shape_limit) test_shapes(pairs[i], options.seed);
  });
  test_directness(pairs, sites, permutations, strata, options);
  fill_q(pairs, &PairOccurrence::gap_log_p, &PairOccurrence::gap_q);
  fill_q(pairs, &PairOccurrence::orientation_log_p, &PairOccurrence::orientation_q);
  return pairs;
}

}  // namespace cislens
