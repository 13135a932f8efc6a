#include "cislens/base/text.hpp"
#include "cislens/motif/match.hpp"
#include "cislens/motif/merge.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/writers/bed.hpp"
#include "cislens/writers/meme.hpp"
#include "cislens/writers/pairs_targets.hpp"
#include "cislens/writers/report.hpp"
#include "cislens/writers/tables.hpp"

#include "discover_stages.hpp"
#include "head_diagnosis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

constexpr std::array outputs{"motifs.meme", "motifs.tsv",         "sites.bed",     "seqlets.bed",
                             "heads.tsv",   "heads.distance.tsv", "heads.cka.tsv", "heads.motifs.tsv",
                             "records.tsv", "report.html"};

/// Every record of the run, as it was used for one target; without `positives` for none.
void write_records(TrainingRun const& trained, PositiveReadouts const* positives, fs::path const& path,
                   Run& run) {
  constexpr std::array parts{"train", "validation", "test"};
  Dataset const& dataset = trained.dataset;
  std::vector<RecordRow> rows;
  for (std::size_t i = 0; i < dataset.names.size(); ++i)
    rows.push_back(
        {dataset.names[i], "", parts[static_cast<std::size_t>(trained.parts[i])], dataset.origins[i]});
  if (positives != nullptr) {
    for (std::int64_t const record : positives->controls)
      rows[static_cast<std::size_t>(record)].use = "control";
    for (std::int64_t const record : positives->records)
      rows[static_cast<std::size_t>(record)].use = "positive";
  }
  write_records_tsv(rows, path, run.if_exists());
}

std::vector<Interval> origins_of(TrainingRun const& trained, PositiveReadouts const& positives) {
  std::vector<Interval> origins;
  for (std::int64_t const record : positives.records) origins.push_back(trained.dataset.origins[record]);
  return origins;
}

/// For motifs.meme: a motif without a name has that of its match, as far as one is shown.
std::vector<MemeMotif> named_matrices(std::vector<DiscoveredMotif> const& motifs, double max_match_q) {
  std::vector<MemeMotif> matrices;
  for (DiscoveredMotif const& motif : motifs) {
    MotifMatrix& matrix = matrices.emplace_back(MemeMotif{motif.matrix, motif.holdout_e}).matrix;
    if (matrix.name.empty()) matrix.name = shown_name(motif.matches, max_match_q);
  }
  return matrices;
}

void write_motifs(DiscoverChoices const& choices, PositiveReadouts const& positives,
                  std::vector<DiscoveredMotif> const& motifs, fs::path const& folder, Run& run) {
  Background const background = estimate_background(positives.bases, true);
  write_meme(named_matrices(motifs, choices.max_match_q), background.probability, folder / "motifs.meme",
             run.if_exists());
  write_motifs_tsv(motifs, choices.max_match_q, folder / "motifs.tsv", run.if_exists());
}

/// Pairs of the motifs, among sites of a higher p-value than sites.bed has, compared with those of the
/// controls; shuffles have nothing to say about pairs.
PairTables pairs_of(DiscoverChoices const& choices, TrainingRun const& trained,
                    PositiveReadouts const& positives, std::vector<DiscoveredMotif> const& motifs,
                    std::vector<Interval> const& origins, Run& run, Threads& threads) {
  run.stage("pairs", "looking for pairs of motifs");
  std::vector<MotifMatrix> matrices;
  std::vector<std::string> motif_names, names;
  std::vector<Bases> controls;
  for (std::int64_t const record : positives.controls) {
    if (!trained.shuffled) controls.push_back(trained.dataset.bases[record]);
  }
  for (DiscoveredMotif const& motif : motifs) {
    matrices.push_back(motif.matrix);
    motif_names.push_back(shown_name(motif.matches, choices.max_match_q));
  }
  for (std::int64_t const record : positives.records) names.push_back(trained.dataset.names[record]);
  std::string const& target = trained.dataset.target_names[static_cast<std::size_t>(positives.target)];
  PairMaterial const material{
      .motifs = matrices,
      .motif_names = motif_names,
      .bases = positives.bases,
      .names = names,
      .origins = origins,
      .background = controls,
      .background_name = other_side_words(facts_of(choices, trained), target, choices.against)};
  return find_pairs(choices.pairs, material, run, threads);
}

}  // namespace

void check_target_outputs(DiscoverChoices const& choices, fs::path const& folder, IfExists if_exists) {
  for (char const* const name : outputs) check_free(folder / name, if_exists);
  if (!choices.against.empty()) check_free(folder / "differential.tsv", if_exists);
  if (!choices.with_pairs) return;
  for (fs::path const& path : pair_table_paths(folder)) check_free(path, if_exists);
}

