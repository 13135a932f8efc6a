#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/motif/motif.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// One validation of the network during training.
struct TrainingEpoch {
  int epoch = 0;
  std::int64_t step = 0;
  double learning_rate = 0;
  double train_loss = 0;
  double validation_loss = 0;
  double validation_auroc = 0;  ///< NaN when the target is not binary
  double seconds = 0;           ///< since training began
};

/// What the network says about one record and one target.
struct PredictionRow {
  std::string record;
  std::string target;
  double label = 0;  ///< NaN: not known
  double score = 0;  ///< probability, or the predicted value
};

/// A figure of one target on the records of the test part, with its 95 % interval.
struct TargetFigure {
  std::string target;
  std::int64_t known = 0;       ///< records with a known value
  std::int64_t positives = -1;  ///< of these above 1/2; -1: the target is not binary
  std::string figure;           ///< "AUROC"
  double value = 0;
  double low = 0;
  double high = 0;
};

/// One target of a run that reads several.
struct TargetRow {
  std::string target;
  std::string folder;  ///< of its files
  std::int64_t positives = 0;
  std::int64_t negatives = 0;  ///< that motifs were tested against; 0: shuffled copies
  std::int64_t motifs = 0;
  std::int64_t sites = 0;
  std::string consensus, match;  ///< of the best motif; empty: none
  double holdout_p = 0;          ///< the same; NaN: none
};

/// A record of a run and what it was used for.
struct RecordRow {
  std::string record;
  std::string use;   ///< "positive", "control": motifs were tested against it; empty: neither
  std::string part;  ///< "train", "validation", "test"
  Interval origin;   ///< on its contig; a record without a place is its own contig
};

/// A motif in sequences of one target and in those of another.
struct DifferentialRow {
  std::string motif;
  std::int64_t sequences = 0, sequences_with = 0;  ///< of the target and not the other one
  std::int64_t others = 0, others_with = 0;        ///< the opposite
  double holdout_p = 1;
  double worth = 0, worth_against = 0;  ///< mean attribution of a site of either to each target's logit
};

/// Heads that saw at least a tenth of a motif's seqlets, most first; equal shares by number.
std::vector<int> leading_heads(std::span<double const> head_share);

/// Texts of the tables: tab-separated, one header line, numbers in the C locale that read back unchanged, NaN
/// as "nan", "." for an empty text.
///
/// motifs.tsv: motif consensus width bits sites sequences holdout_p holdout_e heads match match_correlation
/// match_p match_q, then match_id match_offset match_strand match_overlap matches place_bits beside
/// beside_first beside_last beside_strand holdout_positives holdout_positives_with holdout_controls
/// holdout_controls_with enrichment and share_head_0, ... `match` is the name of the best database entry when
/// its q is at most `match_q_limit`, else "."; the four numbers of the best entry are always given. `matches`
/// lists up to five entries within the limit as id:name:q, joined by ";".
///
/// @param motifs  all with the same number of head shares
/// @throws InputError  an id does not match [A-Za-z0-9_.-]{1,64}
/// @throws ShapeError  the numbers of head shares differ
std::string format_motifs_tsv(std::span<DiscoveredMotif const> motifs, double match_q_limit);
/// training.tsv: epoch step learning_rate train_loss validation_loss validation_auroc seconds. Seconds change
/// between runs; they are "nan" without `with_seconds`.
std::string format_training_tsv(std::span<TrainingEpoch const> epochs, bool with_seconds);
/// predictions.tsv: record target label score
std::string format_predictions_tsv(std::span<PredictionRow const> predictions);
/// metrics.tsv: target known positives metric value low high; `positives` is "." for targets that are not
/// binary.
std::string format_metrics_tsv(std::span<TargetFigure const> figures);
/// records.tsv: record use part contig start end strand, in the order of the run.
std::string format_records_tsv(std::span<RecordRow const> rows);
/// targets.tsv: target folder positives negatives motifs sites consensus match holdout_p
std::string format_targets_tsv(std::span<TargetRow const> rows);
/// differential.tsv: motif sequences sequences_with others others_with log2_ratio holdout_p worth
/// worth_against. The ratio is of the shares with a site, half a sequence added to each count.
std::string format_differential_tsv(std::span<DifferentialRow const> rows);

/// The same as files. @throws OutputError  and what the formats throw
void write_motifs_tsv(std::span<DiscoveredMotif const> motifs, double match_q_limit,
                      std::filesystem::path const& path, IfExists if_exists);
void write_training_tsv(std::span<TrainingEpoch const> epochs, bool with_seconds,
                        std::filesystem::path const& path, IfExists if_exists);
void write_predictions_tsv(std::span<PredictionRow const> predictions, std::filesystem::path const& path,
                           IfExists if_exists);
void write_metrics_tsv(std::span<TargetFigure const> figures, std::filesystem::path const& path,
                       IfExists if_exists);
void write_records_tsv(std::span<RecordRow const> rows, std::filesystem::path const& path,
                       IfExists if_exists);
void write_targets_tsv(std::span<TargetRow const> rows, std::filesystem::path const& path,
                       IfExists if_exists);
void write_differential_tsv(std::span<DifferentialRow const> rows, std::filesystem::path const& path,
                            IfExists if_exists);

}  // namespace cislens
