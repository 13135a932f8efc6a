#include "cislens/base/errors.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/seqio/table_input.hpp"

#include "head_diagnosis.hpp"
#include "report_files.hpp"
#include "report_words.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

/// What all reports of one run of `discover` share.
struct RunFiles {
  fs::path folder;
  std::optional<Provenance> provenance;  ///< none: params.json is missing
  std::optional<SavedModel> model;       ///< none: it was taken away
  RunFacts facts;
  std::string against;
  std::vector<TrainingEpoch> training;
  std::vector<TargetFigure> metrics;

  bool several_targets() const {
    std::set<std::string> names;
    for (TargetFigure const& figure : metrics) names.insert(figure.target);
    return model ? model->target_names.size() > 1 : names.size() > 1;
  }
  /// Of a run that read one: that of --target, or the first.
  std::string only_target() const {
    std::string const asked = provenance ? option_of(*provenance, "target") : "";
    if (!asked.empty()) return asked;
    if (model) return model->target_names.front();
    return metrics.empty() ? "" : metrics.front().target;
  }
};

RunFacts facts_of_files(RunFiles const& files) {
  RunFacts facts;
  facts.sequences = fs::absolute(files.folder).lexically_normal().filename().string();
  if (files.model) {
    facts.config = files.model->config;
    facts.binary = files.model->loss == LossKind::binary;
    for (auto const& [name, value] : files.model->training) {
      if (name == "seeded_filters") facts.seeded_filters = std::llround(value);
    }
  }
  if (!files.provenance) return facts;
  Provenance const& run = *files.provenance;
  facts.sequences = option_of(run, "SEQS");
  facts.genome = option_of(run, "genome");
  facts.background = option_of(run, "background");
  facts.targets = option_of(run, "targets");
  for (InputRecord const& input : run.inputs) {
    if (input.role == "motif database") facts.databases.push_back(input.path);
  }
  facts.start_motifs = option_of(run, "start-motifs");
  bool const made = facts.background.empty() && facts.targets.empty();
  facts.shuffled = made && option_of(run, "negatives") != "genomic";
  facts.genomic = made && !facts.shuffled;
  facts.max_match_q = number_of(run, "max-match-q", facts.max_match_q);
  facts.seqlet_p = number_of(run, "seqlet-p", facts.seqlet_p);
  facts.site_p = number_of(run, "site-p", facts.site_p);
  return facts;
}

RunFiles read_run(fs::path const& folder) {
  RunFiles files;
  files.folder = folder;
  files.provenance = read_params(folder);
  if (is_there(folder / "config.json") && is_there(folder / "model.safetensors"))
    files.model = load_model(folder);
  files.training = read_training(folder);
  files.metrics = read_metrics(folder);
  if (files.provenance) files.against = option_of(*files.provenance, "against");
  files.facts = facts_of_files(files);
  return files;
}

/// The epoch whose weights were kept, from 1.
int chosen_epoch(RunFiles const& files) {
  if (files.model) {
    for (auto const& [name, value] : files.model->training) {
      if (name == "best_epoch") return static_cast<int>(value);
    }
  }
  int best = -1;
  double lowest = INFINITY;
  for (TrainingEpoch const& epoch : files.training) {
    if (epoch.validation_loss < lowest) best = epoch.epoch;
    lowest = std::fmin(lowest, epoch.validation_loss);
  }
  return best;
}

/// What all reports of a run say, with what this page is.
ReportInput report_of_run(RunFiles const& files, bool provenance) {
  ReportInput report = report_of_facts(files.facts);
  if (!files.model) report.method = {report.method.back()};
  if (!files.provenance) {
    report.inputs.clear();
    report.background.clear();
    report.method = {report.method.back()};
  }
  std::string note =
      "This page was made from the tables of the run by cislens report. What they do not hold is left "
      "out: example sequences, and what heads were counted on.";
  if (!files.provenance) note += " params.json was not there, so what was asked is not told either.";
  if (!files.model) note += " Nor was the model.";
  report.method.push_back(note);
  report.training = files.training;
  report.chosen_epoch = chosen_epoch(files);
  if (files.several_targets()) report.targets = files.metrics;
  if (provenance) report.provenance = files.provenance;
  return report;
}

