#include "whole_sequences.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

void add_holdout(TrainingRun const& trained, PositiveReadouts const& positives, SearchWindows& windows) {
  for (std::size_t i = 0; i < positives.records.size(); ++i) {
    if (positives.parts[i] == Part::train) continue;
    auto const sequence = static_cast<std::int64_t>(i);
    windows.holdout_positives.push_back(whole_record(positives.bases[i], sequence));
    if (positives.controls.empty())
      windows.holdout_controls.push_back(whole_record(positives.shuffled[i], sequence));
  }
  for (std::int64_t const record : positives.controls) {
    if (trained.parts[record] == Part::train) continue;
    windows.holdout_controls.push_back(whole_record(trained.dataset.bases[record], record));
  }
}

namespace {

EnrichmentSets enrichment_sets(TrainingRun const& trained, PositiveReadouts const& positives,
                               SearchWindows const& holdout) {
  EnrichmentSets sets;
  for (std::size_t i = 0; i < positives.records.size(); ++i) {
    if (positives.parts[i] != Part::train) continue;
    sets.fit_positives.push_back(positives.bases[i]);
    if (positives.controls.empty()) sets.fit_controls.push_back(positives.shuffled[i]);
  }
  for (std::int64_t const record : positives.controls) {
    if (trained.parts[record] == Part::train) sets.fit_controls.push_back(trained.dataset.bases[record]);
  }
  auto const copy = [](std::vector<Window> const& windows) {
    std::vector<Bases> bases;
    for (Window const& window : windows) bases.emplace_back(window.bases.begin(), window.bases.end());
    return bases;
  };
  sets.holdout_positives = copy(holdout.holdout_positives);
  sets.holdout_controls = copy(holdout.holdout_controls);
  return sets;
}

}  // namespace

WholeSequences::WholeSequences(TrainingRun const& trained, PositiveReadouts const& positives) {
  add_holdout(trained, positives, windows);
  sets = enrichment_sets(trained, positives, windows);
  for (Bases const& bases : sets.fit_positives) windows.fit_positives.push_back(whole_record(bases, 0));
  for (Bases const& bases : sets.fit_controls) windows.fit_controls.push_back(whole_record(bases, 0));
}

void test_all(WholeSequences const& whole, Background const& background, int tested,
              std::span<DiscoveredMotif> motifs, Threads& threads) {
  std::vector<MotifMatrix> matrices;
  for (DiscoveredMotif const& motif : motifs) matrices.push_back(motif.matrix);
  auto const results = test_enrichment(matrices, whole.sets.view(), background, threads);
  for (std::size_t m = 0; m < motifs.size(); ++m) {
    DiscoveredMotif& motif = motifs[m];
    motif.holdout_log_p = results[m].log_p;
    motif.holdout_p = std::max(std::exp(results[m].log_p), std::numeric_limits<double>::min());
    motif.holdout_e = motif.holdout_p * std::max(1, tested);
    motif.holdout = results[m].counts;
  }
}

}  // namespace cislens
