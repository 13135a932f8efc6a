#include "cislens/writers/tables.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/writers/names.hpp"

#include "text_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

std::string join(std::vector<std::string> const& parts, char separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : std::string(1, separator)) + parts[i];
  return text;
}

std::string line(std::vector<std::string> const& fields) { return join(fields, '\t') + "\n"; }

std::string format_heads(std::vector<double> const& head_share) {
  std::vector<std::string> parts;
  for (int const head : leading_heads(head_share)) parts.push_back(std::to_string(head));
  return parts.empty() ? "." : join(parts, ',');
}

// Inside the list of matches ':' and ';' separate, so a name cannot hold them.
std::string list_word(std::string const& text) {
  std::string word = word_field(text);
  std::replace_if(
      word.begin(), word.end(), [](char c) { return c == ':' || c == ';'; }, '_');
  return word;
}

std::string format_matches(std::vector<DatabaseMatch> const& matches, double q_limit) {
  constexpr std::size_t most = 5;
  std::vector<std::string> parts;
  for (DatabaseMatch const& match : matches) {
    if (parts.size() == most || !(match.q <= q_limit)) break;
    parts.push_back(list_word(match.id) + ":" + list_word(match.name) + ":" + format_significant(match.q, 3));
  }
  return parts.empty() ? "." : join(parts, ';');
}

std::vector<std::string> match_fields(DatabaseMatch const* best, double q_limit) {
  if (best == nullptr) return {".", "nan", "nan", "nan"};
  std::string const name = best->name.empty() ? best->id : best->name;
  return {best->q <= q_limit ? table_field(name) : ".", format_number(best->correlation),
          format_number(best->p), format_number(best->q)};
}

std::vector<std::string> match_details(DatabaseMatch const* best) {
  if (best == nullptr) return {".", "nan", ".", "nan"};
  return {table_field(best->id), std::to_string(best->offset), std::string(1, best->strand),
          std::to_string(best->overlap)};
}

std::vector<std::string> neighbour_fields(DiscoveredMotif const& motif) {
  std::string const beside = motif.beside.empty() ? "." : motif.beside;
  PreferredPlace const& at = motif.beside_at;
  if (!at.is_known()) return {beside, ".", ".", "."};
  return {beside, std::to_string(at.first), std::to_string(at.last - 1), std::string(1, at.strand)};
}

std::string format_motif_line(DiscoveredMotif const& motif, double q_limit) {
  DatabaseMatch const* best = motif.matches.empty() ? nullptr : &motif.matches.front();
  std::vector<std::string> fields = {motif.matrix.id,
                                     table_field(motif.consensus),
                                     std::to_string(motif.matrix.width()),
                                     format_number(motif.information_bits),
                                     std::to_string(motif.sites),
                                     std::to_string(motif.sequences),
                                     format_number(motif.holdout_p),
                                     format_number(motif.holdout_e),
                                     format_heads(motif.head_share)};
  auto const append = [&](std::vector<std::string> const& more) {
    fields.insert(fields.end(), more.begin(), more.end());
  };
  append(match_fields(best, q_limit));
  append(match_details(best));
  fields.push_back(format_matches(motif.matches, q_limit));
  fields.push_back(format_number(motif.places.bits()));
  append(neighbour_fields(motif));
  HoldoutCounts const& counts = motif.holdout;
  for (std::int64_t const count :
       {counts.positives, counts.positives_with, counts.controls, counts.controls_with})
    fields.push_back(std::to_string(count));
  fields.push_back(format_significant(counts.enrichment(), 4));
  for (double const share : motif.head_share) fields.push_back(format_number(share));
  return line(fields);
}

}  // namespace

std::vector<int> leading_heads(std::span<double const> head_share) {
  constexpr double least_share = 0.1;
  std::vector<int> heads;
  for (std::size_t head = 0; head < head_share.size(); ++head) {
    if (head_share[head] >= least_share) heads.push_back(static_cast<int>(head));
  }
  std::stable_sort(heads.begin(), heads.end(), [&](int a, int b) { return head_share[a] > head_share[b]; });
  return heads;
}

std::string format_motifs_tsv(std::span<DiscoveredMotif const> motifs, double match_q_limit) {
  std::vector<std::string> header = {"motif",
                                     "consensus",
                                     "width",
                                     "bits",
                                     "sites",
                                     "sequences",
                                     "holdout_p",
                                     "holdout_e",
                                     "heads",
                                     "match",
                                     "match_correlation",
                                     "match_p",
                                     "match_q",
                                     "match_id",
                                     "match_offset",
                                     "match_strand",
                                     "match_overlap",
                                     "matches",
                                     "place_bits",
                                     "beside",
                                     "beside_first",
                                     "beside_last",
                                     "beside_strand",
                                     "holdout_positives",
                                     "holdout_positives_with",
                                     "holdout_controls",
                                     "holdout_controls_with",
                                     "enrichment"};
  std::size_t const heads = motifs.empty() ? 0 : motifs.front().head_share.size();
  for (std::size_t head = 0; head < heads; ++head) header.push_back("share_head_" + std::to_string(head));
  std::string text = line(header);
  for (DiscoveredMotif const& motif : motifs) {
    check_motif_id(motif.matrix.id);
    if (motif.head_share.size() != heads) {
      throw ShapeError("motif '" + motif.matrix.id + "' has " + std::to_string(motif.head_share.size()) +
                       " head shares, the first motif " + std::to_string(heads));
    }
    text += format_motif_line(motif, match_q_limit);
  }
  return text;
}