/// What the options of the run say about its pairs. Controls of an earlier run may have stayed in the folder.
/// @param controls  the option's name
/// @return whether they are compared with others
bool take_pair_options(std::optional<Provenance> const& run, char const* controls, PairTables& pairs) {
  if (run) {
    pairs.call_q = number_of(*run, "pair-q", pairs.call_q);
    pairs.max_gap = static_cast<int>(number_of(*run, "max-gap", pairs.max_gap));
    if (option_of(*run, controls) != "true") pairs.controls.clear();
  }
  return std::ranges::any_of(pairs.rows, [](PairRow const& row) { return row.differential.has_value(); });
}

void add_pairs(RunFiles const& files, fs::path const& folder, std::string const& target,
               UsedRecords const& records, ReportInput& report) {
  std::vector<std::string> ids;
  for (DiscoveredMotif const& motif : report.motifs) ids.push_back(motif.matrix.id);
  bool const not_looked_for = files.provenance && option_of(*files.provenance, "no-pairs") == "true";
  if (not_looked_for) return;  // what may lie there is of an earlier run
  report.pairs = read_pairs(folder, ids);
  if (!report.pairs) return;
  PairTables& pairs = *report.pairs;
  pairs.sequences = std::ssize(records.positives);
  if (!take_pair_options(files.provenance, "pair-controls", pairs)) return;
  pairs.background = other_side_words(files.facts, target, files.against);
  pairs.background_sequences = records.controls;
}

/// The report of one target. @param folder  of its tables
ReportInput report_of_target(RunFiles const& files, fs::path const& folder, std::string const& target,
                             bool provenance) {
  ReportInput report = report_of_run(files, provenance);
  UsedRecords const records = read_records(folder);
  report.positives = std::ssize(records.positives);
  report.negatives = records.controls;
  report.train = records.train;
  report.validation = records.validation;
  report.holdout = records.test;
  report.question = files.provenance ? question_words(files.facts, target, files.against)
                                     : "What was found in " + files.facts.sequences + "?";
  if (!files.facts.targets.empty()) {
    report.title = target;
    report.background = records.controls == 0 ? "dinucleotide-preserving shuffles" : "the other side";
  }
  for (TargetFigure const& figure : files.metrics) {
    if (figure.target == target)
      report.metrics.push_back({figure.figure, figure.value, figure.low, figure.high,
                                "on " + std::to_string(report.holdout) + " records never used for fitting"});
  }
  report.motifs = read_motifs(folder);
  report.sites = read_sites(folder, report.motifs, records.positives);
  for (Interval const& place : records.positives) report.sequence_lengths.push_back(place.length());
  double const overlap_even =
      files.model ? static_cast<double>(files.facts.config.head_channels()) / files.facts.config.channels
                  : HeadRow::nan;
  report.heads = read_heads(folder, overlap_even);
  report.warnings = head_warnings(report.heads);
  add_pairs(files, folder, target, records, report);
  return report;
}

/// A page and where it goes; either a whole report or that of pairs alone.
struct Page {
  fs::path path;
  std::optional<ReportInput> report;
  std::optional<PairTables> pairs;
  std::string title;
};

/// Of several targets: the page of all, and unless it goes elsewhere that of each.
std::vector<Page> pages_of_targets(RunFiles const& files, fs::path const& path, bool each, bool provenance) {
  ReportInput all = report_of_run(files, provenance);
  UsedRecords const records = read_records(files.folder);
  all.train = records.train;
  all.validation = records.validation;
  all.holdout = records.test;
  all.positives = records.size();
  std::set<std::string> names;
  for (TargetFigure const& figure : files.metrics) names.insert(figure.target);
  all.question = question_of_targets(files.model ? std::ssize(files.model->target_names) : std::ssize(names));
  all.motifs = read_motifs(files.folder);
  std::vector<Page> pages;
  for (TargetRow const& row : read_target_rows(files.folder)) {
    all.target_pages.emplace_back(row.target, row.folder + "/report.html");
    fs::path const own = files.folder / row.folder;
    if (each)
      pages.push_back({own / "report.html", report_of_target(files, own, row.target, provenance), {}, ""});
  }
  pages.insert(pages.begin(), {path, std::move(all), {}, ""});
  return pages;
}

