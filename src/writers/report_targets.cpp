#include "cislens/base/text.hpp"

#include "html.hpp"
#include "report_sections.hpp"

#include <cmath>

namespace cislens {

namespace {

Cell count_cell(std::int64_t count) { return {human_count(count), std::to_string(count)}; }

Cell figure_cell(TargetFigure const& figure) {
  std::string shown = human_fixed(figure.value, 3);
  if (std::isfinite(figure.low) && std::isfinite(figure.high)) {
    shown +=
        element("span", "class=\"sub\"", human_fixed(figure.low, 3) + " to " + human_fixed(figure.high, 3));
  }
  return {shown, std::isnan(figure.value) ? "" : format_number(figure.value)};
}

Cell name_cell(ReportInput const& input, std::string const& target) {
  std::string name = html_text(target);
  for (auto const& [known, page] : input.target_pages) {
    if (known == target) name = element("a", "href=\"" + html_text(page) + "\"", name);
  }
  return {name, target};
}

}  // namespace

/// The figures come target by target, the same ones for each.
std::string target_section(ReportInput const& input) {
  if (input.targets.empty()) return "";
  bool const binary = input.targets.front().positives >= 0;
  std::vector<Column> columns{{"Target", "", false}, {"Known", "held-out records with a known value", true}};
  if (binary) columns.push_back({"Positive", "of these", true});
  std::string const& first = input.targets.front().figure;
  std::vector<std::vector<Cell>> rows;
  for (TargetFigure const& figure : input.targets) {
    if (figure.figure == first) {
      rows.push_back({name_cell(input, figure.target), count_cell(figure.known)});
      if (binary) rows.back().push_back(count_cell(figure.positives));
    }
    if (rows.size() == 1) columns.push_back({html_text(figure.figure), "95 % interval below", true});
    rows.back().push_back(figure_cell(figure));
  }
  return element("section", "id=\"targets\"",
                 element("h2", "", "Targets") +
                     sortable_table("How well the network predicts each target, on records never used for "
                                    "fitting, with 95 % bootstrap intervals.",
                                    columns, rows)) +
         "\n";
}

}  // namespace cislens
