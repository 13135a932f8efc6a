#include "cislens/motif/em_split.hpp"

#include "cislens/motif/em_scan.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr int flank = AlignedSites::flank;
constexpr double least_posterior = 0.05;  // of a site that is sorted
constexpr double least_share = 0.1;       // of the rarer kind
constexpr double leniency = 0.1;          // on the Schwarz criterion: the windows themselves decide
constexpr int passes = 12;

void add_site(WindowSet const& set, std::int64_t window, Hit const& hit, int width, AlignedSites& sites) {
  std::int64_t const begin = set.begin[window];
  std::int64_t const end = begin + set.length[window];
  for (int c = -flank; c < width + flank; ++c) {
    std::int64_t const place = hit.strand == 0 ? hit.place + c : hit.place + width - 1 - c;
    std::uint8_t const base = place >= begin && place < end ? set.bases[place] : base_n;
    sites.bases.push_back(hit.strand == 0 ? base : complement(base));
  }
  sites.weight.push_back(hit.posterior * set.weight[window]);
}

AlignedSites collect_sites(WindowSet const& set, MotifModel const& model, EmOptions const& options,
                           Threads& threads) {
  ScoreTable const table(model.columns);
  std::int64_t const items = (set.size() + windows_per_item - 1) / windows_per_item;
  std::vector<AlignedSites> parts(items);
  threads.for_each(items, [&](std::int64_t item, int) {
    std::vector<Hit> hits;
    std::int64_t const last = std::min(set.size(), (item + 1) * windows_per_item);
    for (std::int64_t window = item * windows_per_item; window < last; ++window) {
      for_stretches(set, window, table, model, options.stretch_bp, hits,
                    [&](std::vector<Hit> const& found, double) {
                      for (Hit const& hit : found) {
                        if (hit.posterior >= least_posterior)
                          add_site(set, window, hit, table.width(), parts[item]);
                      }
                    });
    }
  });
  AlignedSites result;
  result.columns = table.width() + 2 * flank;
  for (AlignedSites const& part : parts) result.add(part);
  return result;
}

/// Two kinds of sites.
struct Mixture {
  std::array<MotifColumns, 2> kinds;
  std::array<double, 2> weight{};  ///< expected sites of each
  double log_likelihood = -1e300;
};

/// Maximisation: columns and weights from the share of kind 0 in every site.
void estimate(AlignedSites const& sites, std::vector<double> const& share,
              std::array<double, 4> const& letters, Mixture& mixture) {
  for (std::size_t kind = 0; kind < 2; ++kind) {
    MotifColumns counts(sites.columns, std::array<double, 4>{});
    mixture.weight[kind] = 0;
    for (std::int64_t i = 0; i < sites.size(); ++i) {
      double const weight = sites.weight[i] * (kind == 0 ? share[i] : 1 - share[i]);
      std::uint8_t const* const bases = sites.bases.data() + i * sites.columns;
      mixture.weight[kind] += weight;
      for (int c = 0; c < sites.columns; ++c) {
        if (bases[c] < base_n) counts[c][bases[c]] += weight;
      }
    }
    mixture.kinds[kind].clear();
    for (auto const& column : counts) mixture.kinds[kind].push_back(to_probabilities(column, letters));
  }
}

/// Expectation: the share of kind 0 in every site; gives the log likelihood of the sites.
double expect(AlignedSites const& sites, Mixture const& mixture, std::vector<double>& share) {
  double const total = mixture.weight[0] + mixture.weight[1];
  std::array<std::vector<std::array<double, 5>>, 2> logs;
  for (std::size_t kind = 0; kind < 2; ++kind) {
    for (auto const& column : mixture.kinds[kind]) {
      logs[kind].push_back(
          {std::log(column[0]), std::log(column[1]), std::log(column[2]), std::log(column[3]), 0.0});
    }
  }
  double log_likelihood = 0;
  for (std::int64_t i = 0; i < sites.size(); ++i) {
    std::uint8_t const* const bases = sites.bases.data() + i * sites.columns;
    double a = std::log(std::max(1e-9, mixture.weight[0] / total));
    double b = std::log(std::max(1e-9, mixture.weight[1] / total));
    for (int c = 0; c < sites.columns; ++c) {
      a += logs[0][c][bases[c]];
      b += logs[1][c][bases[c]];
    }
    double const high = std::max(a, b);
    double const sum = high + std::log(std::exp(a - high) + std::exp(b - high));
    share[i] = std::exp(a - sum);
    log_likelihood += sites.weight[i] * sum;
  }
  return log_likelihood;
}

