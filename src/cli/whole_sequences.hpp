#pragma once

#include "cislens/motif/discovery.hpp"
#include "cislens/motif/enrichment.hpp"
#include "cislens/motif/merge.hpp"

#include "discover_stages.hpp"

#include <span>
#include <vector>

namespace cislens {

/// Windows that motifs are fitted on, their controls, and the whole sequences that fitting never saw.
struct SearchWindows {
  std::vector<Window> fit_positives, fit_controls, holdout_positives, holdout_controls;

  DiscoveryInput view() const { return {fit_positives, fit_controls, holdout_positives, holdout_controls}; }
};

/// Held-out positives and controls; shuffled copies when there are no controls.
void add_holdout(TrainingRun const& trained, PositiveReadouts const& positives, SearchWindows& windows);

/// Copies of whole sequences for the last test of every motif.
struct EnrichmentSets {
  std::vector<Bases> fit_positives, fit_controls, holdout_positives, holdout_controls;

  EnrichmentInput view() const { return {fit_positives, fit_controls, holdout_positives, holdout_controls}; }
};

/// Whole sequences, those the motifs were fitted on and those they were not. The windows point to the copies.
struct WholeSequences {
  EnrichmentSets sets;
  SearchWindows windows;

  WholeSequences(TrainingRun const& trained, PositiveReadouts const& positives);
  WholeSequences(WholeSequences const&) = delete;
  WholeSequences& operator=(WholeSequences const&) = delete;
};

/// The same test for every motif, whoever found it: hold-out p, and E = p times the candidates of all
/// searches.
void test_all(WholeSequences const& whole, Background const& background, int tested,
              std::span<DiscoveredMotif> motifs, Threads& threads);

}  // namespace cislens