Page page_of_pairs(fs::path const& folder, fs::path const& path, std::optional<Provenance> const& run,
                   std::string const& target) {
  Page page{path, {}, read_pairs(folder, {}), fs::absolute(folder).lexically_normal().filename().string()};
  bool const compared = take_pair_options(run, "controls", *page.pairs);
  if (!run) return page;
  page.title = option_of(*run, "SEQS") + (target.empty() ? "" : ": sequences that are " + target);
  if (!compared) return page;
  std::string const against = option_of(*run, "against");
  page.pairs->background =
      target.empty() ? option_of(*run, "background")
                     : "those that are " + (against.empty() ? "" : against + " and ") + "not " + target;
  return page;
}

/// Of `pairs` with several targets: the page of each. That of all stays as it is.
std::vector<Page> pages_of_pair_targets(fs::path const& folder) {
  std::map<std::string, std::string> names;  // by folder; a target without a called pair is in no line
  TableInput table((folder / "pairs.targets.tsv").string(), report_remedy);
  while (table.next()) names[table.text("folder")] = table.text("target");
  auto const run = read_params(folder);
  std::vector<Page> pages;
  std::error_code error;
  for (fs::directory_entry const& entry : fs::directory_iterator(folder / "targets", error)) {
    fs::path const& own = entry.path();
    if (!fs::exists(own / "pairs.tsv", error)) continue;
    std::string const name = own.filename().string();
    auto const known = names.find("targets/" + name);
    pages.push_back(page_of_pairs(own, own / "pairs.html", run, known == names.end() ? name : known->second));
  }
  if (pages.empty()) {
    throw InputError((folder / "targets").string() + ": holds no pairs.tsv of a target" +
                     (error ? " (" + error.message() + ")" : "") + " (" + report_remedy + ")");
  }
  std::ranges::sort(pages, {}, &Page::path);
  return pages;
}

std::vector<Page> pages_of(fs::path const& folder, std::string const& output, bool provenance) {
  auto const at = [&](char const* name) { return output.empty() ? folder / name : fs::path(output); };
  if (is_there(folder / "motifs.tsv")) {
    RunFiles const files = read_run(folder);
    if (is_there(folder / "targets.tsv"))
      return pages_of_targets(files, at("report.html"), output.empty(), provenance);
    return {{at("report.html"), report_of_target(files, folder, files.only_target(), provenance), {}, ""}};
  }
  if (is_there(folder / "pairs.targets.tsv") && output.empty()) return pages_of_pair_targets(folder);
  if (!is_there(folder / "pairs.tsv"))
    throw InputError(folder.string() + ": holds neither motifs.tsv nor pairs.tsv (" + report_remedy + ")");
  auto const run = read_params(folder);
  std::string const target =
      run && !option_of(*run, "targets").empty() ? option_of(*run, "target") : std::string();
  return {page_of_pairs(folder, at("pairs.html"), run, target)};
}

}  // namespace

void run_report(CommandLine& line) {
  std::string folder;
  std::string output;
  line.example("cislens report out --force");
  line.example("cislens report out -o out.html");
  line.about(
      "Makes the report of a run again from its files, without sequences or training: after files were "
      "edited or "
      "moved, or for the report of a newer version. DIR is a folder that discover wrote (with several "
      "targets: "
      "the reports of all), or pairs.");
  line.positional("DIR", folder, "folder that discover or pairs wrote");
  line.group("Output");
  line.optional_output("output,o", "FILE", output,
                       "HTML (default: DIR/report.html, of pairs DIR/pairs.html)");
  if (!line.parse()) return;
  Run run(line);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw InputError(folder + ": is no folder (" + report_remedy + ")");
  run.stage("read", "reading " + folder);
  std::vector<Page> const pages = pages_of(folder, output, line.common().provenance);
  for (Page const& page : pages) check_free(page.path, run.if_exists());
  for (Page const& page : pages) {
    run.log().info("writing " + page.path.string());
    if (page.report)
      write_report(*page.report, page.path, run.if_exists());
    else
      write_pair_report(*page.pairs, {page.title, version()}, page.path, run.if_exists());
  }
}

}  // namespace cislens
