#include "cislens/motif/pair_occurrence.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/motif/statistics.hpp"

#include "pair_null.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

namespace cislens {

namespace {

constexpr double least_certainty = 0.6;  // of strands that are believed
constexpr double shape_limit = 0.1;      // own instances, gap and orientation are asked about up to this q

/// Sums and sums of squares over permutations: whole numbers, so that their order does not matter.
struct Moments {
  std::vector<std::int64_t> gaps, gap_squares, sequences;
  std::mutex mutex;

  explicit Moments(PairCounts const& shape)
      : gaps(shape.gaps.size()), gap_squares(shape.gaps.size()), sequences(shape.sequences.size()) {}

  /// @param numbers  of the pairs that were counted
  void add(PairCounts const& counts, std::span<int const> numbers) {
    std::lock_guard const lock(mutex);
    for (int i = 0; i < static_cast<int>(numbers.size()); ++i) {
      auto const pair = static_cast<std::size_t>(numbers[i]);
      auto const of_pair = counts.gaps_of(i);
      for (std::size_t g = 0; g < of_pair.size(); ++g) {
        std::int64_t const n = of_pair[g];
        gaps[pair * of_pair.size() + g] += n;
        gap_squares[pair * of_pair.size() + g] += n * n;
      }
      sequences[pair] += counts.sequences[i];
    }
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

PairOccurrence describe(int index, PairSet const& set, PairCounts const& observed, Moments const& moments,
                        double permutations) {
  PairOccurrence pair;
  pair.a = set.motifs_of(index)[0];
  pair.b = set.motifs_of(index)[1];
  auto const gaps = observed.gaps_of(index);
  pair.gaps.assign(gaps.begin(), gaps.end());
  pair.sequences = observed.sequences[index];
  pair.expected = static_cast<double>(moments.sequences[index]) / permutations;
  std::size_t const first = static_cast<std::size_t>(index) * gaps.size();
  for (std::size_t g = 0; g < gaps.size(); ++g) {
    double const mean = static_cast<double>(moments.gaps[first + g]) / permutations;
    pair.expected_gaps.push_back(mean);
    pair.gap_deviation.push_back(std::sqrt(
        std::max(0.0, static_cast<double>(moments.gap_squares[first + g]) / permutations - mean * mean)));
  }
  return pair;
}

/// @param log_p  of a pair, NaN: not tested
template <typename LogP>
void fill_q(std::vector<PairOccurrence>& pairs, LogP const& log_p, double PairOccurrence::*q) {
  std::vector<double> p;
  for (PairOccurrence const& pair : pairs) p.push_back(std::exp(log_p(pair)));
  std::vector<double> const adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].*q = adjusted[i];
}

/// z, its window and its p.
void test_windows(std::vector<PairOccurrence>& pairs, std::span<ExchangedPairs const> parts,
                  PairPermutations const& permutations, PairOccurrenceOptions const& options) {
  auto const windows = pair_windows(options.max_gap);
  double const least = 1.0 / static_cast<double>(permutations.mean_count());
  std::vector<std::vector<double>> means;
  for (PairOccurrence const& pair : pairs) means.push_back(cumulative<double>(pair.expected_gaps));
  std::vector<MaximumNull> nulls;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    PairOccurrence& pair = pairs[i];
    auto const counts = cumulative<std::int32_t>(pair.gaps);
    BestWindow const best = best_window(counts, means[i], windows, least);
    pair.z = best.z;
    pair.window_first = best.window.first;
    pair.window_last = best.window.last;
    pair.window_sequences = std::llround(in_window(counts, best.window));
    pair.window_expected = in_window(means[i], best.window);
    nulls.emplace_back(best.z);
  }
  std::vector<PairCounts> scratch(static_cast<std::size_t>(permutations.workers()));
  std::vector<std::vector<MaximumNull>> chains(PairPermutations::chains, nulls);
  permutations.run(
      PairPermutations::Use::maxima, parts,
      [&](std::int64_t chain, int worker, ExchangedPairs const& part, MotifExchange const& exchange) {
        exchange.count(part.set, options.max_gap, scratch[worker]);
        for (int i = 0; i < part.set.size(); ++i) {
          int const pair = part.numbers[i];
          auto const counts = cumulative<std::int32_t>(scratch[worker].gaps_of(i));
          chains[chain][pair].add(best_window(counts, means[pair], windows, least).z);
        }
      });
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (auto const& chain : chains) nulls[i].add(chain[i]);
    pairs[i].log_p = nulls[i].log_p();
  }
}

}  // namespace

std::vector<PairOccurrence> test_pair_occurrence(PairSites const& sites, PairOccurrenceOptions const& options,
                                                 Threads& threads) {
  auto const tested = frequent_pairs(sites, options);
  if (tested.empty()) return {};
  PairSet const set(sites.motifs, tested);
  std::vector<int> const strata = pair_strata(sites.lengths, sites.gc, options.stratum);
  PairCounts observed;
  SiteArrangement const arrangement(sites.sites, sites.leans, sites.lengths, strata);
  arrangement.count(set, options.max_gap, observed);
  PairPermutations const permutations(sites, arrangement, strata, options, threads);
  std::vector<ExchangedPairs> const parts = permutations.parts_of(set);

  std::vector<PairCounts> scratch(static_cast<std::size_t>(threads.count()));
  Moments moments(observed);
  permutations.run(PairPermutations::Use::means, parts,
                   [&](std::int64_t, int worker, ExchangedPairs const& part, MotifExchange const& exchange) {
                     exchange.count(part.set, options.max_gap, scratch[worker]);
                     moments.add(scratch[worker], part.numbers);
                   });
  std::vector<PairOccurrence> pairs;
  for (int i = 0; i < set.size(); ++i)
    pairs.push_back(describe(i, set, observed, moments, static_cast<double>(permutations.mean_count())));

  for (PairOccurrence& pair : pairs) {
    if (sites.strand_certainty.empty()) continue;
    pair.strand_a_known = sites.strand_certainty[pair.a] >= least_certainty;
    pair.strand_b_known = sites.strand_certainty[pair.b] >= least_certainty;
  }
  test_windows(pairs, parts, permutations, options);
  fill_q(
      pairs, [](PairOccurrence const& pair) { return pair.log_p; }, &PairOccurrence::q);
  test_own_instances(pairs, sites, permutations, arrangement, shape_limit, options.call_q);
  fill_q(
      pairs, [](PairOccurrence const& pair) { return pair.call_log_p(); }, &PairOccurrence::q);
  threads.for_each(set.size(), [&](std::int64_t i, int) {
    throw_if_interrupted();
    if (pairs[i].q <= shape_limit) test_shapes(pairs[i], options.seed);
  });
  test_directness(pairs, sites, permutations, arrangement, options);
  constexpr double not_tested = std::numeric_limits<double>::quiet_NaN();
  auto const shape = [&](double PairOccurrence::*log_p) {
    return [=](PairOccurrence const& pair) { return pair.q <= shape_limit ? pair.*log_p : not_tested; };
  };
  fill_q(pairs, shape(&PairOccurrence::gap_log_p), &PairOccurrence::gap_q);
  fill_q(pairs, shape(&PairOccurrence::orientation_log_p), &PairOccurrence::orientation_q);
  return pairs;
}

}  // namespace cislens
