#include "cislens/base/text.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/writers/logo.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "report_sections.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cislens {

namespace {

/// Complements IUPAC letters and turns their order round; lower case stays lower case.
std::string turn_consensus(std::string const& consensus) {
  constexpr std::string_view letters = "ACGTRYSWKMBDHVNacgtryswkmbdhvn";
  constexpr std::string_view paired = "TGCAYRSWMKVHDBNtgcayrswmkvhdbn";
  std::string turned(consensus.rbegin(), consensus.rend());
  for (char& c : turned) {
    if (auto const at = letters.find(c); at != std::string_view::npos) c = paired[at];
  }
  return turned;
}

std::string swatch(int motif) { return "<i class=\"swatch " + motif_class(motif) + "\"></i>"; }

/// Where a motif that was found beside another stands, or nothing.
std::string neighbour_words(DiscoveredMotif const& motif) {
  if (motif.beside.empty()) return "";
  auto const line = [](std::string const& text) { return element("span", "class=\"sub tight\"", text); };
  auto const number = [](std::int64_t position) {
    return (position < 0 ? "\u2212" : "+") + std::to_string(std::abs(position));
  };
  std::string text = line("beside " + html_text(motif.beside));
  PreferredPlace const& at = motif.beside_at;
  if (!at.is_known()) return text;
  text += line(number(at.first) + " to " + number(at.last - 1) + "\u202fbp");
  if (at.strand != '.') text += line(at.strand == '+' ? "same strand" : "other strand");
  return text;
}

Cell motif_cell(DiscoveredMotif const& motif, int index) {
  return {swatch(index) + element("strong", "", html_text(motif.matrix.id)) +
              element("span", "class=\"sub tight\"", std::to_string(motif.matrix.width()) + "\u202fbp") +
              element("span", "class=\"sub tight\"", human_fixed(motif.information_bits, 1) + "\u202fbits") +
              neighbour_words(motif),
          std::to_string(index)};
}

Cell logo_cell(DiscoveredMotif const& motif) {
  LogoOptions options;
  options.column_width = std::clamp(300.0 / std::max(1, motif.matrix.width()), 9.0, 17.0);
  options.height = 60;
  options.own_letters = false;
  auto const side = [&](std::string const& css, MotifMatrix const& matrix, std::string const& consensus) {
    return element("div", "class=\"" + css + "\"",
                   logo_svg(matrix, options) + element("code", "", html_text(consensus)));
  };
  return {side("given", motif.matrix, motif.consensus) +
              side("turned", reverse_complement(motif.matrix), turn_consensus(motif.consensus)) +
              element("button", "type=\"button\" class=\"turn\" title=\"Show the other strand\"",
                      "reverse complement"),
          motif.consensus};
}

Cell share_cell(std::int64_t count, std::int64_t total) {
  double const share = total > 0 ? static_cast<double>(count) / static_cast<double>(total) : std::nan("");
  return {human_count(count) + bar(share, human_percent(share)), std::to_string(count)};
}

Cell match_cell(DiscoveredMotif const& motif, double q_limit) {
  std::string const name = significant_name(motif, q_limit);
  if (motif.matches.empty()) return {element("span", "class=\"quiet\"", "not compared"), ""};
  DatabaseMatch const& best = motif.matches.front();
  if (name.empty()) {
    return {element("span", "class=\"quiet\"", "none significant") +
                element("span", "class=\"sub\"", "best q\u00a0" + human_p(best.q)),
            ""};
  }
  std::string others;
  for (std::size_t i = 1; i < motif.matches.size() && i <= 3 && motif.matches[i].q <= q_limit; ++i) {
    DatabaseMatch const& match = motif.matches[i];
    others += (i == 1 ? "also " : ", ") + html_text(match.name.empty() ? match.id : match.name);
  }
  return {element("strong", "class=\"name\"", html_text(name)) +
              (best.id == name ? "" : element("span", "class=\"sub\"", html_text(best.id))) +
              element("span", "class=\"sub tight\"",
                      "r\u00a0" + human_fixed(best.correlation, 2) + ", q\u00a0" + human_p(best.q)) +
              (others.empty() ? "" : element("span", "class=\"sub\"", others)),
          name};
}

Cell heads_cell(DiscoveredMotif const& motif) {
  std::string html;
  for (int const head : leading_heads(motif.head_share)) {
    double const share = motif.head_share[static_cast<std::size_t>(head)];
    html += element("div", "class=\"head-share\"",
                    element("span", "", "head " + std::to_string(head)) + bar(share, human_percent(share)));
  }
  auto const largest = std::max_element(motif.head_share.begin(), motif.head_share.end());
  return {html.empty() ? "\u2013" : html, largest == motif.head_share.end() ? "" : format_number(*largest)};
}

/// "31 % : 2.1 %", and how many times more that is.
Cell holdout_cell(HoldoutCounts const& counts) {
  double const times = counts.enrichment();
  if (std::isnan(times)) return {"\u2013", ""};
  auto const share = [](std::int64_t with, std::int64_t all) {
    return human_percent(static_cast<double>(with) / static_cast<double>(all));
  };
  return {share(counts.positives_with, counts.positives) + " : " +
              share(counts.controls_with, counts.controls) +
              element("span", "class=\"sub\"", "\u00d7\u202f" + human_number(times, 2)),
          format_number(times)};
}

std::vector<Cell> motif_row(ReportInput const& input, int index) {
  DiscoveredMotif const& motif = input.motifs[static_cast<std::size_t>(index)];
  return {motif_cell(motif, index),
          logo_cell(motif),
          {human_count(motif.sites), std::to_string(motif.sites)},
          share_cell(motif.sequences, input.target_pages.empty() ? input.positives : 0),
          holdout_cell(motif.holdout),
          {human_p(motif.holdout_e) + element("span", "class=\"sub\"", "p\u00a0" + human_p(motif.holdout_p)),
           format_number(motif.holdout_e)},
          match_cell(motif, input.match_q_limit),
          heads_cell(motif)};
}

std::string motif_caption(ReportInput const& input) {
  std::string text = "Counts are binding sites and sequences among the " + human_count(input.positives) +
                     " input sequences (positives). p: Fisher\u2019s exact test on validation and "
                     "test records, which no motif was fitted on";
  if (!input.background.empty()) text += ", against " + html_text(input.background);
  text += "; E is p times the number of candidates tested.";
  if (!input.database.empty()) {
    text += " Names come from " + html_text(input.database) + " and are shown up to q\u00a0" +
            human_p(input.match_q_limit) + "; r is the correlation over the aligned columns.";
  }
  bool const has_neighbours =
      std::ranges::any_of(input.motifs, [](DiscoveredMotif const& motif) { return !motif.beside.empty(); });
  if (has_neighbours) {
    text +=
        " \u201cBeside\u201d: found at the sites of that motif; p is of its flanks, and the place is the "
        "middle of the one, counted from the middle of the other, which is read forward.";
  }
  return text + " Letter heights are bits, corrected for the number of sites.";
}

}  // namespace

