#include "cislens/base/random.hpp"
#include "cislens/motif/pair_controls.hpp"

#include "pair_network.hpp"
#include "pairs_stages.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace cislens {

namespace {

PairControl occurrence_control(std::string const& name, PairSiteList const& list, PairSites const& input,
                               PairOccurrenceOptions const& options, Threads& threads) {
  PairSites own = input;
  own.sites = list.sites;
  own.readings = &list.readings;
  own.leans = list.leans;
  auto const pairs = test_pair_occurrence(own, options, threads);
  return {name, "occurrence", std::ssize(pairs),
          std::ranges::count_if(
              pairs, [&](PairOccurrence const& pair) { return pair.q <= options.call_q && pair.z > 0; })};
}

PairControl network_control(std::string const& name, PairNetworkOptions const& options, double call_q,
                            PairMaterial const& material, PairSiteList const& list, int labels, Run& run,
                            Threads& threads) {
  PairNetworkResult const network =
      run_pair_network(material.bases, list.sites, list.readings, labels, material.motifs, options,
                       run.backend(), threads, run.log());
  PairControl control{name, "coattention", 0, 0};
  for (PairCoattention const& pair : network.pairs) {
    if (std::isnan(pair.log_p)) continue;
    ++control.tested;
    control.called += pair.q <= call_q ? 1 : 0;
  }
  return control;
}

/// Labels are permuted, places are not: where sites stand close together occurrence calls pairs all the same.
bool sites_stand_together(PairControl const& control) {
  return control.control == "permuted_labels" && control.evidence == "occurrence" && control.called > 0;
}

}  // namespace

std::vector<PairControl> run_pair_controls(PairSearch const& search, PairOccurrenceOptions const& options,
                                           PairMaterial const& material, PairSiteList const& list,
                                           PairSites const& input, Run& run, Threads& threads) {
  run.log().info("controls: searching again where there is nothing to find");
  Random random(options.seed, 71);
  std::vector<int> const strata = pair_strata(input.lengths, input.gc, options.stratum);
  PairSiteList const exchanged = exchanged_sites(list, input.lengths, strata, random);
  PairSiteList const relabelled = relabelled_sites(list, random);
  std::vector<PairControl> controls = {
      occurrence_control("exchanged_sites", exchanged, input, options, threads),
      occurrence_control("permuted_labels", relabelled, input, options, threads)};
  if (search.network) {
    PairNetworkOptions network = network_options(options);
    controls.push_back(network_control("permuted_labels", network, options.call_q, material, relabelled,
                                       input.motifs, run, threads));
    network.random_weights = true;
    controls.push_back(network_control("random_weights", network, options.call_q, material, list,
                                       input.motifs, run, threads));
  }
  for (PairControl const& control : controls) {
    run.metric("control_" + control.control + "_" + control.evidence + "_called",
               static_cast<double>(control.called));
    run.log().info(
        "control " + control.control + ", " + control.evidence + ": " + std::to_string(control.called) +
        " of " + std::to_string(control.tested) + " pairs called" +
        (sites_stand_together(control)
             ? " (sites that stand together whatever they are called; as many calls of the data may be due "
               "to that)"
             : ""));
  }
  return controls;
}

}  // namespace cislens
