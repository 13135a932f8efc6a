#include "cislens/motif/pair_differential.hpp"

#include "cislens/motif/statistics.hpp"

#include "pair_null.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace cislens {

namespace {

/// Share of the foreground when what is above chance goes by opportunities: as
/// much for each in both sets. How much that is comes from both together, so
/// the total leaves nothing to choose.
double share_by_opportunities(PairChances const& foreground, PairChances const& background,
                              double opportunities, double other_opportunities) {
  double const above =
      foreground.sequences + background.sequences - foreground.expected - background.expected;
  double const each = std::max(0.0, above) / std::max(1e-9, opportunities + other_opportunities);
  double const mean = foreground.expected + each * opportunities;
  double const other_mean = background.expected + each * other_opportunities;
  return mean / (mean + other_mean);
}

/// What a pair could come from: sites of its motifs without a partner by chance, and their meetings.
struct Opportunities {
  double sites_a, sites_b, meetings;

  /// @param a, b  sites of the motifs that count
  Opportunities(PairChances const& set, double a, double b)
      : sites_a(std::max(0.0, a - set.expected)),
        sites_b(std::max(0.0, b - set.expected)),
        meetings(a * b / std::max(1.0, set.bases)) {}
};

/// The part of a motif's chance sites that both sets can do without and still have one a sequence with the
/// pair: shuffles have room where the sequences have true sites, so they hold too many.
double chance_part(PairChances const& foreground, PairChances const& background, double PairChances::*sites,
                   double PairChances::*chance) {
  double part = 1;
  for (PairChances const* set : {&foreground, &background}) {
    double const spare = std::max(0.0, set->*sites - set->sequences);
    if (set->*chance > 0) part = std::min(part, spare / (set->*chance));
  }
  return part;
}

/// The sites of one set, as they stand and exchanged.
class ExchangedSet {
 public:
  ExchangedSet(PairSites const& sites, PairSet const& set, PairOccurrenceOptions const& options,
               Threads& threads)
      : sites_(sites),
        set_(set),
        options_(options),
        strata_(pair_strata(sites.lengths, sites.gc, options.stratum)),
        as_they_stand_(sites.sites, sites.leans, sites.lengths, strata_),
        permutations_(sites_, as_they_stand_, strata_, options_, threads),
        parts_(permutations_.parts_of(set)) {}
  ExchangedSet(ExchangedSet const&) = delete;
  ExchangedSet& operator=(ExchangedSet const&) = delete;

  PairCounts gaps() const {
    PairCounts counts;
    as_they_stand_.count(set_, options_.max_gap, counts);
    return counts;
  }
  /// Means of the sequences with each pair at each gap, and behind the last gap
  /// at any.
  std::vector<double> expected_gaps() const {
    std::size_t const width = static_cast<std::size_t>(options_.max_gap) + 2;
    return means(PairPermutations::Use::means, permutations_.mean_count(), width,
                 [&](ExchangedPairs const& part, MotifExchange const& exchange, auto const& add) {
                   PairCounts counts;
                   exchange.count(part.set, options_.max_gap, counts);
                   for (int i = 0; i < part.set.size(); ++i) {
                     auto const of_pair = counts.gaps_of(i);
                     for (std::size_t gap = 0; gap < of_pair.size(); ++gap) add(i, gap, of_pair[gap]);
                     add(i, of_pair.size(), counts.sequences[i]);
                   }
                 });
  }
  /// Sequences with each pair in its window, each once.
  std::vector<std::int32_t> in_windows(std::span<PairWindow const> windows) const {
    PairWindowCounts counts;
    as_they_stand_.count_windows(set_, windows, StrongerPairs(sites_.motifs), SiteReadings(), counts);
    return std::move(counts.own);
  }
  /// The same of exchanged sites, mean; narrow windows hold little, so all
  /// permutations are used.
  std::vector<double> expected_in_windows(std::span<PairWindow const> windows) const {
    return means(PairPermutations::Use::maxima, options_.permutations, 1,
                 [&](ExchangedPairs const& part, MotifExchange const& exchange, auto const& add) {
                   std::vector<PairWindow> own;
                   for (int const number : part.numbers) own.push_back(windows[number]);
                   PairWindowCounts counts;
                   exchange.count_windows(part.set, own, StrongerPairs(sites_.motifs), SiteReadings(),
                                          counts);
                   for (int i = 0; i < part.set.size(); ++i) add(i, 0, counts.own[i]);
                 });
  }
  std::vector<double> sites_by_motif() const {
    std::vector<double> counts(static_cast<std::size_t>(sites_.motifs));
    for (Site const& site : sites_.sites) counts[static_cast<std::size_t>(site.motif)] += 1;
    return counts;
  }

 private:
  /// @param width  cells a pair
  /// @param count  calls add(pair of the part, cell, count)
  /// @return (pairs, width) means over permutations
  template <typename Count>
  std::vector<double> means(PairPermutations::Use use, std::int64_t permutations, std::size_t width,
                            Count const& count) const {
    std::vector<double> const none(static_cast<std::size_t>(set_.size()) * width);
    std::vector<std::vector<double>> chains(PairPermutations::chains, none);
    permutations_.run(
        use, parts_, [&](std::int64_t chain, int, ExchangedPairs const& part, MotifExchange const& exchange) {
          count(part, exchange, [&](int pair, std::size_t cell, std::int32_t n) {
            chains[chain][static_cast<std::size_t>(part.numbers[pair]) * width + cell] += n;
          });
        });
    std::vector<double> means = none;
    for (std::size_t i = 0; i < means.size(); ++i) {
      for (auto const& chain : chains) means[i] += chain[i];
      means[i] /= static_cast<double>(permutations);
    }
    return means;
  }

