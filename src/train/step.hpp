#pragma once

#include "cislens/model/network.hpp"
#include "cislens/ops/workers.hpp"
#include "cislens/tensor/device_block.hpp"
#include "cislens/train/trainer.hpp"

#include "sequence_group.hpp"
#include "step_batch.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cislens {

/// What goes through the network at a time in training.
/// @param ranks  processes that share a batch
PassLimits training_limits(Backend const& backend, TrainOptions const& options, int ranks);

/// One training step on one batch: gradients by groups of sequences, their sum, clipping, AdamW. Parameters
/// and moments are worked on in the device's memory: between `store` and the next step they are the state's
/// too.
class Stepper {
 public:
  /// @param arena_bytes  what the largest group takes, so that it lies in one piece; 0: not known
  /// All arguments but the number must outlive the object.
  Stepper(NetworkConfig const& config, TrainOptions const& options, Backend const& backend, Threads& threads,
          Ranks& ranks, std::int64_t arena_bytes, TrainState& state);

  /// What a step needs to know besides its records.
  struct Place {
    std::int64_t epoch = 0;
    std::int64_t step = 0;  ///< from 0
    double learning_rate = 0;
    bool entropy_counts = false;
  };
  struct Loss {
    double sum = 0;    ///< over known targets
    double known = 0;  ///< how many
  };

  /// @param next  records of the next step of the epoch, or none: made ready while a device is at work
  Loss run(Dataset const& dataset, std::span<std::int64_t const> records, std::span<std::int64_t const> next,
           Place const& place);

  /// The state gets parameters and moments as they are now.
  void store() const;

  Workers& workers() { return workers_; }
  /// The parameters, in the device's memory.
  float const* block() const { return parameters_.data(); }
  PassLimits const& limits() const { return limits_; }

 private:
  /// Sequences that are ready to go through the network.
  struct Ready {
    SequenceGroup sequences;
    std::int64_t step = -1, group = -1;  // which ones they are
  };

  bool works_on_device() const { return !memory_.is_host; }
  Augmentation augmentation(std::int64_t epoch) const;
  void run_lane(Dataset const& dataset, std::int64_t lane, Place const& place, int worker);
  void run_group(Dataset const& dataset, std::int64_t group, Place const& place, int worker);
  SequenceGroup& make_ready(Dataset const& dataset, StepBatch const& batch, std::int64_t group,
                            std::int64_t epoch, Ready& ready) const;
  /// The first of this process's groups at or behind `group`.
  std::int64_t own_group(std::int64_t group) const;
  void make_next_ready(Dataset const& dataset, std::int64_t group, std::int64_t epoch);
  PassOptions pass_options(SequenceBatch const& batch, std::int64_t group, Place const& place) const;
  void for_slices(std::function<void(Context& context, std::int64_t first, std::int64_t count)> const& work);
  void sum_lanes();
  void sum_ranks();
  bool frozen(ParameterEntry const& entry) const;
  void clear_frozen();
  void add_diversity();
  void update(Place const& place);

  NetworkConfig const& config_;
  TrainOptions const& options_;
  DeviceMemory const& memory_;
  Threads& threads_;
  Ranks& ranks_;
  Workers workers_;
  ParameterLayout layout_;
  PassLimits limits_;
  DeviceCopy<float> parameters_, first_moment_, second_moment_;
  std::vector<float> decay_values_;  // of each parameter; 0 where it is frozen
  DeviceCopy<float const> decay_;
  std::vector<DeviceBlock> gradients_;  // one a lane; the first becomes their sum
  std::vector<Ready> ready_;            // one a worker
  StepBatch batch_, next_batch_;
  std::span<std::int64_t const> next_records_;
  std::vector<double> group_losses_;
};

}  // namespace cislens
