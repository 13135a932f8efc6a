#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/model/memory_plan.hpp"
#include "cislens/train/trainer.hpp"

#include <cstdint>
#include <span>

namespace cislens {

/// The most that a group of sequences of these lengths takes while training.
/// @param lengths  bases; at least one
/// @param team     as in pass_memory
/// @param enough   as in pass_memory
PassMemory largest_training_pass(NetworkConfig const& config, TrainOptions const& options,
                                 std::span<std::int64_t const> lengths, Backend const& backend, Threads* team,
                                 std::int64_t enough);

/// Everything that `train` keeps at a time besides the data set: parameters, the optimiser's moments and
/// weight decay, gradients, and activations and scratch of every thread (of one, with
/// options.one_group_at_a_time). On a device: what lies in its memory.
MemoryPlan plan_training(NetworkConfig const& config, TrainOptions const& options,
                         std::span<std::int64_t const> lengths, Backend const& backend, Threads& threads,
                         std::int64_t enough);

/// What `predict` keeps at a time besides the records.
/// @param bases  of the longest record or window
MemoryPlan plan_prediction(NetworkConfig const& config, std::int64_t bases, Backend const& backend,
                           std::int64_t threads, std::int64_t enough);

}  // namespace cislens
