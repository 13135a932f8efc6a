#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/readout/head_similarity.hpp"
#include "cislens/seqio/motif_database.hpp"
#include "cislens/seqio/table_input.hpp"

#include "report_files.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

TableInput open_table(fs::path const& path) { return {path.string(), report_remedy}; }

/// The columns share_head_0, share_head_1, ...
std::vector<double> read_shares(TableInput const& table) {
  std::vector<double> shares;
  for (int head = 0; table.has("share_head_" + std::to_string(head)); ++head)
    shares.push_back(table.number("share_head_" + std::to_string(head)));
  return shares;
}

/// The best match in full, and the others as far as the list has them.
std::vector<DatabaseMatch> read_matches(TableInput const& table) {
  std::vector<DatabaseMatch> matches;
  if (std::isnan(table.number("match_q"))) return matches;
  DatabaseMatch& best = matches.emplace_back();
  best.id = table.text("match_id");
  best.name = table.text("match");
  best.correlation = table.number("match_correlation");
  best.p = table.number("match_p");
  best.q = table.number("match_q");
  best.offset = static_cast<int>(table.integer("match_offset"));
  best.strand = table.text("match_strand") == "-" ? '-' : '+';
  best.overlap = static_cast<int>(table.integer("match_overlap"));
  std::string const all = table.text("matches");
  for (std::string_view const entry : split(all, ';')) {
    auto const parts = split(entry, ':');
    if (entry.empty() || entry == split(all, ';').front()) continue;  // the best one
    DatabaseMatch match;
    if (parts.size() != 3 || !parse_number(parts[2], match.q))
      table.fail("'" + std::string(entry) + "' in column 'matches' is not id:name:q");
    match.id = parts[0];
    match.name = parts[1];
    matches.push_back(std::move(match));
  }
  return matches;
}

void read_neighbour(TableInput const& table, DiscoveredMotif& motif) {
  if (table.has("beside")) motif.beside = table.text("beside");
  if (!table.has("beside_first") || table.text("beside_first").empty()) return;
  motif.beside_at = {table.integer("beside_first"), table.integer("beside_last") + 1, '.'};
  std::string const strand = table.text("beside_strand");
  if (!strand.empty()) motif.beside_at.strand = strand.front();
}

}  // namespace

UsedRecords read_records(fs::path const& folder) {
  UsedRecords records;
  TableInput table = open_table(folder / "records.tsv");
  while (table.next()) {
    std::string const part = table.text("part");
    std::string const use = table.text("use");
    if (part == "train")
      ++records.train;
    else if (part == "validation")
      ++records.validation;
    else if (part == "test")
      ++records.test;
    else
      table.fail("part '" + part + "' is none of train, validation, test");
    if (use == "control") ++records.controls;
    if (use != "positive") continue;
    Interval place{table.text("contig"), table.integer("start"), table.integer("end"), '.'};
    std::string const strand = table.text("strand");
    if (!strand.empty()) place.strand = strand.front();
    if (!(place.start < place.end)) table.fail("the record has no bases");
    records.positives.push_back(std::move(place));
  }
  return records;
}

std::vector<DiscoveredMotif> read_motifs(fs::path const& folder) {
  std::vector<DiscoveredMotif> motifs;
  TableInput table = open_table(folder / "motifs.tsv");
  std::vector<MotifMatrix> matrices;
  fs::path const file = folder / "motifs.meme";
  while (table.next()) {
    if (motifs.empty()) matrices = read_motif_database(file.string()).motifs;
    DiscoveredMotif& motif = motifs.emplace_back();
    std::string const id = table.text("motif");
    auto const found = std::ranges::find(matrices, id, &MotifMatrix::id);
    if (found == matrices.end()) table.fail("motif '" + id + "' is not in " + file.string());
    motif.matrix = *found;
    motif.consensus = table.text("consensus");
    motif.information_bits = table.number("bits");
    motif.sites = table.integer("sites");
    motif.sequences = table.integer("sequences");
    motif.holdout_p = table.number("holdout_p");
    motif.holdout_log_p = std::log(motif.holdout_p);
    motif.holdout_e = table.number("holdout_e");
    if (table.has("holdout_positives"))
      motif.holdout = {table.integer("holdout_positives"), table.integer("holdout_positives_with"),
                       table.integer("holdout_controls"), table.integer("holdout_controls_with")};
    read_neighbour(table, motif);
    motif.head_share = read_shares(table);
    motif.matches = read_matches(table);
  }
  return motifs;
}

