#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Text from outside made safe for HTML text and attributes; control characters become blanks.
std::string html_text(std::string_view text);

/// <tag attributes>content</tag>; `content` and `attributes` are HTML already.
std::string element(std::string_view tag, std::string_view attributes, std::string_view content);

/// "12,345".
std::string human_count(std::int64_t count);
/// A share as "70.3 %".
std::string human_percent(double share);
/// `digits` significant digits; a dash for NaN.
std::string human_number(double value, int digits);
/// `decimals` digits after the point; a dash for NaN.
std::string human_fixed(double value, int decimals);
/// A p, q or E value as HTML: "0.012", "3.4 × 10<sup>−18</sup>".
std::string human_p(double value);
/// "1 motif", "2 motifs", "no motifs".
std::string human_plural(std::int64_t count, std::string_view noun);

struct Column {
  std::string heading;  ///< HTML
  std::string hint;     ///< plain text shown on hovering, may be empty
  bool number;          ///< aligned right and sorted by value
};

struct Cell {
  std::string html;
  std::string key;  ///< what the column is sorted by; numbers as text, empty: last
};

/// A table below its caption (HTML), whose headings sort it (`report_script`).
std::string sortable_table(std::string_view caption, std::vector<Column> const& columns,
                           std::vector<std::vector<Cell>> const& rows);

/// A thin bar as wide as `share` (0 to 1) of its cell, with text beside it.
std::string bar(double share, std::string_view text);

}  // namespace cislens
