#include "html.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr char const* dash = "\u2013";
constexpr char const* thin_blank = "\u202f";

std::string with_real_minus(std::string text) {
  return !text.empty() && text.front() == '-' ? "\u2212" + text.substr(1) : text;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string clean(text);
  auto const control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  std::replace_if(clean.begin(), clean.end(), control, ' ');
  return escape_html(clean);
}

std::string element(std::string_view tag, std::string_view attributes, std::string_view content) {
  std::string text = "<";
  text.append(tag);
  if (!attributes.empty()) text.append(" ").append(attributes);
  return text.append(">").append(content).append("</").append(tag).append(">");
}

std::string human_count(std::int64_t count) {
  std::string text = std::to_string(count);
  int const first = count < 0 ? 1 : 0;
  for (int at = static_cast<int>(text.size()) - 3; at > first; at -= 3) text.insert(at, ",");
  return with_real_minus(text);
}

std::string human_percent(double share) {
  return std::isnan(share) ? dash : human_fixed(100 * share, 1) + thin_blank + "%";
}

std::string human_number(double value, int digits) {
  return std::isnan(value) ? dash : with_real_minus(format_significant(value, digits));
}

std::string human_fixed(double value, int decimals) {
  return std::isnan(value) ? dash : with_real_minus(format_fixed(value, decimals));
}

std::string human_p(double value) {
  if (std::isnan(value)) return dash;
  if (std::isinf(value)) return "\u221e";
  if (value <= 0) return "&lt;\u00a010<sup>\u2212300</sup>";
  if (value >= 0.001 && value < 9.95) return format_significant(value, 2);
  if (value >= 9.95 && value < 99999.5) return human_count(std::llround(value));
  int exponent = static_cast<int>(std::floor(std::log10(value)));
  // Powers below 1e-300 leave the range of normal numbers, so the value is scaled in two steps.
  double mantissa = value * std::pow(10.0, -exponent / 2) * std::pow(10.0, -exponent + exponent / 2);
  if (mantissa >= 9.95) {
    mantissa /= 10;
    ++exponent;
  }
  return format_fixed(mantissa, 1) + "\u00a0×\u00a010<sup>" + with_real_minus(std::to_string(exponent)) +
         "</sup>";
}

std::string human_plural(std::int64_t count, std::string_view noun) {
  std::string text = count == 0 ? "no" : human_count(count);
  return text.append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string sortable_table(std::string_view caption, std::vector<Column> const& columns,
                           std::vector<std::vector<Cell>> const& rows) {
  std::string head;
  for (Column const& column : columns) {
    std::string const attributes = std::string("scope=\"col\"") + (column.number ? " class=\"n\"" : "") +
                                   (column.hint.empty() ? "" : " title=\"" + html_text(column.hint) + "\"");
    head += element("th", attributes, element("button", "type=\"button\"", column.heading));
  }
  std::string body;
  for (auto const& row : rows) {
    std::string cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string const number = columns[i].number ? "class=\"n\" " : "";
      cells += element("td", number + "data-key=\"" + html_text(row[i].key) + "\"", row[i].html);
    }
    body += element("tr", "", cells) + "\n";
  }
  std::string const table =
      element("table", "class=\"sortable\"",
              element("thead", "", element("tr", "", head)) + "\n" + element("tbody", "", body));
  return element("p", "class=\"caption\"", caption) + element("div", "class=\"scroll\"", table) + "\n";
}

std::string bar(double share, std::string_view text) {
  double const width = std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0);
  return element("span", "class=\"bar\"",
                 element("i", "style=\"width:" + format_fixed(100 * width, 1) + "%\"", "")) +
         element("span", "class=\"bar-text\"", text);
}

}  // namespace cislens
