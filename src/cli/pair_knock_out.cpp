#include "cislens/base/random.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/readout/head_importance.hpp"
#include "cislens/readout/pair_terms.hpp"
#include "cislens/tensor/device_block.hpp"

#include "pair_network.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

namespace cislens {

namespace {

/// The closest instance of a pair in a sequence.
struct Instance {
  std::int64_t sequence = 0;
  Site const* a = nullptr;
  Site const* b = nullptr;
  std::int64_t gap = 0;
};

/// Instances of each pair in the sequences that a network may be asked about.
std::vector<std::vector<Instance>> instances_of(std::span<Site const> sites,
                                                std::span<std::array<int, 2> const> pairs,
                                                std::int64_t max_gap, std::span<int const> fold_of) {
  std::map<std::array<int, 2>, std::size_t> number;
  for (std::size_t p = 0; p < pairs.size(); ++p) number[pairs[p]] = p;
  std::vector<std::vector<Instance>> result(pairs.size());
  for (std::size_t first = 0, end = 0; first < sites.size(); first = end) {
    std::int64_t const sequence = sites[first].sequence;
    while (end < sites.size() && sites[end].sequence == sequence) ++end;
    if (fold_of[static_cast<std::size_t>(sequence)] < 0) continue;
    auto const own = sites.subspan(first, end - first);
    for (PlacePair const& place : places_within(own, max_gap)) {
      Site const& a = own[static_cast<std::size_t>(place.first)];
      Site const& b = own[static_cast<std::size_t>(place.second)];
      auto const found = number.find({std::min(a.motif, b.motif), std::max(a.motif, b.motif)});
      if (found == number.end()) continue;
      std::vector<Instance>& list = result[found->second];
      if (list.empty() || list.back().sequence != sequence)
        list.push_back({sequence, &a, &b, place.gap});
      else if (place.gap < list.back().gap)
        list.back() = {sequence, &a, &b, place.gap};
    }
  }
  return result;
}

/// At most `limit` of them, evenly spread.
std::vector<Instance> thinned(std::vector<Instance> const& all, std::int64_t limit) {
  auto const count = static_cast<std::int64_t>(all.size());
  if (count <= limit) return all;
  std::vector<Instance> result;
  for (std::int64_t i = 0; i < limit; ++i) result.push_back(all[static_cast<std::size_t>(i * count / limit)]);
  return result;
}

void shuffle_site(Site const& site, Random& random, Bases& bases) {
  auto const first = static_cast<std::size_t>(site.start);
  random.shuffle(std::span(bases).subspan(first, static_cast<std::size_t>(site.end) - first));
}

/// What each shuffle adds to the whole sequence, in this order.
enum KnockedOut : std::size_t { without_b, without_a, without_both, versions_per_shuffle };

/// The whole sequence, and for each shuffle the sequence without one site, without the other, without both.
std::vector<Bases> versions_of(Bases const& bases, Instance const& instance, int shuffles,
                               std::uint64_t seed) {
  std::vector<Bases> versions{bases};
  for (int k = 0; k < shuffles; ++k) {
    Random random(seed, mix(static_cast<std::uint64_t>(instance.sequence), static_cast<std::uint64_t>(k)));
    std::array<Bases, versions_per_shuffle> without{bases, bases, {}};
    shuffle_site(*instance.a, random, without[without_a]);
    shuffle_site(*instance.b, random, without[without_b]);
    without[without_both] = without[without_a];
    for (std::int64_t i = instance.b->start; i < instance.b->end; ++i)
      without[without_both][static_cast<std::size_t>(i)] = without[without_b][static_cast<std::size_t>(i)];
    std::ranges::move(without, std::back_inserter(versions));
  }
  return versions;
}

/// f(ab) - f(a) - f(b) + f(none), mean over shuffles.
/// @param terms  of versions_of
double interaction(std::span<PairTerms const> terms) {
  auto const logit = [&](std::size_t version) { return static_cast<double>(terms[version].logit); };
  double const whole = logit(0);
  std::size_t const shuffles = (terms.size() - 1) / versions_per_shuffle;
  double sum = 0;
  for (std::size_t shuffle = 0; shuffle < shuffles; ++shuffle) {
    std::size_t const first = 1 + shuffle * versions_per_shuffle;
    sum += whole - logit(first + without_b) - logit(first + without_a) + logit(first + without_both);
  }
  return sum / static_cast<double>(shuffles);
}

}  // namespace

std::vector<PairKnockOut> knock_out_pairs(std::span<Bases const> sequences, std::span<Site const> sites,
                                          std::span<std::array<int, 2> const> pairs, std::int64_t max_gap,
                                          PairNetworkResult const& network,
                                          PairKnockOutOptions const& options, Backend const& backend,
                                          Threads& threads) {
  auto const instances = instances_of(sites, pairs, max_gap, network.fold_of);
  Workers workers(backend, threads);
  std::vector<DeviceCopy<float const>> blocks;
  std::vector<Weights> weights;
  for (auto const& block : network.networks) {
    blocks.emplace_back(memory_of(backend), block);
    weights.push_back(bind_weights(network.config, blocks.back().data()));
  }
  std::vector<PairKnockOut> result;
  for (auto const& all : instances) {
    std::vector<Instance> const some = thinned(all, options.max_sequences);
    std::vector<double> values(some.size());
    workers.for_each(static_cast<std::int64_t>(some.size()), [&](std::int64_t i, int worker) {
      Instance const& instance = some[static_cast<std::size_t>(i)];
      auto const s = static_cast<std::size_t>(instance.sequence);
      Weights const& own = weights[static_cast<std::size_t>(network.fold_of[s])];
      std::vector<Bases> const versions = versions_of(sequences[s], instance, options.shuffles, options.seed);
      std::vector<PairQuestion> questions;
      for (Bases const& bases : versions) questions.push_back({bases, {}});
      values[static_cast<std::size_t>(i)] = interaction(
          pair_terms(workers[worker], network.config, own, questions, 0, preferred_pass(backend)));
    });
    PairedEffect const effect = paired_effect(values, options.seed);
    bool const none = values.empty();
    result.push_back(
        {effect.records, effect.mean, none ? std::numeric_limits<double>::quiet_NaN() : effect.p});
  }
  return result;
}

}  // namespace cislens
