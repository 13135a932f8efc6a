#include "cislens/seqio/table_input.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cislens {

namespace {

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::string_view const field : split(line, '\t')) fields.emplace_back(field);
  return fields;
}

}  // namespace

TableInput::TableInput(std::string const& path, std::string remedy)
    : input_(path), remedy_(std::move(remedy)) {
  std::string_view line;
  if (!input_.next(line)) fail("the header line is missing");
  columns_ = fields_of(line);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::find(columns_.begin(), columns_.begin() + static_cast<std::ptrdiff_t>(i), columns_[i]) !=
        columns_.begin() + static_cast<std::ptrdiff_t>(i))
      fail("two columns are called '" + columns_[i] + "'");
  }
}

bool TableInput::next() {
  std::string_view line;
  if (!input_.next(line)) return false;
  fields_ = fields_of(line);
  if (fields_.size() != columns_.size())
    fail("found " + std::to_string(fields_.size()) + " fields, the header has " +
         std::to_string(columns_.size()));
  return true;
}

bool TableInput::has(std::string_view column) const {
  return std::ranges::find(columns_, column) != columns_.end();
}

std::string TableInput::text(std::string_view column) const {
  std::string const& value = field(column);
  return value == "." ? "" : value;
}

double TableInput::number(std::string_view column) const {
  std::string const& value = field(column);
  if (value == "nan" || value == ".") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  double number = 0;
  if (!parse_number(value, number))
    fail("'" + value + "' in column '" + std::string(column) + "' is no number");
  return number;
}

std::int64_t TableInput::integer(std::string_view column) const {
  std::string const& value = field(column);
  long number = 0;
  if (!parse_number(value, number))
    fail("'" + value + "' in column '" + std::string(column) + "' is no whole number");
  return number;
}

void TableInput::fail(std::string const& what) const { input_.fail(what + " (" + remedy_ + ")"); }

std::string const& TableInput::field(std::string_view column) const {
  auto const found = std::ranges::find(columns_, column);
  if (found == columns_.end()) fail("column '" + std::string(column) + "' is missing");
  return fields_[static_cast<std::size_t>(found - columns_.begin())];
}

}  // namespace cislens
