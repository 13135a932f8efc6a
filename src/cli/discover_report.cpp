#include "cislens/base/text.hpp"
#include "cislens/base/version.hpp"

#include "discover_stages.hpp"
#include "target_choice.hpp"

#include <algorithm>
#include <utility>

namespace cislens {

namespace {

std::vector<TrainingEpoch> training_rows(TrainingRun const& trained) {
  std::vector<TrainingEpoch> rows;
  for (EpochRecord const& epoch : trained.history) {
    rows.push_back({epoch.epoch + 1, epoch.step, epoch.learning_rate, epoch.train_loss, epoch.validation_loss,
                    epoch.validation_auroc, epoch.seconds});
  }
  return rows;
}

std::string background_words(TrainingRun const& trained, TrainingChoices const& choices) {
  if (trained.shuffled) return "dinucleotide-preserving shuffles";
  if (!choices.background.empty()) return choices.background;
  if (trained.positives < trained.dataset.size()) return "windows of the genome with the same GC";
  return "none: targets from " + choices.targets;
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
    result.push_back({i, trained.dataset.names[positives.records[i]], positives.bases[i]});
  return result;
}

std::vector<std::string> method_words(DiscoverChoices const& choices, TrainingRun const& trained) {
  NetworkConfig const& c = trained.network.config;
  std::string const seeds =
      trained.seeded_filters > 0
          ? " Filters started as the " + std::to_string(trained.seeded_filters) + " motifs " +
                std::string(choices.training.start_motifs.empty()
                                ? ""
                                : "of " + choices.training.start_motifs + " or ") +
                "that counting words in the training sequences gave, the others at random."
          : "";
  return {
      "A network with " + std::to_string(c.channels) + " filters of " + std::to_string(c.filter_width) +
          " bp shared between the strands, " + std::to_string(c.blocks) + " attention block(s) of " +
          std::to_string(c.heads) + " heads and a " + std::string(name_of(c.head)) +
          " head was trained; the epoch with the lowest validation loss was kept." + seeds,
      "Each positive and its reverse complement were read: the logit is dealt out to bases with attention "
      "weights and norms held constant. Seqlets are maxima that shuffled copies reach with p at most " +
          format_number(choices.seqlet_p) + ".",
      "Motifs come from seqlets of training sequences, for all heads together and for each, and from words "
      "of "
      "whole training sequences. All were tested alike: the score threshold from the training part, Fisher's "
      "exact test on validation and test sequences; equal motifs were merged. Sites are places with PWM p at "
      "most " +
          format_number(choices.site_p) + " after competition between overlapping candidates.",
      "Heads are numbered layer by layer from 0."};
}

/// "What tells A from B?"
std::string question_of(DiscoverChoices const& choices, TrainingRun const& trained,
                        PositiveReadouts const& positives, std::string const& background) {
  std::string const& sequences = choices.training.sequences;
  if (choices.training.targets.empty())
    return "What tells the sequences of " + sequences + " from " + background + "?";
  std::string const& name = trained.dataset.target_names[static_cast<std::size_t>(positives.target)];
  if (positives.against >= 0)
    return "What tells sequences of " + sequences + " that are " + name + " and not " +
           trained.dataset.target_names[static_cast<std::size_t>(positives.against)] +
           " from those of which the opposite holds?";
  return "What tells sequences of " + sequences + " that are " + name +
         (trained.loss == LossKind::binary ? " from those that are not?"
                                           : " most from those that are least?");
}

/// What every report of the run says about the network and its data.
ReportInput report_of_network(DiscoverChoices const& choices, TrainingRun const& trained) {
  TrainingChoices const& training = choices.training;
  auto const count = [&](Part part) { return std::count(trained.parts.begin(), trained.parts.end(), part); };
  ReportInput report;
  report.title = training.sequences;
  report.background = background_words(trained, training);
  report.inputs.push_back({"Sequences", training.sequences});
  for (auto const& [label, file] :
       {std::pair{"Genome", training.genome}, std::pair{"Background", training.background},
        std::pair{"Targets", training.targets}}) {
    if (!file.empty()) report.inputs.push_back({label, file});
  }
  for (std::string const& file : choices.databases) {
    report.inputs.push_back({"Motif database", file});
    report.database += (report.database.empty() ? "" : ", ") + file;
  }
  report.train = count(Part::train);
  report.validation = count(Part::validation);
  report.holdout = count(Part::test);
  if (trained.dataset.target_count() > 1) report.targets = target_figures(trained);
  report.match_q_limit = choices.max_match_q;
  report.training = training_rows(trained);
  report.chosen_epoch = trained.best_epoch + 1;
  report.version = version();
  report.method = method_words(choices, trained);
  return report;
}

}  // namespace

ReportInput report_of(DiscoverChoices const& choices, TrainingRun const& trained,
                      PositiveReadouts const& positives, MotifStage const& found,
                      std::vector<Site> const& sites, HeadTables const& heads) {
  ReportInput report = report_of_network(choices, trained);
  report.question = question_of(choices, trained, positives, report.background);
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
  report.question = "What do sequences have in common that are alike in one of " +
                    std::to_string(trained.dataset.target_count()) + " targets?";
  report.positives = trained.dataset.size();
  for (TargetFindings const& one : findings)
    report.target_pages.emplace_back(one.target, "targets/" + one.folder + "/report.html");
  report.motifs = motifs_of_all(findings);
  return report;
}

}  // namespace cislens
