#include "cislens/base/text.hpp"
#include "cislens/motif/statistics.hpp"

#include "pair_network.hpp"
#include "pairs_stages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace cislens {

namespace {

void join_coattention(PairNetworkResult const& network, PairTables& tables) {
  for (PairRow& row : tables.rows) {
    auto const found = std::ranges::find_if(network.pairs, [&](PairCoattention const& pair) {
      return pair.a == row.occurrence.a && pair.b == row.occurrence.b;
    });
    if (found == network.pairs.end() || std::isnan(found->log_p)) continue;
    row.coattention = found->effect;
    row.coattention_p = std::exp(found->call_log_p());
    row.coattention_q = found->q;
    row.head_share = found->head_share;
  }
}

}  // namespace

void join_evidence(PairTables& tables) {
  std::vector<double> p;
  for (PairRow& row : tables.rows) {
    double const occurrence_p = std::exp(row.occurrence.call_log_p());
    bool const both = !std::isnan(occurrence_p) && !std::isnan(row.coattention_p);
    row.joint_p = both ? std::max(occurrence_p, row.coattention_p) : PairRow::nan;
    p.push_back(row.joint_p);
  }
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < q.size(); ++i) tables.rows[i].joint_q = q[i];
  tables.by_both = true;
}

PairNetworkOptions network_options(PairOccurrenceOptions const& options) {
  PairNetworkOptions result;
  result.max_gap = options.max_gap;
  result.min_expected = options.min_expected;
  result.seed = options.seed;
  result.call_q = options.call_q;
  return result;
}

PairNetworkResult read_pair_network(PairMaterial const& material, PairSiteList const& list,
                                    PairOccurrenceOptions const& options, PairTables& tables, Run& run,
                                    Threads& threads) {
  auto const labels = static_cast<int>(tables.motifs.size());
  PairNetworkResult network =
      run_pair_network(material.bases, list.sites, list.readings, labels, material.motifs,
                       network_options(options), run.backend(), threads, run.log());
  run.metric("pair_network_auroc", network.auroc);
  join_coattention(network, tables);
  if (network.clear)
    join_evidence(tables);
  else
    run.log().warning(std::string("the pair network found ") + (network.partnership ? "little" : "no sure") +
                      " partnership (held-out AUROC " + format_fixed(network.auroc, 3) +
                      "): pairs are called by occurrence alone");
  return network;
}

void question_pair_network(PairNetworkResult const& network, PairMaterial const& material,
                           PairSiteList const& list, PairTables& tables, Run& run, Threads& threads) {
  if (!network.partnership) return;
  Backend const& backend = run.backend();
  for (PairExample& example : tables.examples) {
    auto const s = static_cast<std::size_t>(example.sequence);
    example.arcs = pair_arcs(material.bases[s], example.sites, tables.max_gap, network, network.fold_of[s],
                             backend, threads);
  }
  std::vector<std::array<int, 2>> called;
  for (PairRow const& row : tables.rows) {
    if (tables.called(row)) called.push_back({row.occurrence.a, row.occurrence.b});
  }
  if (called.empty()) return;
  PairKnockOutOptions knock_out;
  knock_out.seed = run.seed();
  auto const effects = knock_out_pairs(material.bases, list.sites, called, tables.max_gap, network, knock_out,
                                       backend, threads);
  std::vector<double> p;
  for (PairKnockOut const& effect : effects) p.push_back(effect.p);
  std::vector<double> const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < effects.size(); ++i) {  // called rows come first
    tables.rows[i].knockout = effects[i].effect;
    tables.rows[i].knockout_q = q[i];
  }
}

}  // namespace cislens
