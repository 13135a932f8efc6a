#pragma once

#include "cislens/cli/run.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/seqio/targets.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cislens {

/// What `pairs` is asked about the targets of its sequences.
struct TargetQuestion {
  std::string table;    ///< --targets; empty: nothing
  std::string target;   ///< --target; empty: all
  std::string against;  ///< --against; empty: none
};

/// One search for pairs: among which records, compared with which.
struct PairTask {
  std::string target;                    ///< empty: the sequences have none
  std::filesystem::path folder;          ///< of its results
  std::vector<std::int64_t> records;     ///< by number
  std::vector<std::int64_t> background;  ///< may be empty
  std::string background_name;           ///< what those are, for people
};

/// The folders that results may go to, before sequences are read: that of --target, or else of each target.
/// @throws UsageError  --target or --against is not one of the table
std::vector<std::filesystem::path> task_folders(TargetQuestion const& question, TargetTable const& table,
                                                std::filesystem::path const& folder);

/// Which records are positive is decided as in `discover` (target_sides). Targets without positives are left
/// out with a warning.
/// @param folders  of task_folders
/// @throws InputError  no record is positive, or the other side of --against is empty
std::vector<PairTask> target_tasks(TargetQuestion const& question, Dataset const& records,
                                   std::vector<std::filesystem::path> const& folders, Run& run);

}  // namespace cislens
