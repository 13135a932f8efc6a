#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/model/config.hpp"
#include "cislens/train/trainer.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace cislens {

/// Bytes that the process may hold: what --memory-limit says, or what it has and what is free, when `asked`
/// is empty.
/// @throws UsageError  `asked` is no size
std::int64_t memory_limit(std::string const& asked);

/// Says what training will take, by part. On a device: when a batch does not fit into what it has free, it
/// goes through the network in pieces (options.pass_tokens). On the CPU: when a group a thread does not fit
/// but one does, training runs one after the other: options.one_group_at_a_time.
/// @throws OutOfMemory  neither fits; names the parts and what would help, with numbers
void fit_memory(std::string const& asked_limit, NetworkConfig const& config, Dataset const& dataset,
                std::span<std::int64_t const> records, Backend const& backend, Threads& threads, Run& run,
                TrainOptions& options);

/// Says what readouts will take of the host's memory, before training.
/// @throws OutOfMemory  more than the limit
void check_readout_memory(std::string const& asked_limit, std::int64_t bytes, Run& run);

/// The same for predicting records, or windows of them, of up to so many bases.
/// @throws OutOfMemory
void check_prediction_memory(std::string const& asked_limit, NetworkConfig const& config, std::int64_t bases,
                             Backend const& backend, Threads const& threads, Run& run);

}  // namespace cislens