/// Starts from sites with and without one base in one column.
Mixture sort_sites(AlignedSites const& sites, int column, std::uint8_t base,
                   std::array<double, 4> const& letters) {
  std::vector<double> share(sites.size());
  for (std::int64_t i = 0; i < sites.size(); ++i) {
    share[i] = sites.bases[i * sites.columns + column] == base ? 0.9 : 0.1;
  }
  Mixture mixture;
  for (int pass = 0; pass < passes; ++pass) {
    estimate(sites, share, letters, mixture);
    mixture.log_likelihood = expect(sites, mixture, share);
  }
  return mixture;
}

/// The base that best divides a column: the commonest one that at least `least_share` of the sites lack.
int dividing_base(std::array<double, 4> const& column) {
  int best = -1;
  for (int base = 0; base < 4; ++base) {
    if (column[base] < least_share || column[base] > 1 - least_share) continue;
    if (best < 0 || column[base] > column[best]) best = base;
  }
  return best;
}

MotifModel to_model(MotifColumns const& columns, double sites, MotifModel const& whole, double all_sites,
                    EmOptions const& options) {
  ColumnRange const range = choose_columns(columns, whole.around, sites, options);
  MotifModel model;
  model.around = whole.around;
  model.profile = whole.profile;
  model.columns.assign(columns.begin() + range.first, columns.begin() + range.last);
  model.sites = sites;
  model.occupancy = std::clamp(whole.occupancy * sites / all_sites, 1e-6, 0.999);
  return model;
}

}  // namespace

std::optional<std::pair<MotifModel, MotifModel>> split_motif(WindowSet const& set, MotifModel const& model,
                                                             MarkovBackground const& background,
                                                             EmOptions const& options, Threads& threads) {
  return split_sites(collect_sites(set, model, options, threads), model, background.base, options, threads);
}

std::optional<std::pair<MotifModel, MotifModel>> split_sites(AlignedSites const& sites,
                                                             MotifModel const& model,
                                                             std::array<double, 4> const& letters,
                                                             EmOptions const& options, Threads& threads) {
  if (sites.size() < 20) return std::nullopt;
  Mixture single;
  std::vector<double> share(sites.size(), 1.0);
  estimate(sites, share, letters, single);
  double const one_kind = expect(sites, single, share);
  MotifColumns const all = single.kinds[0];
  std::vector<Mixture> mixtures(sites.columns);
  threads.for_each(sites.columns, [&](std::int64_t column, int) {
    int const base = dividing_base(all[column]);
    if (base < 0) return;
    mixtures[column] = sort_sites(sites, static_cast<int>(column), static_cast<std::uint8_t>(base), letters);
  });
  auto const best = std::max_element(
      mixtures.begin(), mixtures.end(),
      [](Mixture const& a, Mixture const& b) { return a.log_likelihood < b.log_likelihood; });
  double const total = best->weight[0] + best->weight[1];
  double const price = leniency * 0.5 * (3.0 * sites.columns + 1.0) * std::log(std::max(2.0, total));
  if (!(best->log_likelihood > one_kind + price)) return std::nullopt;
  if (std::min(best->weight[0], best->weight[1]) < least_share * total) return std::nullopt;
  std::size_t const first = best->weight[0] >= best->weight[1] ? 0 : 1;
  return std::pair{to_model(best->kinds[first], best->weight[first], model, total, options),
                   to_model(best->kinds[1 - first], best->weight[1 - first], model, total, options)};
}

}  // namespace cislens
