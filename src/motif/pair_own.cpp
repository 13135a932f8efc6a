#include "cislens/motif/statistics.hpp"

#include "pair_null.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace cislens {

namespace {

/// Sums over permutations, one part a chain.
struct WindowMoments {
  std::vector<double> own, own_squares, instances, a_left;

  explicit WindowMoments(std::size_t pairs)
      : own(pairs), own_squares(pairs), instances(pairs), a_left(pairs) {}

  /// @param numbers  of the pairs that were counted
  void add(PairWindowCounts const& counts, std::span<int const> numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto const pair = static_cast<std::size_t>(numbers[i]);
      auto const n = static_cast<double>(counts.own[i]);
      own[pair] += n;
      own_squares[pair] += n * n;
      instances[pair] += static_cast<double>(counts.instances[i]);
      a_left[pair] += static_cast<double>(counts.a_left[i]);
    }
  }
  void add(WindowMoments const& other) {
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i] += other.own[i];
      own_squares[i] += other.own_squares[i];
      instances[i] += other.instances[i];
      a_left[i] += other.a_left[i];
    }
  }
};

/// (motifs) Share of sites on the forward strand.
std::vector<double> forward_shares(PairSites const& sites) {
  std::vector<double> forward(static_cast<std::size_t>(sites.motifs), 0.5);
  std::vector<double> all(forward.size(), 1);
  for (Site const& site : sites.sites) {
    forward[site.motif] += site.strand == '+' ? 1 : 0;
    all[site.motif] += 1;
  }
  for (std::size_t m = 0; m < all.size(); ++m) forward[m] /= all[m];
  return forward;
}

/// Shares of the orientations when strands know nothing of each other, nor of the order of the two sites.
/// @param left  share of instances with a on the left  @param a, b  shares of forward sites
std::array<double, pair_orientations> orientation_shares(double left, double a, double b, bool same_motif) {
  double const right = 1 - left;
  std::array<double, pair_orientations> shares = {
      left * a * b + right * (1 - a) * (1 - b), left * a * (1 - b) + right * (1 - a) * b,
      left * (1 - a) * b + right * a * (1 - b), left * (1 - a) * (1 - b) + right * a * b};
  if (same_motif) shares = {shares[0] + shares[3], shares[1], shares[2], 0};
  return shares;
}

WindowMoments exchanged_moments(PairPermutations const& permutations, PairSet const& set,
                                std::span<PairWindow const> windows, StrongerPairs const& stronger,
                                SiteReadings const& readings) {
  auto const parts = permutations.parts_of(set);
  std::vector<PairWindowCounts> scratch(static_cast<std::size_t>(permutations.workers()));
  auto const pairs = static_cast<std::size_t>(set.size());
  std::vector<WindowMoments> chains(PairPermutations::chains, WindowMoments(pairs));
  permutations.run(
      PairPermutations::Use::means, parts,
      [&](std::int64_t chain, int worker, ExchangedPairs const& part, MotifExchange const& exchange) {
        std::vector<PairWindow> own_windows;
        for (int const number : part.numbers) own_windows.push_back(windows[number]);
        exchange.count_windows(part.set, own_windows, stronger, readings, scratch[worker]);
        chains[chain].add(scratch[worker], part.numbers);
      });
  for (std::size_t chain = 1; chain < chains.size(); ++chain) chains[0].add(chains[chain]);
  return chains[0];
}

/// ln P(a count so high) of a count that spreads like, or less than, a Poisson variable.
double count_log_p(double n, double mean, double variance) {
  double const excess = poisson_excess(std::max(0.0, n - 0.5), mean);
  return normal_log_p(excess * std::sqrt(mean / std::max(variance, mean)));
}

/// The stronger pair that explains most instances of every pair in its window.
std::vector<std::array<int, 2>> leading_explanations(PairSites const& sites, PairSet const& set,
                                                     std::span<PairWindow const> windows,
                                                     StrongerPairs const& stronger) {
  std::vector<std::map<std::array<int, 2>, std::int64_t>> counts(static_cast<std::size_t>(set.size()));
  int reach = 0;
  for (PairWindow const window : windows) reach = std::max(reach, window.last);
  for (std::int64_t i = 0; i < std::ssize(sites.sites); ++i) {
    Site const& left = sites.sites[i];
    for (std::int64_t j = i + 1; j < std::ssize(sites.sites); ++j) {
      Site const& right = sites.sites[j];
      if (right.sequence != left.sequence || right.start - left.end > reach) break;
      int const pair = set.index(left.motif, right.motif);
      std::int64_t const gap = right.start - left.end;
      if (pair < 0 || gap < windows[pair].first || gap > windows[pair].last) continue;
      auto const other =
          stronger.explain(left.motif, right.motif, sites.readings->of(i), sites.readings->of(j));
      if (other[0] >= 0) ++counts[pair][other];
    }
  }
  std::vector<std::array<int, 2>> leading;
  for (auto const& of_pair : counts) {
    auto const most = std::ranges::max_element(of_pair, {}, [](auto const& entry) { return entry.second; });
    leading.push_back(most == of_pair.end() ? std::array{-1, -1} : most->first);
  }
  return leading;
}

}  // namespace

void test_own_instances(std::vector<PairOccurrence>& pairs, PairSites const& sites,
                        PairPermutations const& permutations, SiteArrangement const& arrangement,
                        double limit, double call_q) {
  std::vector<std::array<int, 2>> motifs;
  std::vector<PairWindow> windows;
  std::vector<std::size_t> asked;
  StrongerPairs stronger(sites.motifs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    PairOccurrence const& pair = pairs[i];
    if (!(pair.q <= limit)) continue;
    asked.push_back(i);
    motifs.push_back({pair.a, pair.b});
    windows.push_back({pair.window_first, pair.window_last});
    if (pair.q <= call_q && pair.z > 0) stronger.set(pair.a, pair.b, pair.z);
  }
  if (asked.empty()) return;
  SiteReadings const none;
  SiteReadings const& readings = sites.readings == nullptr ? none : *sites.readings;
  PairSet const set(sites.motifs, motifs);
  PairWindowCounts observed;
  arrangement.count_windows(set, windows, stronger, readings, observed);
  WindowMoments const moments = exchanged_moments(permutations, set, windows, stronger, readings);
  std::vector<std::array<int, 2>> leading(asked.size(), {-1, -1});
  if (sites.readings != nullptr) leading = leading_explanations(sites, set, windows, stronger);
  std::vector<double> const forward = forward_shares(sites);
  auto const count = static_cast<double>(permutations.mean_count());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    PairOccurrence& pair = pairs[asked[i]];
    double const left = moments.instances[i] > 0 ? moments.a_left[i] / moments.instances[i] : 0.5;
    auto const shares = orientation_shares(left, forward[pair.a], forward[pair.b], pair.a == pair.b);
    for (std::size_t o = 0; o < pair_orientations; ++o) {
      pair.orientations[o] = observed.orientations[i * pair_orientations + o];
      pair.expected_orientations[o] = shares[o] * moments.instances[i] / count;
    }
    pair.own = observed.own[i];
    double const mean = moments.own[i] / count;
    pair.own_expected = mean;
    pair.like_a = leading[i][0];
    pair.like_b = leading[i][1];
    if (pair.like_a < 0) continue;  // all instances are its own
    double const variance = moments.own_squares[i] / count - mean * mean;
    pair.own_log_p = count_log_p(static_cast<double>(pair.own), std::max(mean, 1 / count), variance);
  }
}

}  // namespace cislens
