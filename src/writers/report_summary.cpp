#include "html.hpp"
#include "report_sections.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace cislens {

namespace {

std::string tile(std::string const& label, std::string const& value, std::string const& note) {
  return element("div", "class=\"tile\"",
                 element("dt", "", label) + element("dd", "", value) +
                     (note.empty() ? "" : element("dd", "class=\"note\"", note)));
}

std::string metric_tile(ReportMetric const& metric) {
  std::string note;
  if (std::isfinite(metric.low) && std::isfinite(metric.high)) {
    note = "95\u202f% interval " + human_fixed(metric.low, 3) + " to " + human_fixed(metric.high, 3);
  }
  if (!metric.note.empty()) note += (note.empty() ? "" : "<br>") + html_text(metric.note);
  return tile(html_text(metric.name), human_fixed(metric.value, 3), note);
}

std::string lengths_text(std::vector<std::int64_t> const& lengths) {
  if (lengths.empty()) return "";
  auto const [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
  if (*shortest == *longest) return human_count(*shortest) + "\u202fbp each";
  return human_count(*shortest) + " to " + human_count(*longest) + "\u202fbp";
}

std::string split_text(ReportInput const& input) {
  return human_count(input.train) + " train, " + human_count(input.validation) + " validation, " +
         human_count(input.holdout) + " test";
}

/// The answer in one or two sentences.
std::string answer(ReportInput const& input) {
  if (input.motifs.empty()) {
    return "<strong>No motif was found.</strong> No candidate, from the network or from counted words, "
           "is more frequent in the " +
           human_count(input.positives) +
           " sequences than in the background on sequences held out from fitting.";
  }
  if (!input.target_pages.empty()) {
    return "<strong>" + human_plural(std::ssize(input.motifs), "different motif") + "</strong> found in " +
           human_plural(std::ssize(input.target_pages), "target") + ".";
  }
  DiscoveredMotif const& first = input.motifs.front();
  std::string const name = significant_name(first, input.match_q_limit);
  double const share = input.positives > 0
                           ? static_cast<double>(first.sequences) / static_cast<double>(input.positives)
                           : std::nan("");
  std::string text = "<strong>" + human_plural(std::ssize(input.motifs), "motif") +
                     "</strong> found. The first, " + "<strong>" + html_text(first.matrix.id) + "</strong>";
  if (!name.empty()) {
    text += ", looks like <strong>" + html_text(name) + "</strong> (q\u00a0" +
            human_p(first.matches.front().q) + ") and";
  }
  return text + " lies in " + human_count(first.sequences) + " of " + human_count(input.positives) +
         " sequences (" + human_percent(share) + ").";
}

std::string warning_list(std::vector<std::string> const& warnings) {
  if (warnings.empty()) return "";
  std::string items;
  for (std::string const& warning : warnings) items += element("li", "", html_text(warning));
  return element("aside", "class=\"warnings\"", element("h3", "", "Please note") + element("ul", "", items));
}

}  // namespace

std::int64_t sequences_with_site(std::vector<Site> const& sites) {
  std::set<std::int64_t> sequences;
  for (Site const& site : sites) sequences.insert(site.sequence);
  return std::ssize(sequences);
}

std::string significant_name(DiscoveredMotif const& motif, double q_limit) {
  if (motif.matches.empty() || !(motif.matches.front().q <= q_limit)) return "";
  DatabaseMatch const& best = motif.matches.front();
  return best.name.empty() ? best.id : best.name;
}

std::string header_section(ReportInput const& input) {
  std::string const made = "cislens " + html_text(input.version) +
                           (input.provenance && !input.provenance->started.empty()
                                ? " \u00b7 " + html_text(input.provenance->started.substr(0, 10))
                                : "");
  return element("header", "",
                 element("p", "class=\"made\"", made) + element("h1", "", html_text(input.title)) +
                     element("p", "class=\"question\"", html_text(input.question)));
}

std::string summary_section(ReportInput const& input) {
  std::int64_t const with_site = sequences_with_site(input.sites);
  double const share = input.positives > 0
                           ? static_cast<double>(with_site) / static_cast<double>(input.positives)
                           : std::nan("");
  std::string tiles = tile("Sequences", human_count(input.positives), lengths_text(input.sequence_lengths));
  if (input.negatives > 0)
    tiles += tile("Background", human_count(input.negatives), html_text(input.background));
  tiles += tile("Records", human_count(input.train + input.validation + input.holdout), split_text(input));
  for (ReportMetric const& metric : input.metrics) tiles += metric_tile(metric);
  tiles += tile("Motifs", human_count(std::ssize(input.motifs)), "significant on held-out sequences");
  if (input.target_pages.empty()) {
    tiles += tile("Binding sites", human_count(std::ssize(input.sites)), "overlaps resolved");
    tiles += tile("Sequences with a site", human_percent(share),
                  human_count(with_site) + " of " + human_count(input.positives));
  }
  return element("section", "id=\"summary\"",
                 element("p", "class=\"answer\"", answer(input)) + element("dl", "class=\"tiles\"", tiles) +
                     warning_list(input.warnings)) +
         "\n";
}

}  // namespace cislens
