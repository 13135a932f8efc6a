#include "cislens/motif/pwm.hpp"

#include "discover_stages.hpp"
#include "placed_sites.hpp"

#include <array>
#include <cmath>
#include <span>

namespace cislens {

namespace {

/// Totals of each sequence for the target and for the one that it is read against.
using Worth = std::array<std::vector<RecordReadout>, 2>;

Worth worth_of(PositiveReadouts const& asked, Network const& network, std::span<Bases const> bases,
               Backend const& backend, Threads& threads) {
  Worth worth;
  for (std::size_t i = 0; i < worth.size(); ++i) {
    ReadoutOptions options;
    options.target = i == 0 ? asked.target : asked.against;
    options.heads = false;
    worth[i] = read_records(network.config, network.parameters, bases, options, backend, threads);
  }
  return worth;
}

/// Sums over the sites of each motif.
struct Sums {
  std::int64_t sites = 0, sequences = 0, last_sequence = -1;
  std::array<double, 2> worth{};
};

void add_sites(std::vector<Site> const& sites, Worth const& worth, std::vector<Sums>& sums) {
  for (Site const& site : sites) {
    Sums& sum = sums[static_cast<std::size_t>(site.motif)];
    ++sum.sites;
    if (sum.last_sequence != site.sequence) ++sum.sequences;
    sum.last_sequence = site.sequence;
    for (std::size_t i = 0; i < worth.size(); ++i) {
      std::vector<float> const& total = worth[i][static_cast<std::size_t>(site.sequence)].total;
      for (std::int64_t base = site.start; base < site.end; ++base)
        sum.worth[i] += static_cast<double>(total[static_cast<std::size_t>(base)]);
    }
  }
}

}  // namespace

std::vector<DifferentialRow> differences(DiscoverChoices const& choices, TrainingRun const& trained,
                                         PositiveReadouts const& positives,
                                         std::vector<DiscoveredMotif> const& motifs, Run& run,
                                         Backend const& backend, Threads& threads) {
  run.stage("differences", "comparing the two targets");
  if (motifs.empty()) return {};
  PlacedSites const placed(motifs, choices.site_p, estimate_background(positives.bases, true));
  std::vector<Bases> others;
  for (std::int64_t const record : positives.controls) others.push_back(trained.dataset.bases[record]);

  std::vector<Sums> own_sums(motifs.size());
  std::vector<Sums> other_sums(motifs.size());
  add_sites(placed.find(positives.bases, threads),
            worth_of(positives, trained.network, positives.bases, backend, threads), own_sums);
  add_sites(placed.find(others, threads), worth_of(positives, trained.network, others, backend, threads),
            other_sums);
  std::vector<DifferentialRow> rows;
  for (std::size_t m = 0; m < motifs.size(); ++m) {
    auto const sites = static_cast<double>(own_sums[m].sites + other_sums[m].sites);
    auto const mean = [&](std::size_t i) {
      return sites > 0 ? (own_sums[m].worth[i] + other_sums[m].worth[i]) / sites : std::nan("");
    };
    rows.push_back({motifs[m].matrix.id, std::ssize(positives.bases), own_sums[m].sequences,
                    std::ssize(others), other_sums[m].sequences, motifs[m].holdout_p, mean(0), mean(1)});
  }
  return rows;
}

}  // namespace cislens
