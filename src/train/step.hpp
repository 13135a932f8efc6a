#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/train/trainer.hpp"

#include "sequence_group.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// One training step on one batch: gradients by groups of sequences, their sum, clipping, AdamW.
class Stepper {
 public:
  Stepper(NetworkConfig const& config, TrainOptions const& options, Backend const& backend, Threads& threads);

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
  static constexpr std::int64_t lanes = 8;

  void run_group(Dataset const& dataset, std::span<std::int64_t const> records, std::int64_t group,
                 Place const& place, TrainState const& state, int worker);
  void sum_lanes();
  void update(Place const& place, TrainState& state);

  NetworkConfig const& config_;
  TrainOptions const& options_;
  Threads& threads_;
  ParameterLayout layout_;
  std::int64_t group_size_;
  std::vector<Context> contexts_;
  std::vector<SequenceGroup> groups_;          // one a thread
  std::vector<std::vector<float>> gradients_;  // one a lane; the first becomes their sum
  std::vector<double> group_losses_;
  double known_ = 0;   // known targets of the batch
  double tokens_ = 0;  // tokens of the batch that are not padding
};

}  // namespace cislens