std::string format_training_tsv(std::span<TrainingEpoch const> epochs, bool with_seconds) {
  std::string text = "epoch\tstep\tlearning_rate\ttrain_loss\tvalidation_loss\tvalidation_auroc\tseconds\n";
  for (TrainingEpoch const& row : epochs) {
    double const seconds = with_seconds ? row.seconds : std::numeric_limits<double>::quiet_NaN();
    text += line({std::to_string(row.epoch), std::to_string(row.step), format_number(row.learning_rate),
                  format_number(row.train_loss), format_number(row.validation_loss),
                  format_number(row.validation_auroc), format_number(seconds)});
  }
  return text;
}

std::string format_predictions_tsv(std::span<PredictionRow const> predictions) {
  std::string text = "record\ttarget\tlabel\tscore\n";
  for (PredictionRow const& row : predictions) {
    text += line({table_field(row.record), table_field(row.target), format_number(row.label),
                  format_number(row.score)});
  }
  return text;
}

std::string format_metrics_tsv(std::span<TargetFigure const> figures) {
  std::string text = "target\tknown\tpositives\tmetric\tvalue\tlow\thigh\n";
  for (TargetFigure const& row : figures) {
    text += line({table_field(row.target), std::to_string(row.known),
                  row.positives < 0 ? "." : std::to_string(row.positives), row.figure,
                  format_number(row.value), format_number(row.low), format_number(row.high)});
  }
  return text;
}

std::string format_records_tsv(std::span<RecordRow const> rows) {
  std::string text = "record\tuse\tpart\tcontig\tstart\tend\tstrand\n";
  for (RecordRow const& row : rows) {
    text += line({table_field(row.record), table_field(row.use), row.part, word_field(row.origin.contig),
                  std::to_string(row.origin.start), std::to_string(row.origin.end),
                  std::string(1, row.origin.strand)});
  }
  return text;
}

std::string format_targets_tsv(std::span<TargetRow const> rows) {
  std::string text = "target\tfolder\tpositives\tnegatives\tmotifs\tsites\tconsensus\tmatch\tholdout_p\n";
  for (TargetRow const& row : rows) {
    text += line({table_field(row.target), table_field(row.folder), std::to_string(row.positives),
                  std::to_string(row.negatives), std::to_string(row.motifs), std::to_string(row.sites),
                  table_field(row.consensus), table_field(row.match), format_number(row.holdout_p)});
  }
  return text;
}

std::string format_differential_tsv(std::span<DifferentialRow const> rows) {
  std::string text =
      "motif\tsequences\tsequences_with\tothers\tothers_with\tlog2_ratio\tholdout_p\tworth\tworth_against\n";
  auto const share = [](std::int64_t with, std::int64_t all) {
    return (static_cast<double>(with) + 0.5) / (static_cast<double>(all) + 1);
  };
  for (DifferentialRow const& row : rows) {
    double const ratio = share(row.sequences_with, row.sequences) / share(row.others_with, row.others);
    text +=
        line({table_field(row.motif), std::to_string(row.sequences), std::to_string(row.sequences_with),
              std::to_string(row.others), std::to_string(row.others_with), format_number(std::log2(ratio)),
              format_number(row.holdout_p), format_number(row.worth), format_number(row.worth_against)});
  }
  return text;
}

void write_motifs_tsv(std::span<DiscoveredMotif const> motifs, double match_q_limit,
                      std::filesystem::path const& path, IfExists if_exists) {
  write_text_file(format_motifs_tsv(motifs, match_q_limit), path, if_exists);
}

void write_training_tsv(std::span<TrainingEpoch const> epochs, bool with_seconds,
                        std::filesystem::path const& path, IfExists if_exists) {
  write_text_file(format_training_tsv(epochs, with_seconds), path, if_exists);
}

void write_predictions_tsv(std::span<PredictionRow const> predictions, std::filesystem::path const& path,
                           IfExists if_exists) {
  write_text_file(format_predictions_tsv(predictions), path, if_exists);
}

void write_metrics_tsv(std::span<TargetFigure const> figures, std::filesystem::path const& path,
                       IfExists if_exists) {
  write_text_file(format_metrics_tsv(figures), path, if_exists);
}

void write_records_tsv(std::span<RecordRow const> rows, std::filesystem::path const& path,
                       IfExists if_exists) {
  write_text_file(format_records_tsv(rows), path, if_exists);
}

void write_targets_tsv(std::span<TargetRow const> rows, std::filesystem::path const& path,
                       IfExists if_exists) {
  write_text_file(format_targets_tsv(rows), path, if_exists);
}

void write_differential_tsv(std::span<DifferentialRow const> rows, std::filesystem::path const& path,
                            IfExists if_exists) {
  write_text_file(format_differential_tsv(rows), path, if_exists);
}

}  // namespace cislens
