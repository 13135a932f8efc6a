#pragma once

#include "cislens/cli/command_line.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/model/checkpoint.hpp"

#include <cstdint>

namespace cislens {

/// Declares --max-length. @param max_length  0: what the network was trained on
void declare_max_length(CommandLine& line, std::int64_t& max_length);

/// The longest stretch that is read at once: what the user asked for, or the longest sequence that the
/// network was trained on (of models that do not tell: the median; of those that tell neither: no limit).
/// @param asked  bases, 0: not asked
/// @throws UsageError  shorter than two tokens
std::int64_t window_length(SavedModel const& model, std::int64_t asked);

/// Says on the log how many records will be read in windows, if any.
void log_long_records(Dataset const& dataset, std::int64_t max_length, Run& run);

}  // namespace cislens