std::string motif_section(ReportInput const& input) {
  if (input.motifs.empty()) {
    return element(
               "section", "id=\"motifs\"",
               element("h2", "", "Motifs") +
                   element(
                       "p", "class=\"empty\"",
                       "No motifs were found. The other files of this run are complete; the lists of motifs "
                       "and sites are empty.")) +
           "\n";
  }
  std::vector<Column> const columns = {
      {"Motif", "width; information against the background", false},
      {"Logo", "", false},
      {"Sites", "binding sites after overlaps are resolved", true},
      {"Sequences", "sequences that carry at least one site", true},
      {"Hold-out",
       "share of positives : share of controls that carry it, in validation and test records; the ratio "
       "has one added to every count",
       true},
      {"E", "p of Fisher's exact test on validation and test records, times the candidates tested", true},
      {"Looks like", "best significant database entry", false},
      {"Heads", "share of the motif's sites at which a head leads", true}};
  std::vector<std::vector<Cell>> rows;
  rows.reserve(input.motifs.size());
  for (int i = 0; i < static_cast<int>(input.motifs.size()); ++i) rows.push_back(motif_row(input, i));
  return element("section", "id=\"motifs\"",
                 element("h2", "",
                         "Motifs " + element("button", "type=\"button\" id=\"turn-all\"", "turn all logos")) +
                     sortable_table(motif_caption(input), columns, rows)) +
         "\n";
}

std::string position_section(ReportInput const& input) {
  if (input.motifs.empty() || input.sites.empty()) return "";
  std::string figures;
  for (int i = 0; i < static_cast<int>(input.motifs.size()); ++i) {
    DiscoveredMotif const& motif = input.motifs[static_cast<std::size_t>(i)];
    std::string const name = significant_name(motif, input.match_q_limit);
    figures +=
        element("figure", "",
                element("figcaption", "",
                        swatch(i) + element("strong", "", html_text(motif.matrix.id)) +
                            (name.empty() ? "" : " " + html_text(name)) +
                            element("span", "class=\"quiet\"", " " + human_plural(motif.sites, "site"))) +
                    position_figure(i, input.sites, input.sequence_lengths));
  }
  return element(
             "section", "id=\"positions\"",
             element("h2", "", "Where the sites lie") +
                 element(
                     "p", "class=\"caption\"",
                     "Middles of the binding sites along the sequences, in bases from the start (in percent "
                     "of the length when lengths differ). Sites on the + strand are drawn upward, on the "
                     "\u2212 strand downward; dashed: evenly spread.") +
                 element("div", "class=\"grid-figures\"", figures)) +
         "\n";
}

std::string example_section(ReportInput const& input) {
  if (input.examples.empty()) return "";
  float largest = 0;
  for (ReportExample const& example : input.examples) {
    for (float const worth : example.worth) largest = std::max(largest, worth);
  }
  std::string figures;
  for (ReportExample const& example : input.examples) {
    std::vector<Site> sites;
    for (Site const& site : input.sites) {
      bool const known = site.motif >= 0 && site.motif < std::ssize(input.motifs);
      if (site.sequence == example.sequence && known) sites.push_back(site);
    }
    figures += element(
        "figure", "class=\"example\"",
        element(
            "figcaption", "",
            html_text(example.name) + element("span", "class=\"quiet\"",
                                              " " + human_count(std::ssize(example.bases)) + "\u202fbp, " +
                                                  human_plural(std::ssize(sites), "site"))) +
            element("div", "class=\"scroll\"", example_figure(example, sites, input.motifs, largest)));
  }
  return element("section", "id=\"examples\"",
                 element("h2", "", "Examples") +
                     element("p", "class=\"caption\"",
                             std::string("Some sequences with their sites; arrows point along the strand. "
                                         "Point at a site for its score and sequence.") +
                                 (largest > 0 ? " Above: what each base adds to the network\u2019s logit "
                                                "(attribution; below the line: takes from it), on one "
                                                "scale."
                                              : "")) +
                     figures) +
         "\n";
}

}  // namespace cislens
