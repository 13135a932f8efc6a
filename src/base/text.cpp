#include "cislens/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace cislens {

namespace {

template <typename... Format>
std::string to_text(double value, Format... format) {
  if (std::isnan(value)) return "nan";
  std::array<char, 400> buffer{};
  auto const [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return error == std::errc{} ? std::string(buffer.data(), end) : "nan";
}

template <typename T>
bool parse_whole(std::string_view text, T& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string format_number(double value) { return to_text(value); }

std::string format_fixed(double value, int decimals) {
  return to_text(value, std::chars_format::fixed, decimals);
}

std::string format_significant(double value, int digits) {
  return to_text(value, std::chars_format::general, digits);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t end; (end = text.find(separator, start)) != std::string_view::npos; start = end + 1) {
    parts.push_back(text.substr(start, end - start));
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  std::size_t const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool parse_number(std::string_view text, double& value) { return parse_whole(text, value); }
bool parse_number(std::string_view text, long& value) { return parse_whole(text, value); }

std::string format_bytes(double bytes) {
  constexpr std::array<char const*, 6> units{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  int const decimals = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return format_fixed(bytes, decimals) + " " + units[unit];
}

bool parse_bytes(std::string_view text, double& bytes) {
  std::size_t const digits = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view unit = trim(text.substr(digits));
  if (!parse_number(text.substr(0, digits), bytes)) return false;
  constexpr std::string_view prefixes = "KMGT";
  std::size_t const power = unit.empty() ? std::string_view::npos : prefixes.find(unit.front());
  if (power != std::string_view::npos) {
    bytes *= std::pow(1024.0, static_cast<double>(power + 1));
    unit.remove_prefix(1);
    if (unit == "iB") unit = {};
  }
  return (unit.empty() || unit == "B") && bytes >= 1;
}

std::string escape_json(std::string_view text) {
  std::string result;
  for (char const c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\t':
        result += "\\t";
        break;
      case '\r':
        result += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          std::array<char, 8> buffer{};
          std::snprintf(buffer.data(), buffer.size(), "\\u%04x",
                        static_cast<unsigned>(static_cast<unsigned char>(c)));
          result += buffer.data();
        } else {
          result += c;
        }
    }
  }
  return result;
}

std::string escape_html(std::string_view text) {
  std::string result;
  for (char const c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      int const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest_hint(std::string_view name, std::span<std::string const> known) {
  int least = static_cast<int>(name.size()) / 3 + 2;
  std::string_view nearest;
  for (std::string const& candidate : known) {
    int const distance = candidate.starts_with(name) ? 0 : edit_distance(candidate, name);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : "; the nearest is " + std::string(nearest);
}

}  // namespace cislens
