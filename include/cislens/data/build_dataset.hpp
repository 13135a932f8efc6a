#pragma once

#include "cislens/base/log.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/seqio/sequences.hpp"
#include "cislens/seqio/targets.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace cislens {

/// Which records can be learnt from.
struct DatasetOptions {
  std::int64_t min_length = 8;      ///< bases; shorter records are left out, as are records of N only
  std::int64_t min_sequences = 20;  ///< that must be left, in the positives and in the background each
};

/// Positives (target 1) and, when there is one, background (target 0), under one target called "positive".
/// Records that cannot be learnt from are left out and counted in a warning. A background record whose name a
/// positive has gets ".background" added.
///
/// @param positives_source, background_source  file names, for messages
/// @param background  may be empty: then the data set holds positives only, see negatives.hpp
/// @throws InputError  too few records are left, or all positives are the same sequence
Dataset build_dataset(std::span<SequenceRecord const> positives, std::string const& positives_source,
                      std::span<SequenceRecord const> background, std::string const& background_source,
                      DatasetOptions const& options, Log& log);

/// Records with the targets of a table, matched by name. Records without a row have NaN targets and are
/// counted in a warning, as are rows without a record.
/// @throws InputError  too few records are left, all are the same sequence, or no name occurs in both
Dataset build_dataset(std::span<SequenceRecord const> records, std::string const& source,
                      TargetTable const& targets, DatasetOptions const& options, Log& log);

/// All records, none left out and none checked, without targets (T = 0): for prediction.
Dataset encode_records(std::span<SequenceRecord const> records);

/// The records at `indices` in that order.
Dataset select_records(Dataset const& dataset, std::span<std::int64_t const> indices);

}  // namespace cislens
