#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/model/config.hpp"
#include "cislens/ops/loss.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/train/ranks.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cislens {

struct TrainOptions {
  int epochs = 0;  ///< at most; 0: as many as `fitted_epochs` says
  int batch_size = 64;
  double learning_rate = 2e-3;  ///< at the top of the schedule
  double warmup =
      0.05;  ///< share of all steps in which the rate rises linearly; then half a cosine down to 0
  double weight_decay = 0.01;
  double clip_norm = 1;  ///< gradients longer than this are shortened to it; 0: never
  double dropout = 0.2;
  int patience = 5;                ///< stop after so many epochs without a lower validation loss; 0: never
  bool reverse_complement = true;  ///< each training sequence is turned round with probability 1/2
  int max_shift = 0;               ///< bases by which a training sequence is moved at random
  double mask_rate = 0.1;          ///< share of a training sequence's bases that are hidden at random
  double entropy_weight = 0;       ///< times mean row entropy / ln(tokens), added to the loss
  double entropy_warmup =
      0.25;  ///< share of all steps before the entropy counts: from step 0 it stops learning
  double diversity_weight = 0;  ///< times the overlap of the heads' subspaces, added to the loss
  LossKind loss = LossKind::binary;
  std::vector<std::string> frozen;  ///< names of parameters (ParameterEntry) that stay as they are
  std::uint64_t seed = 1;
  Precision precision = Precision::float32;  ///< of products, in training and validation
  // The next two decide about memory and time, never about results.
  bool recompute = false;            ///< activations of inner blocks are made again in backward: Keep::inputs
  bool one_group_at_a_time = false;  ///< all threads work on one group; else they do where groups are few
  // The next one is for devices that are short of memory; it changes results by rounding alone.
  std::int64_t pass_tokens = 0;  ///< most tokens that go through the network at a time; 0: what is preferred
};

/// One epoch as training.tsv shows it.
struct EpochRecord {
  int epoch = 0;
  std::int64_t step = 0;
  double learning_rate = 0;
  double train_loss = 0;
  double validation_loss = 0;   ///< with the best offset of each target
  double validation_auroc = 0;  ///< mean over targets; NaN when targets are not binary
  double seconds = 0;           ///< since training began, sessions before a resume counted
};

/// Everything that training needs to go on where it stopped, bit for bit.
struct TrainState {
  std::vector<float> parameters, first_moment, second_moment;
  std::vector<float> best_parameters;
  double best_loss = 0;
  int best_epoch = 0;
  std::int64_t step = 0;   ///< steps done
  double epoch_loss = 0;   ///< summed over the steps done in the epoch under way
  double epoch_known = 0;  ///< target values in that sum
  double seconds = 0;
  std::vector<EpochRecord> history;
};

/// What training works on.
struct TrainInput {
  Dataset const* dataset = nullptr;
  std::span<std::int64_t const> train;  ///< indices into the data set
  std::span<std::int64_t const> validation;
  /// Called before the first step of an epoch (and after a resume in it); may change sequences of the data
  /// set, as a pure function of the epoch. May be empty.
  std::function<void(int epoch)> before_epoch;
  /// Called after each epoch and when a signal arrives, to save the state; of several processes in the first
  /// alone. May be empty.
  std::function<void(TrainState const& state)> save;
  /// The processes that train this network together, all with the same input and options; null: this one
  /// alone. Each takes every n-th group of a batch, and its share of validation.
  Ranks* ranks = nullptr;
};

/// Epochs that make about 1,200 steps, at least 10 and at most 40: small sets need more looks, large ones
/// fewer.
/// @param records  to train on, >= 1
int fitted_epochs(TrainOptions const& options, std::int64_t records);

/// Step 0: parameters drawn by the seed, moments zero. @pre check(config) passes
TrainState initial_state(NetworkConfig const& config, std::uint64_t seed);

/// Trains until the last epoch, or until the validation loss no longer falls. Afterwards
/// state.best_parameters are those of the epoch with the lowest validation loss, calibrated on the validation
/// records: the offset with which a target's logits have the lowest loss (best_offset) is part of that loss,
/// and of their bias.
///
/// A batch, longest sequence first, is cut into groups of a few sequences of about the same length; group g
/// adds its gradient to lane g mod 8, and the lanes are summed in order: results depend on the seed, never on
/// the number of threads. Several processes add their gradients up in the order of ranks: that changes
/// rounding alone. Threads share the lanes out among them, or, where there are few groups, work
/// together inside the ops.
/// @param options         epochs > 0
/// @param[in,out] state  from initial_state or from a checkpoint
/// @throws NumericalError  the loss is not finite
/// @throws Interrupted     a signal asked to stop; `save` was called before
/// @throws RankGone        another process has ended; `save` was called before
void train(NetworkConfig const& config, TrainInput const& input, TrainOptions const& options,
           Backend const& backend, Threads& threads, Log& log, TrainState& state);

}  // namespace cislens
