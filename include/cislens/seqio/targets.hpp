#pragma once

#include "cislens/seqio/text_input.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace cislens {

/// What is to be predicted, by record name.
struct TargetTable {
  std::string source;                                  ///< file name, for messages
  std::vector<std::string> target_names;               ///< T names, no two alike
  std::unordered_map<std::string, std::int64_t> rows;  ///< record name to row
  std::vector<float> values;                           ///< (rows, T); NaN: not known
};

/// Reads a table of targets: tab-separated, one header line (its first field is not used, the others name the
/// targets), then a line a record: its name and T numbers. Empty, ".", NA and NaN mean not known. Blank lines
/// and lines that begin with
/// '#' are skipped; a '#' before the header is allowed ("#record").
///
/// @throws InputError  "file:line: what (remedy)": no target column, unequal numbers of fields, not numbers,
/// infinite
///                     numbers, a name twice, a column without any number
TargetTable read_targets(std::string const& path);

}  // namespace cislens
