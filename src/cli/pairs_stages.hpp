#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/command_line.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/motif/pair_occurrence.hpp"
#include "cislens/motif/pair_sites.hpp"
#include "cislens/writers/pairs.hpp"

#include "pair_network.hpp"

#include <span>
#include <string>
#include <vector>

namespace cislens {

/// How pairs are looked for; `pairs` and `discover` do the same.
struct PairSearch {
  PairOccurrenceOptions options;  ///< seed is set by find_pairs
  double site_p = 1e-3;           ///< largest PWM p-value of a site of a pair
  double min_correlation = 0.85;  ///< of motifs that count as one
  bool network = false;           ///< train the pair network and read it
  bool controls = false;          ///< search again where there is nothing to find
};

/// The options that a PairSearch has. @param prefix  of their names: "", or "pair-" beside other options
void declare_pair_search(CommandLine& line, PairSearch& search, std::string const& prefix);

/// Where pairs are looked for. Vectors of sequences have one entry a sequence.
struct PairMaterial {
  std::span<MotifMatrix const> motifs;
  std::vector<std::string> motif_names;  ///< what people call them, may be empty texts
  std::span<Bases const> bases;
  std::vector<std::string> names;
  std::vector<Interval> origins;
  std::span<Bases const> background;  ///< sequences to compare with; may be empty
  std::string background_name;        ///< what they are, for people
};

/// Sites by scan and competition, motifs that are alike together, tests, comparison with the background,
/// instances and examples. Says on the log what could not be tested, and why.
/// @throws Interrupted  a signal asked to stop
PairTables find_pairs(PairSearch const& search, PairMaterial const& material, Run& run, Threads& threads);

/// Counts what is called where there is nothing to find: sites exchanged among sequences, labels of sites
/// dealt out anew; with search.network also what its co-attention calls with the latter, and with random
/// weights.
/// @param list  sites of the motifs of `tables`  @param options  with their seed  @throws Interrupted
std::vector<PairControl> run_pair_controls(PairSearch const& search, PairOccurrenceOptions const& options,
                                           PairMaterial const& material, PairSiteList const& list,
                                           PairSites const& input, Run& run, Threads& threads);

/// Fills the joint p and q of the rows from both kinds of evidence, by which they are called from now on. A
/// pair is one by both unless one of the two nulls holds, so p is the larger of both (Berger 1982,
/// Technometrics 24, 295), however much the two depend on each other; NaN where one was not tested.
void join_evidence(PairTables& tables);

/// Trains a pair network on these sites, and fills co-attention and shares of heads of the rows. Where the
/// network tells partners clearly, also the joint evidence, by which pairs are called then.
/// @param list  sites of the motifs of `tables`  @throws Interrupted
PairNetworkResult read_pair_network(PairMaterial const& material, PairSiteList const& list,
                                    PairOccurrenceOptions const& options, PairTables& tables, Run& run,
                                    Threads& threads);
/// Those of the pair network that both kinds of evidence share.
PairNetworkOptions network_options(PairOccurrenceOptions const& options);

/// Fills the knock-out of the called rows and the arcs of the examples; nothing without partnership.
/// @param tables  called rows come first  @throws Interrupted
void question_pair_network(PairNetworkResult const& network, PairMaterial const& material,
                           PairSiteList const& list, PairTables& tables, Run& run, Threads& threads);

}  // namespace cislens
