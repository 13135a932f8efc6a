#pragma once

#include "cislens/base/interrupt.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/motif_exchange.hpp"
#include "cislens/motif/pair_occurrence.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Every window of 1, 3, 7 and 15 gaps, and first the one of all gaps.
std::vector<PairWindow> pair_windows(int max_gap);

/// Sums of the first 0, 1, 2, ... values.
template <typename Number>
std::vector<double> cumulative(std::span<Number const> values) {
  std::vector<double> sums(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + static_cast<double>(values[i]);
  return sums;
}

inline double in_window(std::vector<double> const& sums, PairWindow window) {
  return sums[static_cast<std::size_t>(window.last) + 1] - sums[static_cast<std::size_t>(window.first)];
}

/// Signed root of the Poisson likelihood ratio of n against its mean.
double poisson_excess(double n, double mean);

struct BestWindow {
  double z = 0;
  PairWindow window{0, 0};
};

/// The window whose count stands out most from its mean.
/// @param counts, means  cumulative
/// @param least          smallest mean that is believed
BestWindow best_window(std::vector<double> const& counts, std::vector<double> const& means,
                       std::vector<PairWindow> const& windows, double least);

/// The tail of a maximum over windows: counted where permutations reach it, else extrapolated by the Gumbel
/// distribution with their mean and standard deviation, whose tail is heavier than that of a likelihood-ratio
/// root. Nothing but sums is kept.
class MaximumNull {
 public:
  /// @param value  whose tail is asked for
  explicit MaximumNull(double value) : value_(value) {}

  void add(double other) {
    count_ += 1;
    as_high_ += other >= value_ ? 1 : 0;
    sum_ += other;
    square_ += other * other;
  }
  /// Takes what another one of the same value has seen.
  void add(MaximumNull const& other) {
    count_ += other.count_;
    as_high_ += other.as_high_;
    sum_ += other.sum_;
    square_ += other.square_;
  }
  /// ln P(a value as high).
  double log_p() const;

 private:
  double value_;
  double count_ = 0, as_high_ = 0, sum_ = 0, square_ = 0;
};

/// Pairs of a set whose null is the exchange of one motif: of the rarer of the two, the first of two equals.
struct ExchangedPairs {
  int motif = 0;
  std::vector<int> numbers;  ///< in the whole set
  PairSet set;
};

/// The null of every pair: sites of one of its motifs exchanged among sequences (MotifExchange), the same
/// exchanges every time it is run for one use. They are made by a fixed number of independent chains a motif,
/// whatever the threads.
class PairPermutations {
 public:
  static constexpr std::int64_t chains = 8;
  static constexpr int burn_in = 6;  ///< rounds of exchanges before the first permutation of a chain

  /// The observed maximum is compared with maxima that were, like itself, not among what the means were made
  /// of. Means need fewer.
  enum class Use { means, maxima };

  /// All must outlive it. @param sites  as they are
  PairPermutations(PairSites const& input, SiteArrangement const& sites, std::vector<int> const& strata,
                   PairOccurrenceOptions const& options, Threads& threads);

  /// Of Use::means.
  std::int64_t mean_count() const {
    return std::min(options_.permutations, 100 + options_.permutations / 10);
  }
  int motif_of(std::array<int, 2> pair) const {
    return counts_[pair[1]] < counts_[pair[0]] ? pair[1] : pair[0];
  }
  std::vector<ExchangedPairs> parts_of(PairSet const& set) const;

  /// Calls visit(chain, worker, part, exchange) for every permutation of every part; calls of one chain and
  /// part come one after the other.
  /// @throws Interrupted
  template <typename Visit>
  void run(Use use, std::span<ExchangedPairs const> parts, Visit const& visit) const {
    std::int64_t const count = use == Use::means ? mean_count() : options_.permutations;
    threads_.for_each(std::ssize(parts) * chains, [&](std::int64_t task, int worker) {
      ExchangedPairs const& part = parts[static_cast<std::size_t>(task / chains)];
      std::int64_t const chain = task % chains;
      MotifExchange exchange(sites_, strata_, part.motif);
      std::uint64_t const stream =
          mix(31 + static_cast<std::uint64_t>(use), static_cast<std::uint64_t>(chain));
      Random random(options_.seed, mix(stream, static_cast<std::uint64_t>(part.motif)));
      for (int round = 0; round < burn_in; ++round) exchange.permute(random);
      for (std::int64_t n = chain; n < count; n += chains) {
        throw_if_interrupted();
        exchange.permute(random);
        visit(chain, worker, part, exchange);
      }
    });
  }
  int workers() const { return threads_.count(); }

 private:
  SiteArrangement const& sites_;
  std::vector<int> const& strata_;
  PairOccurrenceOptions const& options_;
  Threads& threads_;
  std::vector<std::int64_t> counts_;  // (motifs) sites
};

/// Fills own_log_p, own, own_expected and like_a, like_b of the pairs with q <= limit, and their orientations
/// in their window. @param pairs  tested, q set  @param observed  the sites as they are
/// @param call_q  pairs with at most this q explain others
void test_own_instances(std::vector<PairOccurrence>& pairs, PairSites const& sites,
                        PairPermutations const& permutations, SiteArrangement const& observed, double limit,
                        double call_q);

/// Fills gap and orientation and their p.
void test_shapes(PairOccurrence& pair, std::uint64_t seed);

/// Fills direct, via and direct_p of the pairs with q <= options.call_q. @param pairs  tested
void test_directness(std::vector<PairOccurrence>& pairs, PairSites const& sites,
                     PairPermutations const& permutations, SiteArrangement const& observed,
                     PairOccurrenceOptions const& options);

}  // namespace cislens
