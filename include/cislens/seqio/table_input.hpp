#pragma once

#include "cislens/seqio/text_input.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// A tab-separated table with one header line, read a line at a time; fields are asked for by the name of
/// their column, so that further columns and another order do no harm. "." is an empty text, "nan" a number
/// that is not known.
class TableInput {
 public:
  /// @param remedy  what to do when the table is not as it should be, ends every message
  /// @throws InputError  of TextInput; the header is missing or names a column twice
  TableInput(std::string const& path, std::string remedy);

  /// @returns false at the end  @throws InputError  the line has another number of fields than the header
  bool next();

  std::vector<std::string> const& columns() const { return columns_; }
  bool has(std::string_view column) const;
  /// Fields of the line that `next` gave. @throws InputError  the column is missing, or the field is no such
  /// number
  std::string text(std::string_view column) const;
  double number(std::string_view column) const;
  std::int64_t integer(std::string_view column) const;

  /// @throws InputError  "file:line: what (remedy)"
  [[noreturn]] void fail(std::string const& what) const;

 private:
  std::string const& field(std::string_view column) const;

  TextInput input_;
  std::string remedy_;
  std::vector<std::string> columns_, fields_;
};

}  // namespace cislens
