#include "pair_network_input.hpp"

#include "cislens/base/random.hpp"
#include "cislens/motif/pair_counts.hpp"

#include <algorithm>

namespace cislens {

std::vector<LabelledSite> graded_sites(std::span<Site const> sites, int grades) {
  std::vector<double> p;  // ascending
  for (Site const& site : sites) p.push_back(site.p);
  std::ranges::sort(p);
  std::vector<LabelledSite> result;
  for (Site const& site : sites) {
    auto const lower = std::ranges::lower_bound(p, site.p) - p.begin();
    auto const grade = static_cast<int>(lower * grades / std::ssize(p));
    result.push_back({site.sequence, site.start, site.end, site.strand, site.motif, grade});
  }
  return result;
}

std::vector<int> folds_of(std::span<Site const> sites, std::int64_t sequences, int folds,
                          std::uint64_t seed) {
  std::vector<int> count(static_cast<std::size_t>(sequences));
  for (Site const& site : sites) ++count[static_cast<std::size_t>(site.sequence)];
  std::vector<int> result;
  for (std::int64_t s = 0; s < sequences; ++s) {
    Random random(seed, mix(31, static_cast<std::uint64_t>(s)));
    result.push_back(count[static_cast<std::size_t>(s)] < 2
                         ? folds
                         : static_cast<int>(random.below(static_cast<std::uint64_t>(folds))));
  }
  return result;
}

std::vector<int> pools_of(std::span<Bases const> sequences, std::span<int const> folds,
                          std::int64_t stratum) {
  std::vector<std::int64_t> lengths;
  std::vector<double> gc;
  for (Bases const& bases : sequences) {
    auto const strong = std::ranges::count_if(bases, [](auto b) { return b == base_c || b == base_g; });
    lengths.push_back(static_cast<std::int64_t>(bases.size()));
    gc.push_back(static_cast<double>(strong) / std::max(1.0, static_cast<double>(bases.size())));
  }
  std::vector<int> pools = pair_strata(lengths, gc, stratum);
  int const strata = pools.empty() ? 1 : 1 + *std::ranges::max_element(pools);
  for (std::size_t s = 0; s < pools.size(); ++s) pools[s] += strata * folds[s];
  return pools;
}

}  // namespace cislens
