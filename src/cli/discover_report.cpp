#include "discover_stages.hpp"
#include "report_words.hpp"
#include "target_choice.hpp"

#include <algorithm>
#include <utility>

namespace cislens {

RunFacts facts_of(DiscoverChoices const& choices, TrainingRun const& trained) {
  TrainingChoices const& training = choices.training;
  RunFacts facts;
  facts.sequences = training.sequences;
  facts.genome = training.genome;
  facts.background = training.background;
  facts.targets = training.targets;
  facts.databases = choices.databases;
  facts.start_motifs = training.start_motifs;
  facts.shuffled = trained.shuffled;
  facts.genomic = !trained.shuffled && training.background.empty() && training.targets.empty();
  facts.binary = trained.loss == LossKind::binary;
  facts.max_match_q = choices.max_match_q;
  facts.seqlet_p = choices.seqlet_p;
  facts.site_p = choices.site_p;
  facts.config = trained.network.config;
  facts.seeded_filters = trained.seeded_filters;
  return facts;
}

namespace {

std::vector<TrainingEpoch> training_rows(TrainingRun const& trained) {
  std::vector<TrainingEpoch> rows;
  for (EpochRecord const& epoch : trained.history) {
    rows.push_back({epoch.epoch + 1, epoch.step, epoch.learning_rate, epoch.train_loss, epoch.validation_loss,
                    epoch.validation_auroc, epoch.seconds});
  }
  return rows;
}

/// A few held-out positives with the most sites of high attribution.
std::vector<ReportExample> examples(TrainingRun const& trained, PositiveReadouts const& positives,
                                    std::vector<Site> const& sites) {
  constexpr std::size_t most = 6;
  std::vector<double> worth(positives.records.size(), 0.0);
  for (Site const& site : sites) worth[site.sequence] += std::max(0.0, site.attribution);
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < positives.records.size(); ++i) {
    if (positives.parts[i] == Part::test && worth[i] > 0) order.push_back(static_cast<std::int64_t>(i));
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return worth[a] > worth[b]; });
  order.resize(std::min(order.size(), most));
  std::vector<ReportExample> result;
  for (std::int64_t const i : order)
    result.push_back({i, trained.dataset.names[positives.records[i]], positives.bases[i],
                      positives.readouts[static_cast<std::size_t>(i)].total});
  return result;
}

/// What every report of the run says about the network and its data.
ReportInput report_of_network(DiscoverChoices const& choices, TrainingRun const& trained) {
  auto const count = [&](Part part) { return std::count(trained.parts.begin(), trained.parts.end(), part); };
  ReportInput report = report_of_facts(facts_of(choices, trained));
  report.train = count(Part::train);
  report.validation = count(Part::validation);
  report.holdout = count(Part::test);
  if (trained.dataset.target_count() > 1) report.targets = target_figures(trained);
  report.training = training_rows(trained);
  report.chosen_epoch = trained.best_epoch + 1;
  return report;
}

}  // namespace

ReportInput report_of(DiscoverChoices const& choices, TrainingRun const& trained,
                      PositiveReadouts const& positives, MotifStage const& found,
                      std::vector<Site> const& sites, HeadTables const& heads) {
  ReportInput report = report_of_network(choices, trained);
  report.question = question_words(facts_of(choices, trained),
                                   trained.dataset.target_names[static_cast<std::size_t>(positives.target)],
                                   choices.against);
  if (!choices.training.targets.empty()) {
    report.title = trained.dataset.target_names[static_cast<std::size_t>(positives.target)];
    report.background = positives.controls.empty() ? "dinucleotide-preserving shuffles" : "the other side";
  }
  report.positives = static_cast<std::int64_t>(positives.records.size());
  report.negatives = std::ssize(positives.controls);
  if (!trained.metrics.empty()) {
    for (Metric const& metric : trained.metrics[static_cast<std::size_t>(positives.target)].figures) {
      report.metrics.push_back({metric.name, metric.value, metric.low, metric.high,
                                "on " + std::to_string(report.holdout) + " records never used for fitting"});
    }
  }
  report.motifs = found.motifs;
  report.sites = sites;
  for (Bases const& bases : positives.bases)
    report.sequence_lengths.push_back(static_cast<std::int64_t>(bases.size()));
  report.examples = examples(trained, positives, sites);
  report.heads = heads;
  return report;
}

ReportInput overview_of(DiscoverChoices const& choices, TrainingRun const& trained,
                        std::vector<TargetFindings> const& findings) {
  ReportInput report = report_of_network(choices, trained);
  report.question = question_of_targets(trained.dataset.target_count());
  report.positives = trained.dataset.size();
  for (TargetFindings const& one : findings)
    report.target_pages.emplace_back(one.target, "targets/" + one.folder + "/report.html");
  report.motifs = motifs_of_all(findings);
  return report;
}

}  // namespace cislens
