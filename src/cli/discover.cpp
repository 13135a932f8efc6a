#include "cislens/base/text.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/motif/match.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/writers/bed.hpp"
#include "cislens/writers/meme.hpp"
#include "cislens/writers/report.hpp"

#include "discover_stages.hpp"
#include "head_diagnosis.hpp"
#include "network_options.hpp"
#include "pairs_stages.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

constexpr char const* outputs[] = {"motifs.meme",   "motifs.tsv",       "sites.bed",
                                   "seqlets.bed",   "heads.tsv",        "heads.distance.tsv",
                                   "heads.cka.tsv", "heads.motifs.tsv", "report.html"};

void declare(CommandLine& line, DiscoverChoices& choices) {
  TrainingChoices& training = choices.training;
  line.example("cislens discover peaks.fa --motif-db jaspar.meme -o out");
  line.example("cislens discover peaks.narrowPeak -g hg38.fa --center --width 200 -o out");
  line.example("cislens discover bound.fa --background unbound.fa -o out");
  line.about(
      "Trains a network to tell SEQS from background, reads its attention heads, and writes to DIR: "
      "report.html, motifs.meme, motifs.tsv, sites.bed, seqlets.bed, heads.tsv, predictions.tsv, "
      "training.tsv, the model and params.json.");
  declare_training_input(line, training);
  line.group("Motifs and sites");
  line.text("motif-db", "FILE", choices.database,
            "known motifs to name what is found: MEME, JASPAR, TRANSFAC, HOMER");
  line.text("motifs", "FILE", choices.given_motifs, "look for these motifs instead of new ones");
  line.text("target", "NAME", choices.target, "which target is read (default: the first)");
  line.number("max-motifs", "N", choices.max_motifs, {1, 1000},
              "stop after so many, for all heads together and for each");
  line.number("max-e", "E", choices.max_e, {0.0, 1e6}, "largest hold-out E of a motif");
  line.number("max-match-q", "Q", choices.max_match_q, {0.0, 1.0},
              "largest q of a database name that is shown");
  line.number("seqlet-p", "P", choices.seqlet_p, {0.0, 1.0}, "largest p-value of a seqlet");
  line.number("seqlet-width", "BP", choices.seqlet_width, {5, 201}, "width of a seqlet, odd");
  line.number("site-p", "P", choices.site_p, {0.0, 1.0}, "largest PWM p-value of a site");
  line.number("max-read", "N", choices.max_read, {20, 1'000'000'000},
              "most seqlets, and shuffled copies, that are used");
  line.choice("head-score", {{"attribution", HeadScore::attribution}, {"attention", HeadScore::attention}},
              choices.score, "what heads are read by");
  line.group("Pairs");
  line.flag_off("no-pairs", choices.with_pairs, "do not look for pairs of motifs");
  declare_pair_search(line, choices.pairs, "pair-");
  line.group("Output");
  line.required("output,o", "DIR", training.folder, "folder of the results; made when it is not there");
  declare_network(line, training);
  declare_training(line, training);
}

/// @throws UsageError  a value that no range of the command line can express
void check_options(DiscoverChoices const& choices) {
  if (choices.seqlet_width % 2 == 0) {
    throw UsageError("--seqlet-width " + std::to_string(choices.seqlet_width) + " is not odd");
  }
  if (!(choices.max_e > 0)) throw UsageError("--max-e must be greater than 0");
}

std::vector<Interval> origins_of(TrainingRun const& trained, PositiveReadouts const& positives) {
  std::vector<Interval> origins;
  for (std::int64_t const record : positives.records) origins.push_back(trained.dataset.origins[record]);
  return origins;
}

void write_motifs(DiscoverChoices const& choices, PositiveReadouts const& positives,
                  std::vector<DiscoveredMotif> const& motifs, Run& run) {
  fs::path const folder = choices.training.folder;
  std::vector<MemeMotif> matrices;
  for (DiscoveredMotif const& motif : motifs) matrices.push_back({motif.matrix, motif.holdout_e});
  Background const background = estimate_background(positives.bases, true);
  write_meme(matrices, background.probability, folder / "motifs.meme", run.if_exists());
  write_motifs_tsv(motifs, choices.max_match_q, folder / "motifs.tsv", run.if_exists());
}

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

/// Pairs of the motifs, among sites of a higher p-value than sites.bed has; empty tables when not asked for.
PairTables pairs_of(DiscoverChoices const& choices, TrainingRun const& trained,
                    PositiveReadouts const& positives, std::vector<DiscoveredMotif> const& motifs,
                    std::vector<Interval> const& origins, Run& run, Threads& threads) {
  run.stage("pairs", "looking for pairs of motifs");
  std::vector<MotifMatrix> matrices;
  PairMaterial material{{}, {}, positives.bases, {}, origins};
  for (DiscoveredMotif const& motif : motifs) {
    matrices.push_back(motif.matrix);
    material.motif_names.push_back(shown_name(motif.matches, choices.max_match_q));
  }
  for (std::int64_t const record : positives.records) material.names.push_back(trained.dataset.names[record]);
  material.motifs = matrices;
  return find_pairs(choices.pairs, material, run, threads);
}

ReportInput report_of(DiscoverChoices const& choices, TrainingRun const& trained,
                      PositiveReadouts const& positives, MotifStage const& found,
                      std::vector<Site> const& sites, HeadTables const& heads) {
  TrainingChoices const& training = choices.training;
  auto const count = [&](Part part) { return std::count(trained.parts.begin(), trained.parts.end(), part); };
  ReportInput report;
  report.title = training.sequences;
  report.background = background_words(trained, training);
  report.question = "What tells the sequences of " + training.sequences + " from " + report.background + "?";
  report.inputs.push_back({"Sequences", training.sequences});
  for (auto const& [label, file] :
       {std::pair{"Genome", training.genome}, std::pair{"Background", training.background},
        std::pair{"Targets", training.targets}, std::pair{"Motif database", choices.database}}) {
    if (!file.empty()) report.inputs.push_back({label, file});
  }
  report.positives = static_cast<std::int64_t>(positives.records.size());
  report.negatives = trained.dataset.size() - trained.positives;
  report.train = count(Part::train);
  report.validation = count(Part::validation);
  report.holdout = count(Part::test);
  if (!trained.metrics.empty()) {
    for (Metric const& metric : trained.metrics[positives.target].figures) {
      report.metrics.push_back({metric.name, metric.value, metric.low, metric.high,
                                "on " + std::to_string(report.holdout) + " records never used for fitting"});
    }
  }
  if (trained.dataset.target_count() > 1) report.targets = target_figures(trained);
  report.motifs = found.motifs;
  report.match_q_limit = choices.max_match_q;
  report.database = choices.database;
  report.sites = sites;
  for (Bases const& bases : positives.bases)
    report.sequence_lengths.push_back(static_cast<std::int64_t>(bases.size()));
  report.examples = examples(trained, positives, sites);
  report.heads = heads;
  report.training = training_rows(trained);
  report.chosen_epoch = trained.best_epoch + 1;
  report.version = version();
  return report;
}

std::vector<std::string> method_words(DiscoverChoices const& choices, TrainingRun const& trained) {
  NetworkConfig const& c = trained.network.config;
  std::string const seeds =
      choices.training.seed_filters
          ? " Filters started as the " + std::to_string(trained.words.motifs.size()) +
                " motifs that counting words in the training sequences gave, the others at random."
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

}  // namespace

void run_discover(CommandLine& line) {
  DiscoverChoices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_options(choices);
  Run run(line);
  prepare_training(choices.training, run);
  fs::path const folder = choices.training.folder;
  for (char const* const name : outputs) check_free(folder / name, run.if_exists());
  if (choices.with_pairs) {
    for (fs::path const& path : pair_table_paths(folder)) check_free(path, run.if_exists());
  }
  Backend const& backend = load_cpu_backend(run.isa());
  Threads threads(run.threads());

  KnownMotifs const known = read_known_motifs(choices, run);
  TrainingRun trained = load_training(choices.training, run, threads);
  check_target(choices, trained);
  run_training(choices.training, run, backend, threads, trained);
  PositiveReadouts const positives = read_positives(choices, trained, run, backend, threads);
  MotifStage found = find_motifs(choices, known, trained, positives, run, threads);
  NetworkConfig const& config = trained.network.config;
  std::vector<Site> const sites =
      call_sites(choices, positives, config.blocks * config.heads, found.motifs, run, threads);
  std::vector<Interval> const origins = origins_of(trained, positives);
  std::optional<PairTables> pairs;
  if (choices.with_pairs) pairs = pairs_of(choices, trained, positives, found.motifs, origins, run, threads);
  run.stage("heads", "describing the heads");
  HeadTables const heads = describe_heads(trained, positives, found.motifs, sites, run, backend, threads);
  std::vector<std::string> const warnings = head_warnings(heads);
  for (std::string const& warning : warnings) run.log().warning(warning);

  run.stage("output", "writing to " + folder.string());
  write_training(choices.training, trained, line.common().provenance, run);
  write_motifs(choices, positives, found.motifs, run);
  std::vector<std::string> ids;
  for (DiscoveredMotif const& motif : found.motifs) ids.push_back(motif.matrix.id);
  write_sites_bed(sites, ids, origins, folder / "sites.bed", run.if_exists());
  write_seqlets_bed(found.seqlets, origins, folder / "seqlets.bed", run.if_exists());
  write_head_tables(heads, folder / "heads.tsv", run.if_exists());
  if (pairs) write_pair_tables(*pairs, folder, run.if_exists());
  ReportInput report = report_of(choices, trained, positives, found, sites, heads);
  report.method = method_words(choices, trained);
  report.warnings = warnings;
  report.pairs = std::move(pairs);
  if (line.common().provenance) report.provenance = run.provenance();
  write_report(report, folder / "report.html", run.if_exists());
  run.write_params(folder / "params.json");
  finish_training(choices.training);
  if (found.motifs.empty()) {
    run.log().info("nothing was found: no motif is enriched in the held-out sequences");
  }
  run.log().info(std::to_string(found.motifs.size()) + " motifs and " + std::to_string(sites.size()) +
                 " sites; report: " + (folder / "report.html").string());
}

}  // namespace cislens
