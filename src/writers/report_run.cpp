#include "cislens/base/text.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "report_sections.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

std::string fact_table(std::vector<ReportFact> const& facts) {
  std::string rows;
  for (ReportFact const& fact : facts) {
    rows += element(
        "tr", "",
        element("th", "scope=\"row\"", html_text(fact.label)) + element("td", "", html_text(fact.value)));
  }
  return rows.empty() ? "" : element("table", "class=\"facts\"", element("tbody", "", rows));
}

std::string input_table(std::vector<InputRecord> const& inputs) {
  std::vector<std::vector<Cell>> rows;
  rows.reserve(inputs.size());
  for (InputRecord const& input : inputs) {
    bool const known = !input.xxh3.empty() || !input.modified.empty();
    Cell sum{"\u2013", input.xxh3};
    if (!input.xxh3.empty()) sum.html = element("code", "", html_text(input.xxh3));
    if (!input.modified.empty()) sum.html = "changed " + html_text(input.modified);
    rows.push_back({{html_text(input.role), input.role},
                    {html_text(input.path), input.path},
                    {known ? human_count(input.bytes) : "\u2013", std::to_string(input.bytes)},
                    sum});
  }
  if (rows.empty()) return "";
  return sortable_table("Files that were read.",
                        {{"Input", "", false}, {"File", "", false}, {"Bytes", "", true}, {"XXH3", "", false}},
                        rows);
}

std::string folded(std::string const& title, std::string const& content) {
  return content.empty() ? "" : element("details", "", element("summary", "", title) + content);
}

}  // namespace

std::string training_section(ReportInput const& input) {
  if (input.training.empty()) return "";
  TrainingEpoch const& last = input.training.back();
  std::string text =
      human_plural(std::ssize(input.training), "validation") + " over " + human_count(last.step) + " steps";
  // Seconds change between runs, so they go where the rest of what changes goes.
  if (input.provenance && std::isfinite(last.seconds))
    text += " and " + human_fixed(last.seconds, 1) + "\u202fs";
  if (input.chosen_epoch >= 0)
    text += "; the weights of epoch " + std::to_string(input.chosen_epoch) + " were kept";
  return element("section", "id=\"training\"",
                 element("h2", "", "Training") + element("p", "class=\"caption\"", text + ".") +
                     element("div", "class=\"plots\"",
                             loss_figure(input.training, input.chosen_epoch) +
                                 auroc_figure(input.training, input.chosen_epoch))) +
         "\n";
}

std::string method_section(ReportInput const& input) {
  std::string paragraphs;
  for (std::string const& paragraph : input.method) paragraphs += element("p", "", html_text(paragraph));
  std::string const facts = fact_table(input.inputs);
  if (paragraphs.empty() && facts.empty()) return "";
  return element(
             "section", "id=\"method\"",
             element("h2", "", "Data and method") + facts + element("div", "class=\"prose\"", paragraphs)) +
         "\n";
}

std::string provenance_section(ReportInput const& input) {
  if (!input.provenance) return "";
  Provenance const& run = *input.provenance;
  std::vector<ReportFact> facts = {{"Version", "cislens " + run.version},
                                   {"Seed", std::to_string(run.seed)},
                                   {"Device", run.device},
                                   {"Threads", std::to_string(run.threads)}};
  if (!run.started.empty()) facts.push_back({"Started", run.started});
  std::vector<ReportFact> times, options;
  for (auto const& [stage, seconds] : run.times_s) times.push_back({stage, human_fixed(seconds, 1) + " s"});
  for (auto const& [name, value] : run.options) options.push_back({name, value});
  return element("section", "id=\"run\"",
                 element("h2", "", "This run") + element("pre", "", html_text(shell_line(run.arguments))) +
                     fact_table(facts) + input_table(run.inputs) + folded("Times", fact_table(times)) +
                     folded("All options", fact_table(options))) +
         "\n";
}

}  // namespace cislens
