#include "pair_null.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace cislens {

namespace {

constexpr std::size_t most_thirds = 3;  // asked about for a pair: those bound most strongly to both
constexpr double direct_limit = 0.05;   // p of what is left without the third

/// Called pairs by their motifs.
class CalledPairs {
 public:
  CalledPairs(std::vector<PairOccurrence> const& pairs, int motifs, double call_q)
      : motifs_(static_cast<std::size_t>(motifs)), z_(motifs_ * motifs_, 0.0) {
    for (PairOccurrence const& pair : pairs) {
      if (!(pair.q <= call_q) || !(pair.z > 0)) continue;
      z_[at(pair.a, pair.b)] = z_[at(pair.b, pair.a)] = pair.z;
    }
  }
  /// 0 when not called.
  double z(int a, int b) const { return z_[at(a, b)]; }

  /// Motifs called with both, the strongest first.
  std::vector<int> thirds(int a, int b) const {
    std::vector<int> found;
    for (int third = 0; third < static_cast<int>(motifs_); ++third) {
      if (third != a && third != b && z(a, third) > 0 && z(b, third) > 0) found.push_back(third);
    }
    auto const strength = [&](int third) { return -std::min(z(a, third), z(b, third)); };
    std::ranges::stable_sort(found, {}, strength);
    if (found.size() > most_thirds) found.resize(most_thirds);
    return found;
  }

 private:
  std::size_t at(int a, int b) const {
    return static_cast<std::size_t>(a) * motifs_ + static_cast<std::size_t>(b);
  }
  std::size_t motifs_;
  std::vector<double> z_;
};

/// [triple][permutation]
std::vector<std::vector<std::int32_t>> exchanged_counts(std::vector<PairTriple> const& triples, int motifs,
                                                        PairPermutations const& permutations, int max_gap) {
  std::map<std::array<int, 2>, std::vector<std::size_t>> of_pair;
  for (std::size_t t = 0; t < triples.size(); ++t) of_pair[{triples[t].a, triples[t].b}].push_back(t);
  std::vector<std::array<int, 2>> pairs;
  for (auto const& entry : of_pair) pairs.push_back(entry.first);
  auto const parts = permutations.parts_of(PairSet(motifs, pairs));
  std::vector<std::vector<std::vector<std::int32_t>>> counts(  // [chain][triple][permutation]
      PairPermutations::chains, std::vector<std::vector<std::int32_t>>(triples.size()));
  permutations.run(PairPermutations::Use::means, parts,
                   [&](std::int64_t chain, int, ExchangedPairs const& part, MotifExchange const& exchange) {
                     std::vector<std::size_t> numbers;
                     for (int i = 0; i < part.set.size(); ++i) {
                       auto const& own = of_pair.at(part.set.motifs_of(i));
                       numbers.insert(numbers.end(), own.begin(), own.end());
                     }
                     std::vector<PairTriple> asked;
                     for (std::size_t const t : numbers) asked.push_back(triples[t]);
                     std::vector<std::int32_t> found;
                     exchange.count_without(asked, max_gap, found);
                     for (std::size_t i = 0; i < found.size(); ++i)
                       counts[chain][numbers[i]].push_back(found[i]);
                   });
  for (std::size_t chain = 1; chain < counts.size(); ++chain) {
    for (std::size_t t = 0; t < triples.size(); ++t)
      counts[0][t].insert(counts[0][t].end(), counts[chain][t].begin(), counts[chain][t].end());
  }
  return counts[0];
}

}  // namespace

void test_directness(std::vector<PairOccurrence>& pairs, PairSites const& sites,
                     PairPermutations const& permutations, SiteArrangement const& arrangement,
                     PairOccurrenceOptions const& options) {
  CalledPairs const called(pairs, sites.motifs, options.call_q);
  std::vector<PairTriple> triples;
  std::vector<std::size_t> pair_of_triple;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    PairOccurrence& pair = pairs[i];
    if (called.z(pair.a, pair.b) <= 0) continue;
    pair.direct = true;
    for (int const third : called.thirds(pair.a, pair.b)) {
      triples.push_back({pair.a, pair.b, third, pair.window_first, pair.window_last});
      pair_of_triple.push_back(i);
    }
  }
  if (triples.empty()) return;
  std::vector<std::int32_t> observed;
  arrangement.count_without(triples, options.max_gap, observed);
  auto const counts = exchanged_counts(triples, sites.motifs, permutations, options.max_gap);
  for (std::size_t t = 0; t < triples.size(); ++t) {
    MaximumNull null(observed[t]);
    for (std::int32_t const count : counts[t]) null.add(count);
    PairOccurrence& pair = pairs[pair_of_triple[t]];
    double const p = std::exp(null.log_p());
    if (std::isnan(pair.direct_p) || p > pair.direct_p) {
      pair.direct_p = p;
      pair.via = triples[t].third;
    }
    if (p > direct_limit) pair.direct = false;
  }
}

}  // namespace cislens
