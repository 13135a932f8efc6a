#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/data/split.hpp"
#include "cislens/model/config.hpp"
#include "cislens/motif/discovery.hpp"
#include "cislens/ops/loss.hpp"
#include "cislens/seqio/sequences.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/train/metrics.hpp"
#include "cislens/train/predict.hpp"
#include "cislens/train/ranks.hpp"
#include "cislens/train/trainer.hpp"
#include "cislens/writers/tables.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cislens {

/// Where negatives come from when there is neither background nor targets.
enum class Negatives {
  shuffled,  ///< dinucleotide-preserving shuffles, in training other ones in every epoch
  genomic    ///< windows of the genome with the same length and GC
};

/// What `train` and `discover` are asked to learn from, and how.
struct TrainingChoices {
  std::string sequences;
  std::string genome;      ///< may be empty, as the next two
  std::string background;  ///< class 0
  std::string targets;     ///< table; then there are no negatives
  SequenceOptions reading;
  Negatives negatives = Negatives::shuffled;
  std::int64_t copies = 1;       ///< negatives a positive
  std::optional<LossKind> loss;  ///< none: chosen by the targets
  double validation_share = 0.1;
  double test_share = 0.1;
  NetworkConfig network;            ///< targets and rotary base are set by run_training
  double rotary_base = 0;           ///< 0: fitted to the number of tokens
  std::string attention = "exact";  ///< of the network, see parse_attention
  std::string memory_limit;         ///< "12G"; empty: what the process may use
  bool seed_filters = true;  ///< filters start as motifs found by counting words in the training sequences,
                             ///< and heads as detectors of these, see seed_attention
  std::string start_motifs;  ///< file of motifs that filters start as, before those; may be empty
  TrainOptions training;     ///< loss and seed are set by run_training
  bool resume = false;
  bool keep_state = false;
  bool distributed = false;  ///< a launcher has started several processes that train together
  std::string folder;        ///< of the outputs
};

/// How good a network is at one target, on the records of the test part.
struct TargetMetrics {
  std::int64_t known = 0;       ///< records with a known value
  std::int64_t positives = -1;  ///< of these above 1/2; -1: the target is not binary
  std::vector<Metric> figures;
};

/// A trained network, what it was trained on, and how good it is.
struct TrainingRun {
  Dataset dataset;
  std::int64_t positives = 0;  ///< records of `sequences`; the rest of the data set are negatives
  bool shuffled = false;       ///< the negatives are shuffles of the positives, `copies` each, in order
  std::vector<Part> parts;     ///< of each record
  /// Motifs found by counting words, one list a target, see find_word_motifs; empty without seed_filters.
  std::vector<DiscoveryResult> words;
  std::vector<MotifMatrix> start_motifs;  ///< that the user gave
  std::int64_t seeded_filters = 0;        ///< filters that started as one of them
  Network network;                        ///< of the epoch with the lowest validation loss, calibrated
  LossKind loss = LossKind::binary;
  std::vector<EpochRecord> history;
  int best_epoch = 0;                  ///< from 0
  double best_loss = 0;                ///< NaN without validation records
  std::vector<std::int64_t> test;      ///< records of the test part
  std::vector<float> test_logits;      ///< (test, T)
  std::vector<TargetMetrics> metrics;  ///< one a target; empty without a test part
};

/// What stands behind `loss`: probability, rate or value.
Output output_of(LossKind loss);

/// The rows of metrics.tsv. Figures of counts and values are about what predictions.tsv says.
std::vector<TargetFigure> target_figures(TrainingRun const& result);

/// Those who train with this process: with --distributed whom the launcher has started, else nobody. All but
/// rank 0 are quiet from now on, leave the outputs to it, and end when training does.
/// @throws UsageError  no launcher has said who this is
/// @throws Error       the others have not come
Ranks join_ranks(TrainingChoices const& choices, Run& run);

/// Before work starts: options fit together, and nothing in the folder is in the way. Makes the folder.
/// @throws UsageError, OutputError
void prepare_training(TrainingChoices const& choices, Run& run);

/// Load, add negatives, split: everything of a TrainingRun that is known before training.
/// @throws InputError  all of the readers, of build_dataset and split
TrainingRun load_training(TrainingChoices const& choices, Run& run, Threads& threads);

/// Trains and tests what `load_training` made. Training saves its state in the folder after every epoch and
/// when a signal arrives, and goes on from there with `resume`.
/// @throws InputError      of load_train_state; no training record has a known target, or all have the same
/// @throws OutOfMemory     training would take more than the limit; nothing has begun
/// @throws NumericalError  the loss is not finite; the saved state is removed
/// @throws Interrupted     the state is saved
/// @throws RankGone        the state is saved
/// Of several ranks only the first tests.
void run_training(TrainingChoices const& choices, Run& run, Backend const& backend, Threads& threads,
                  Ranks& ranks, TrainingRun& loaded);

/// Writes model.safetensors, config.json, training.tsv, and of the test part predictions.tsv and metrics.tsv.
/// @param with_seconds  training.tsv has times, which differ from run to run
void write_training(TrainingChoices const& choices, TrainingRun const& result, bool with_seconds, Run& run);

/// The run is complete: removes the saved state unless it is to be kept.
void finish_training(TrainingChoices const& choices);

}  // namespace cislens
