#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/train/trainer.hpp"

#include "groups.hpp"
#include "sequence_group.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// One training step on one batch: gradients by groups of sequences, their sum, clipping, AdamW.
class Stepper {
 public:
  /// Gradients of so many groups may be made at the same time; also limits the threads that work apart.
  static constexpr std::int64_t lanes = 8;

  /// @param arena_bytes  what the largest group takes, so that it lies in one piece; 0: not known
  Stepper(NetworkConfig const& config, TrainOptions const& options, Backend const& backend, Threads& threads,
          std::int64_t arena_bytes);

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

  Loss run(Dataset const& dataset, std::span<std::int64_t const> records, Place const& place,
           TrainState& state);

 private:
  void sort_by_length(Dataset const& dataset, std::span<std::int64_t const> records);
  void run_lane(Dataset const& dataset, std::int64_t lane, Place const& place, TrainState const& state,
                int worker);
  void run_group(Dataset const& dataset, std::int64_t group, Place const& place, TrainState const& state,
                 int worker);
  void sum_lanes();
  bool frozen(ParameterEntry const& entry) const;
  void clear_frozen();
  void update(Place const& place, TrainState& state);

  NetworkConfig const& config_;
  TrainOptions const& options_;
  Threads& threads_;
  ParameterLayout layout_;
  std::int64_t preferred_;                     // sequences of a group
  std::vector<Context> contexts_;              // one a thread
  std::vector<SequenceGroup> sequences_;       // one a thread
  std::vector<std::int64_t> records_;          // of the batch, longest first
  std::vector<Group> groups_;                  // of records_
  std::vector<std::vector<float>> gradients_;  // one a lane; the first becomes their sum
  std::vector<float> decay_;                   // of each parameter; 0 where it is frozen
  std::vector<double> group_losses_;
  double known_ = 0;   // known targets of the batch
  double tokens_ = 0;  // tokens of the batch that are not padding
};

}  // namespace cislens
