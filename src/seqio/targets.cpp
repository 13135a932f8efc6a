#include "cislens/seqio/targets.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace cislens {

namespace {

float read_value(TextInput const& input, std::string_view text, std::string const& target) {
  text = trim(text);
  if (text.empty() || text == "." || text == "NA" || text == "NaN" || text == "nan" || text == "N/A") {
    return std::numeric_limits<float>::quiet_NaN();
  }
  double value = 0;
  if (!parse_number(text, value) || !(std::abs(value) <= std::numeric_limits<float>::max())) {
    input.fail("'" + std::string(text) + "' in column '" + target +
               "' is not a finite number (NA: not known)");
  }
  return static_cast<float>(value);
}

void read_header(TextInput const& input, std::string_view line, TargetTable& table) {
  auto const fields = split(line, '\t');
  if (fields.size() < 2) {
    input.fail("the header has no target column (record name, then one column a target, separated by tabs)");
  }
  for (std::size_t i = 1; i < fields.size(); ++i) {
    std::string name(trim(fields[i]));
    if (name.empty()) input.fail("the header leaves column " + std::to_string(i + 1) + " without a name");
    if (std::find(table.target_names.begin(), table.target_names.end(), name) != table.target_names.end()) {
      input.fail("two columns are called '" + name + "' (rename one)");
    }
    table.target_names.push_back(std::move(name));
  }
}

void read_row(TextInput const& input, std::string_view line, TargetTable& table) {
  auto const fields = split(line, '\t');
  if (fields.size() != table.target_names.size() + 1) {
    input.fail("found " + std::to_string(fields.size()) + " fields, the header has " +
               std::to_string(table.target_names.size() + 1) +
               " (separate them by tabs, write NA for what is not known)");
  }
  std::string const name(trim(fields[0]));
  auto const row = static_cast<std::int64_t>(table.rows.size());
  if (!table.rows.try_emplace(name, row).second)
    input.fail("record '" + name + "' is here for the second time (keep one)");
  for (std::size_t i = 1; i < fields.size(); ++i) {
    table.values.push_back(read_value(input, fields[i], table.target_names[i - 1]));
  }
}

void check_columns(TargetTable const& table) {
  std::size_t const count = table.target_names.size();
  for (std::size_t t = 0; t < count; ++t) {
    bool known = false;
    for (std::size_t i = t; i < table.values.size(); i += count) known |= !std::isnan(table.values[i]);
    if (!known) {
      throw InputError(table.source + ": column '" + table.target_names[t] +
                       "' holds no number (take it out)");
    }
  }
}

}  // namespace

TargetTable read_targets(std::string const& path) {
  TextInput input(path);
  TargetTable table;
  table.source = input.name();
  for (std::string_view line; input.next(line);) {
    if (trim(line).empty()) continue;
    bool const is_header = table.target_names.empty();
    if (is_header && line.starts_with('#') && line.find('\t') == std::string_view::npos) continue;
    if (!is_header && line.starts_with('#')) continue;
    is_header ? read_header(input, line, table) : read_row(input, line, table);
  }
  if (table.target_names.empty())
    throw InputError(table.source + ": has no header (record name, then a column a target)");
  if (table.rows.empty()) throw InputError(table.source + ": has no line below its header");
  check_columns(table);
  return table;
}

}  // namespace cislens
