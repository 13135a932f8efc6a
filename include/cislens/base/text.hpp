#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Shortest text that reads back as the same number; "nan" and "inf" for those. Does not depend on the
/// locale.
std::string format_number(double value);
/// Fixed notation with `decimals` digits after the point.
std::string format_fixed(double value, int decimals);
/// `digits` significant digits, exponent when needed ("0.0123", "3.4e-18").
std::string format_significant(double value, int digits);

/// Parts between separators; n separators give n + 1 parts.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Without blanks, tabs and line ends at either end.
std::string_view trim(std::string_view text);

/// The whole of `text` as a number; false when anything is left over or it does not fit.
bool parse_number(std::string_view text, double& value);
bool parse_number(std::string_view text, long& value);

/// "312 MiB", "1.5 GiB": three digits and the unit that fits.
std::string format_bytes(double bytes);
/// "500M", "12G", "1.5GiB", "2 TB", or bytes; K, M, G, T are powers of 1024. False for anything else and
/// below 1.
bool parse_bytes(std::string_view text, double& bytes);

/// What stands between the quotes of a JSON string; quotes are not added.
std::string escape_json(std::string_view text);
/// & < > " ' replaced, for HTML and XML text and attributes.
std::string escape_html(std::string_view text);

/// "1 motif", "2 motifs", "0 motifs". @param what  one of them
std::string counted(std::integral auto count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// Edit distance (insert, delete, replace), for "did you mean".
int edit_distance(std::string_view a, std::string_view b);

/// "; the nearest is X" of those that `name` abbreviates or misspells; empty when none is near: at most a
/// third of its letters, and one, are other ones.
std::string nearest_hint(std::string_view name, std::span<std::string const> known);

}  // namespace cislens
