#include "cislens/model/parameters.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/readout/pair_terms.hpp"
#include "cislens/tensor/device_block.hpp"

#include "pair_network.hpp"

#include <numeric>

namespace cislens {

std::vector<PairArc> pair_arcs(BasesView bases, std::span<Site const> sites, std::int64_t max_gap,
                               PairNetworkResult const& network, int fold, Backend const& backend,
                               Threads& threads) {
  std::vector<PairArc> arcs;
  if (fold < 0) return arcs;
  std::vector<StretchPair> stretches;
  for (PlacePair const& place : places_within(sites, max_gap)) {
    Site const& a = sites[static_cast<std::size_t>(place.first)];
    Site const& b = sites[static_cast<std::size_t>(place.second)];
    stretches.push_back({a.start, a.end, b.start, b.end});
    arcs.push_back({place.first, place.second, place.gap, 0});
  }
  if (arcs.empty()) return arcs;
  Workers workers(backend, threads);
  DeviceCopy<float const> const block(memory_of(backend), network.networks[static_cast<std::size_t>(fold)]);
  std::vector<PairQuestion> const question{{bases, stretches}};
  std::vector<PairTerms> const said =
      pair_terms(workers[0], network.config, bind_weights(network.config, block.data()), question, 0,
                 preferred_pass(backend));
  std::vector<float> const& terms = said.front().terms;
  auto const heads = static_cast<std::ptrdiff_t>(network.config.heads);
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    auto const first = terms.begin() + static_cast<std::ptrdiff_t>(i) * heads;
    arcs[i].term = std::accumulate(first, first + heads, 0.0);
  }
  return arcs;
}

}  // namespace cislens