TargetFindings find_in_target(DiscoverChoices const& choices, KnownMotifs const& known,
                              TrainingRun const& trained, int target, fs::path const& folder, bool provenance,
                              Run& run, Backend const& backend, Threads& threads) {
  PositiveReadouts const positives = read_positives(choices, trained, target, run, backend, threads);
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
  write_motifs(choices, positives, found.motifs, folder, run);
  std::vector<std::string> ids;
  for (DiscoveredMotif const& motif : found.motifs) ids.push_back(motif.matrix.id);
  write_sites_bed(sites, ids, origins, folder / "sites.bed", run.if_exists());
  write_seqlets_bed(found.seqlets, origins, folder / "seqlets.bed", run.if_exists());
  write_head_tables(heads, folder / "heads.tsv", run.if_exists());
  write_records(trained, &positives, folder / "records.tsv", run);
  if (pairs) write_pair_tables(*pairs, folder, run.if_exists());
  if (positives.against >= 0) {
    write_differential_tsv(differences(choices, trained, positives, found.motifs, run, backend, threads),
                           folder / "differential.tsv", run.if_exists());
  }
  ReportInput report = report_of(choices, trained, positives, found, sites, heads);
  report.warnings = warnings;
  report.pairs = std::move(pairs);
  PairTables called;
  if (report.pairs) {
    called = *report.pairs;
    called.instances.clear();
    called.examples.clear();
  }
  if (provenance) report.provenance = run.provenance();
  write_report(report, folder / "report.html", run.if_exists());
  if (found.motifs.empty())
    run.log().info("nothing was found: no motif is enriched in the held-out sequences");
  run.log().info(std::to_string(found.motifs.size()) + " motifs and " + std::to_string(sites.size()) +
                 " sites; report: " + (folder / "report.html").string());
  return {trained.dataset.target_names[static_cast<std::size_t>(target)],
          folder.filename().string(),
          std::ssize(positives.records),
          std::ssize(positives.controls),
          std::ssize(sites),
          std::move(found.motifs),
          std::move(called)};
}

std::vector<DiscoveredMotif> motifs_of_all(std::vector<TargetFindings> const& findings) {
  std::vector<DiscoveredMotif> all;
  for (TargetFindings const& one : findings) {
    for (DiscoveredMotif motif : one.motifs) {
      motif.matrix.id = one.folder + "." + motif.matrix.id;
      if (!motif.beside.empty()) motif.beside = one.folder + "." + motif.beside;
      all.push_back(std::move(motif));
    }
  }
  std::ranges::stable_sort(all, {}, &DiscoveredMotif::holdout_log_p);
  std::vector<DiscoveredMotif> different;
  std::map<std::string, std::string> counted_as;
  for (DiscoveredMotif& motif : all) {
    auto const known = std::ranges::find_if(
        different, [&](DiscoveredMotif const& other) { return same_motif(motif.matrix, other.matrix); });
    counted_as[motif.matrix.id] = known != different.end() ? known->matrix.id : motif.matrix.id;
    if (known == different.end()) different.push_back(std::move(motif));
  }
  for (DiscoveredMotif& motif : different) {
    if (motif.beside.empty() || counted_as.at(motif.beside) == motif.beside) continue;
    motif.beside = counted_as.at(motif.beside);  // which may have other columns
    motif.beside_places = {};
    motif.beside_at = {};
  }
  return different;
}

namespace {

/// Each target has its own motifs, so these are its called pairs.
void write_pairs_by_target(std::vector<TargetFindings> const& findings, fs::path const& path, Run& run) {
  std::vector<PairTargetResult> results;
  for (TargetFindings const& one : findings)
    results.push_back({one.target, "targets/" + one.folder, one.pairs});
  write_pair_targets_tsv(results, path, run.if_exists());
}

}  // namespace

void write_overview(DiscoverChoices const& choices, TrainingRun const& trained,
                    std::vector<TargetFindings> const& findings, bool provenance, Run& run) {
  fs::path const folder = choices.training.folder;
  std::vector<DiscoveredMotif> const motifs = motifs_of_all(findings);
  Background const background = estimate_background(trained.dataset.bases, true);
  write_meme(named_matrices(motifs, choices.max_match_q), background.probability, folder / "motifs.meme",
             run.if_exists());
  write_motifs_tsv(motifs, choices.max_match_q, folder / "motifs.tsv", run.if_exists());
  std::vector<TargetRow> rows;
  for (TargetFindings const& one : findings) {
    TargetRow& row =
        rows.emplace_back(TargetRow{one.target, "targets/" + one.folder, one.positives, one.negatives,
                                    std::ssize(one.motifs), one.sites, "", "", std::nan("")});
    if (one.motifs.empty()) continue;
    row.consensus = one.motifs.front().consensus;
    row.match = shown_name(one.motifs.front().matches, choices.max_match_q);
    row.holdout_p = one.motifs.front().holdout_p;
  }
  write_targets_tsv(rows, folder / "targets.tsv", run.if_exists());
  if (choices.with_pairs) write_pairs_by_target(findings, folder / "pairs.targets.tsv", run);
  write_records(trained, nullptr, folder / "records.tsv", run);
  ReportInput report = overview_of(choices, trained, findings);
  if (provenance) report.provenance = run.provenance();
  write_report(report, folder / "report.html", run.if_exists());
}

}  // namespace cislens