HeadTables read_heads(fs::path const& folder, double overlap_even) {
  HeadTables heads;
  heads.overlap_even = overlap_even;
  fs::path const path = folder / "heads.tsv";
  TableInput table = open_table(path);
  while (table.next()) {
    HeadRow& row = heads.rows.emplace_back();
    row.layer = static_cast<int>(table.integer("layer"));
    row.head = static_cast<int>(table.integer("head"));
    row.motif = table.text("motif");
    row.importance_of = table.text("importance_of");
    row.cka_with = table.text("cka_with");
    std::pair<char const*, double HeadRow::*> const numbers[] = {
        {"entropy", &HeadRow::entropy},
        {"distance", &HeadRow::distance},
        {"sink", &HeadRow::sink},
        {"noop", &HeadRow::noop},
        {"cka_max", &HeadRow::cka_max},
        {"importance", &HeadRow::importance},
        {"importance_low", &HeadRow::importance_low},
        {"importance_high", &HeadRow::importance_high},
        {"importance_p", &HeadRow::importance_p},
        {"figure_drop", &HeadRow::figure_drop},
        {"overlap_query", &HeadRow::overlap_query},
        {"overlap_key", &HeadRow::overlap_key},
        {"overlap_value", &HeadRow::overlap_value},
        {"distance_even", &HeadRow::distance_even},
        {"distance_median", &HeadRow::distance_median},
        {"distance_q90", &HeadRow::distance_q90},
        {"local", &HeadRow::local},
        {"local_even", &HeadRow::local_even},
        {"summary", &HeadRow::summary},
        {"motif_enrichment", &HeadRow::motif_enrichment},
        {"motif_q", &HeadRow::motif_q},
        {"motif_share", &HeadRow::motif_share}};
    for (auto const& [column, member] : numbers) row.*member = table.number(column);
  }
  auto const beside = head_table_paths(path);
  TableInput distances = open_table(beside[0]);
  while (distances.next())
    heads.distances.push_back({static_cast<int>(distances.integer("layer")),
                               static_cast<int>(distances.integer("head")), distances.integer("from_bp"),
                               distances.integer("to_bp"), distances.number("share"),
                               distances.number("even")});
  TableInput similarity = open_table(beside[1]);
  while (similarity.next()) {
    for (HeadRow const& row : heads.rows) heads.cka.push_back(similarity.number(head_name(row)));
  }
  if (!heads.cka.empty() && heads.cka.size() != heads.rows.size() * heads.rows.size())
    similarity.fail("the matrix is not that of the heads in " + path.string());
  if (!heads.cka.empty()) heads.diversity = diversity(heads.cka, static_cast<int>(heads.rows.size()));
  TableInput motifs = open_table(beside[2]);
  while (motifs.next())
    heads.motifs.push_back({static_cast<int>(motifs.integer("layer")),
                            static_cast<int>(motifs.integer("head")), motifs.text("motif"),
                            motifs.integer("records"), motifs.number("at_sites"), motifs.number("elsewhere"),
                            motifs.number("enrichment"), motifs.number("p"), motifs.number("q")});
  return heads;
}

std::vector<TrainingEpoch> read_training(fs::path const& folder) {
  std::vector<TrainingEpoch> epochs;
  TableInput table = open_table(folder / "training.tsv");
  while (table.next())
    epochs.push_back({static_cast<int>(table.integer("epoch")), table.integer("step"),
                      table.number("learning_rate"), table.number("train_loss"),
                      table.number("validation_loss"), table.number("validation_auroc"),
                      table.number("seconds")});
  return epochs;
}

std::vector<TargetFigure> read_metrics(fs::path const& folder) {
  std::vector<TargetFigure> figures;
  TableInput table = open_table(folder / "metrics.tsv");
  while (table.next())
    figures.push_back({table.text("target"), table.integer("known"),
                       table.text("positives").empty() ? -1 : table.integer("positives"),
                       table.text("metric"), table.number("value"), table.number("low"),
                       table.number("high")});
  return figures;
}

std::vector<TargetRow> read_target_rows(fs::path const& folder) {
  std::vector<TargetRow> rows;
  TableInput table = open_table(folder / "targets.tsv");
  while (table.next())
    rows.push_back({table.text("target"), table.text("folder"), table.integer("positives"),
                    table.integer("negatives"), table.integer("motifs"), table.integer("sites"),
                    table.text("consensus"), table.text("match"), table.number("holdout_p")});
  return rows;
}

}  // namespace cislens
