#pragma once

#include "cli_test.hpp"

#include <map>
#include <sstream>

namespace cislens::test {

/// A line of a table, by the names of its columns.
using NamedRow = std::map<std::string, std::string>;

inline std::vector<NamedRow> named_rows(std::string const& text) {
  std::vector<std::string> header;
  std::vector<NamedRow> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::size_t column = 0;
    bool const first = header.empty();
    if (!first) rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t'); ++column) {
      if (first) {
        header.push_back(field);
      } else {
        rows.back()[header.at(column)] = field;
      }
    }
  }
  return rows;
}

}  // namespace cislens::test
