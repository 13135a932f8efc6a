#include "cislens/motif/enrichment.hpp"

#include "cislens/motif/discovery_cut.hpp"
#include "cislens/motif/scan.hpp"

#include <cmath>
#include <limits>

namespace cislens {

namespace {

/// Best score of every motif in every sequence, [motif][sequence]; where a motif fits nowhere, the lowest
/// number.
std::vector<std::vector<double>> best_scores(Scanner const& scanner, std::span<Bases const> sequences,
                                             Threads& threads) {
  auto const hits = scanner.best_hits_of_all(sequences, threads);
  std::vector<std::vector<double>> scores(static_cast<std::size_t>(scanner.motif_count()));
  for (auto const& of_sequence : hits) {
    for (std::size_t m = 0; m < scores.size(); ++m) {
      bool const fits = of_sequence[m].end > of_sequence[m].start;
      scores[m].push_back(fits ? of_sequence[m].score : std::numeric_limits<double>::lowest());
    }
  }
  return scores;
}

}  // namespace

std::vector<Enrichment> test_enrichment(std::span<MotifMatrix const> motifs, EnrichmentInput const& input,
                                        Background const& background, Threads& threads) {
  std::vector<Enrichment> result(motifs.size());
  if (motifs.empty() || input.fit_positives.empty() || input.fit_controls.empty()) return result;
  Scanner const scanner(motifs, background, ScanOptions{});
  auto const fit_positives = best_scores(scanner, input.fit_positives, threads);
  auto const fit_controls = best_scores(scanner, input.fit_controls, threads);
  auto const holdout_positives = best_scores(scanner, input.holdout_positives, threads);
  auto const holdout_controls = best_scores(scanner, input.holdout_controls, threads);
  for (std::size_t m = 0; m < motifs.size(); ++m) {
    ScoreCut const cut = best_cut(fit_positives[m], fit_controls[m], 0);
    if (holdout_positives[m].empty() || holdout_controls[m].empty()) continue;
    ScoreCut const held = apply_cut(holdout_positives[m], holdout_controls[m], cut.threshold);
    result[m] = {held.log_p,
                 {std::ssize(input.holdout_positives), held.positives_with,
                  std::ssize(input.holdout_controls), held.controls_with}};
  }
  return result;
}

double least_log_p(std::int64_t positives, std::int64_t controls) {
  auto const log_factorial = [](std::int64_t n) { return std::lgamma(static_cast<double>(n) + 1); };
  return log_factorial(positives) + log_factorial(controls) - log_factorial(positives + controls);
}

}  // namespace cislens