  PairSites const& sites_;
  PairSet const& set_;
  PairOccurrenceOptions const& options_;
  std::vector<int> strata_;
  SiteArrangement as_they_stand_;
  PairPermutations permutations_;
  std::vector<ExchangedPairs> parts_;
};

/// What the background holds of every pair, and the windows in which it and the
/// foreground together stand out most.
std::vector<PairWindow> common_windows(std::span<PairOccurrence const> pairs, ExchangedSet const& background,
                                       PairOccurrenceOptions const& options,
                                       std::vector<PairDifferential>& results) {
  std::size_t const gaps = static_cast<std::size_t>(options.max_gap) + 1;
  PairCounts const observed = background.gaps();
  std::vector<double> const expected = background.expected_gaps();
  auto const choices = pair_windows(options.max_gap);
  std::vector<PairWindow> windows;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    results[i].background_sequences = observed.sequences[i];
    results[i].background_expected = expected[i * (gaps + 1) + gaps];
    std::vector<double> counts(gaps);
    std::vector<double> means(gaps);
    for (std::size_t g = 0; g < gaps; ++g) {
      counts[g] = pairs[i].gaps[g] + observed.gaps[i * gaps + g];
      means[g] = pairs[i].expected_gaps[g] + expected[i * (gaps + 1) + g];
    }
    windows.push_back(best_window(cumulative<double>(counts), cumulative<double>(means), choices,
                                  1.0 / static_cast<double>(options.permutations))
                          .window);
    results[i].window_first = windows.back().first;
    results[i].window_last = windows.back().last;
  }
  return windows;
}

double sum_of(std::span<std::int64_t const> lengths) {
  return static_cast<double>(std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}));
}

void compare(PairChances const& foreground, PairChances const& background, PairDifferential& result) {
  result.log2_ratio = std::log2((foreground.sequences + 0.5) / foreground.expected) -
                      std::log2((background.sequences + 0.5) / background.expected);
  auto const here = static_cast<std::int64_t>(foreground.sequences);
  result.log_p = binomial_log_p(here, here + static_cast<std::int64_t>(background.sequences),
                                fair_share(foreground, background));
}

}  // namespace

double fair_share(PairChances const& foreground, PairChances const& background) {
  double const part_a = chance_part(foreground, background, &PairChances::sites_a, &PairChances::chance_a);
  double const part_b = chance_part(foreground, background, &PairChances::sites_b, &PairChances::chance_b);
  auto const without = [&](PairChances const& set) {
    return Opportunities(set, set.sites_a - part_a * set.chance_a, set.sites_b - part_b * set.chance_b);
  };
  auto const with = [](PairChances const& set) { return Opportunities(set, set.sites_a, set.sites_b); };
  double largest = 0;
  for (auto const& [here, there] :
       {std::pair(with(foreground), with(background)), std::pair(without(foreground), without(background))}) {
    for (double Opportunities::*const kind :
         {&Opportunities::sites_a, &Opportunities::sites_b, &Opportunities::meetings})
      largest = std::max(largest, share_by_opportunities(foreground, background, here.*kind, there.*kind));
  }
  return largest;
}

std::vector<PairDifferential> test_pair_differential(std::span<PairOccurrence const> pairs,
                                                     PairSites const& foreground, PairSites const& background,
                                                     std::span<double const> chance,
                                                     std::span<double const> background_chance,
                                                     PairOccurrenceOptions const& options, Threads& threads) {
  std::vector<PairDifferential> results(pairs.size());
  if (pairs.empty()) return results;
  std::vector<std::array<int, 2>> motifs;
  for (PairOccurrence const& pair : pairs) motifs.push_back({pair.a, pair.b});
  PairSet const set(foreground.motifs, motifs);
  ExchangedSet const here(foreground, set, options, threads);
  ExchangedSet const there(background, set, options, threads);
  std::vector<PairWindow> const windows = common_windows(pairs, there, options, results);
  auto const counts = here.in_windows(windows);
  auto const other_counts = there.in_windows(windows);
  auto const expected = here.expected_in_windows(windows);
  auto const other_expected = there.expected_in_windows(windows);
  auto const sites = here.sites_by_motif();
  auto const other_sites = there.sites_by_motif();
  double const bases = sum_of(foreground.lengths);
  double const other_bases = sum_of(background.lengths);
  double const least = 1.0 / options.permutations;
  std::vector<double> p;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    auto const a = static_cast<std::size_t>(pairs[i].a);
    auto const b = static_cast<std::size_t>(pairs[i].b);
    PairDifferential& result = results[i];
    result.in_foreground = counts[i];
    result.in_background = other_counts[i];
    result.foreground_chance = expected[i];
    result.background_chance = other_expected[i];
    if (result.background_expected >= options.min_expected) {
      compare({static_cast<double>(counts[i]), std::max(least, expected[i]), bases, sites[a], sites[b],
               chance.empty() ? 0 : chance[a], chance.empty() ? 0 : chance[b]},
              {static_cast<double>(other_counts[i]), std::max(least, other_expected[i]), other_bases,
               other_sites[a], other_sites[b], background_chance.empty() ? 0 : background_chance[a],
               background_chance.empty() ? 0 : background_chance[b]},
              result);
    }
    p.push_back(std::exp(result.log_p));
  }
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < pairs.size(); ++i) results[i].q = q[i];
  return results;
}

}  // namespace cislens
