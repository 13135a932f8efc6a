#include "cislens/base/text.hpp"
#include "cislens/writers/tables.hpp"

#include "html.hpp"
#include "pairs_figures.hpp"
#include "report_figures.hpp"
#include "report_page.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr std::size_t most_rows = 60;
constexpr std::size_t most_figures = 9;

std::string sub(std::string const& text) { return element("span", "class=\"sub tight\"", text); }

Cell number_cell(std::string const& shown, double value) {
  return {shown, std::isnan(value) ? "" : format_number(value)};
}

std::string motif_word(PairTables const& tables, int motif) {
  PairMotif const& m = tables.motifs[motif];
  std::string const others =
      m.members.size() > 1 ? " +\u202f" + human_count(std::ssize(m.members) - 1) : std::string();
  return element("span", "class=\"" + motif_class(motif) + "\"", element("i", "class=\"swatch\"", "")) +
         html_text(shown_as(m)) + others;
}

Cell pair_cell(PairTables const& tables, PairOccurrence const& pair) {
  std::string text = motif_word(tables, pair.a) + "<br>" + motif_word(tables, pair.b);
  return {text, shown_as(tables.motifs[pair.a]) + " " + shown_as(tables.motifs[pair.b])};
}

Cell gap_cell(PairOccurrence const& pair) {
  if (pair.gap < 0 || std::isnan(pair.gap_q)) return {"\u2013", ""};
  return number_cell(human_count(pair.gap) + "\u202fbp" + sub("q\u00a0" + human_p(pair.gap_q)), pair.gap);
}

Cell orientation_cell(PairOccurrence const& pair) {
  if (std::isnan(pair.orientation_q)) return {"\u2013", ""};
  std::string const name = orientation_text(pair);
  return {element("code", "", html_text(name)) + sub("q\u00a0" + human_p(pair.orientation_q)), name};
}

Cell direct_cell(PairTables const& tables, PairRow const& row) {
  PairOccurrence const& pair = row.occurrence;
  bool const known = tables.called(row) && (pair.direct || pair.via >= 0);
  if (!known) return {"\u2013", ""};
  if (pair.direct) return {"yes", "yes"};
  return {"no" + sub("by way of " + html_text(shown_as(tables.motifs[pair.via]))), "no"};
}

/// "2.1 x" with its q below.
Cell times_cell(double log2_times, double q) {
  double const times = std::exp2(std::min(log2_times, 50.0));  // what can be counted
  std::string const shown = times < 9.95 ? human_number(times, 2) : human_count(std::llround(times));
  return {shown + "\u202f\u00d7" + sub("q\u00a0" + human_p(q)), format_number(log2_times)};
}

/// How much more of a pair than in the background.
Cell differential_cell(PairRow const& row) {
  if (!row.differential || std::isnan(row.differential->log_p)) return {"\u2013", ""};
  return times_cell(row.differential->log2_ratio, row.differential->q);
}

/// By how much the odds of being here are higher with both motifs than each by itself makes them.
Cell interaction_cell(PairRow const& row) {
  if (!row.interaction || std::isnan(row.interaction->test.log_p)) return {"\u2013", ""};
  return times_cell(row.interaction->test.log2_odds, row.interaction->q);
}

Cell coattention_cell(PairRow const& row) {
  if (std::isnan(row.coattention_q)) return {"\u2013", ""};
  return number_cell(human_number(row.coattention, 3) + sub("q\u00a0" + human_p(row.coattention_q)),
                     row.coattention);
}

/// Which kinds of evidence there are; columns of the others are left out.
struct Evidence {
  bool shape = false;  ///< gap, orientation, directness: asked of pairs that stand out
  bool background = false;
  bool network = false;
};

Evidence evidence_of(PairTables const& tables) {
  Evidence evidence;
  evidence.shape =
      std::ranges::any_of(tables.rows, [](PairRow const& row) { return !std::isnan(row.occurrence.gap_q); });
  evidence.background = !tables.background.empty();
  evidence.network =
      std::ranges::any_of(tables.rows, [](PairRow const& row) { return !std::isnan(row.coattention_p); });
  return evidence;
}

std::vector<Cell> row_of(PairTables const& tables, PairRow const& row, Evidence evidence) {
  PairOccurrence const& pair = row.occurrence;
  bool const one_gap = pair.window_first == pair.window_last;
  std::string const window =
      one_gap ? "gap " + human_count(pair.window_first)
              : "gaps " + human_count(pair.window_first) + "\u2013" + human_count(pair.window_last);
  std::vector<Cell> cells{pair_cell(tables, pair),
                          number_cell(human_count(pair.window_sequences) +
                                          sub(human_fixed(pair.window_expected, 1) + " by chance"),
                                      static_cast<double>(pair.window_sequences)),
                          number_cell(human_fixed(pair.z, 1) + sub(window), pair.z),
                          number_cell(human_p(pair.q), pair.q)};
  if (evidence.shape) {
    for (Cell const& cell : {gap_cell(pair), orientation_cell(pair), direct_cell(tables, row)})
      cells.push_back(cell);
  }
  if (evidence.background) {
    cells.push_back(differential_cell(row));
    cells.push_back(interaction_cell(row));
  }
  if (evidence.network) {
    cells.push_back(coattention_cell(row));
    cells.push_back(number_cell(human_number(row.knockout, 3), row.knockout));
  }
  if (tables.by_both) cells.push_back(number_cell(human_p(row.joint_q), row.joint_q));
  return cells;
}

std::vector<Column> columns(Evidence evidence, bool by_both) {
  std::vector<Column> result{
      {"Pair", "both motifs; + n: with n others too alike to be told apart", false},
      {"Sequences", "with the pair at the gaps beside, once at each, and the mean of exchanged sites", true},
      {"z",
       "signed root of the likelihood ratio, at the gaps that stand out most; only q allows for the choice",
       true},
      {"q", "of occurrence: permutations of sites among sequences, Benjamini-Hochberg", true}};
  if (evidence.shape) {
    result.push_back({"Gap", "that stands out most, given how often the pair is there", true});
    result.push_back({"Orientation", "that stands out most; a first", false});
    result.push_back({"Direct", "no: explained by a third motif", false});
  }
  if (evidence.background) {
    result.push_back(
        {"Against background",
         "count over chance, divided by the same of the background; q: is it more of a pair here, "
         "given how frequent its motifs are in either?",
         true});
    result.push_back(
        {"Together",
         "do both motifs in one sequence, wherever they stand, do more for its being here and not in the "
         "background than each by itself? times by which the odds with both are above the product of those "
         "of each; dash: not tested",
         true});
  }
  if (evidence.network) {
    result.push_back({"Co-attention",
                      "mean pair term of the closest instance (logit units), less that of other motif "
                      "labels in the same two places; q: labels permuted over the same places",
                      true});
    result.push_back({"Knock-out", "f(ab) \u2212 f(a) \u2212 f(b) + f(none)", true});
  }
  if (by_both)
    result.push_back({"q of both",
                      "of occurrence and co-attention together: the larger of the two p, Benjamini-Hochberg",
                      true});
  return result;
}

/// "500 sequences", or "sequences" when their number is not known.
std::string counted_sequences(std::int64_t count) {
  return (count > 0 ? human_count(count) + " " : std::string()) + "sequences";
}

/// What the background says, a sentence; empty without one.
std::string background_answer(PairTables const& tables) {
  if (tables.background.empty()) return "";
  auto const more =
      std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.differs(row); });
  std::string const sequences = counted_sequences(tables.background_sequences) + " of the background (" +
                                html_text(tables.background) + ")";
  if (more == 0) return " None of them is surely more of a pair here than in the " + sequences + ".";
  return " <strong>" + human_count(more) + "</strong> of them " + (more == 1 ? "is" : "are") +
         " more of a pair here than in the " + sequences + ", given how frequent the motifs are in either.";
}

/// Whether motifs act together, a sentence; empty when that was not tested.
std::string interaction_answer(PairTables const& tables) {
  auto const tested = std::ranges::count_if(tables.rows, [](PairRow const& row) {
    return row.interaction && !std::isnan(row.interaction->test.log_p);
  });
  if (tested == 0) return "";
  auto const count =
      std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.interacts(row); });
  if (count == 0)
    return " For none of " + human_plural(tested, "pair") +
           " asked do the two motifs surely act together, wherever they stand.";
  return " For <strong>" + human_count(count) + "</strong> of " + human_plural(tested, "pair") +
         " asked the two motifs act together: sequences that hold both, wherever they stand, belong here and "
         "not to the background more often than what each motif does by itself explains.";
}

/// What occurrence says and the pair network does not, a sentence; empty when they agree.
std::string unconfirmed(PairTables const& tables) {
  auto const count = std::ranges::count_if(
      tables.rows, [&](PairRow const& row) { return tables.occurs(row) && !tables.called(row); });
  if (count == 0) return "";
  return " " + human_count(count) + " more " + (count == 1 ? "stands" : "stand") +
         " out by occurrence and not by co-attention, or could not be tested by it: among such are "
         "look-alikes of stronger pairs.";
}

std::string answer(PairTables const& tables, std::int64_t called) {
  if (tables.rows.empty())
    return "<strong>No pair was tested.</strong> No two motifs are frequent enough in these " +
           counted_sequences(tables.sequences) + " that some pairs would be expected by chance.";
  std::string const confirmed = tables.by_both ? ", confirmed by co-attention" : "";
  if (called == 0)
    return "<strong>No pair is called.</strong> None of " + human_plural(std::ssize(tables.rows), "pair") +
           " tested stands side by side more often than exchanged sites do" + confirmed +
           " (q\u00a0\u2264\u00a0" + format_number(tables.call_q) + ")." + unconfirmed(tables);
  return "<strong>" + human_plural(called, "pair") + "</strong> of " + human_count(std::ssize(tables.rows)) +
         " tested " + (called == 1 ? "stands" : "stand") +
         " side by side more often than exchanged sites do" + confirmed + " (q\u00a0\u2264\u00a0" +
         format_number(tables.call_q) + ")." + unconfirmed(tables);
}

std::string figures(PairTables const& tables, std::size_t called) {
  std::string text;
  for (std::size_t i = 0; i < std::min(called, most_figures); ++i) {
    PairOccurrence const& pair = tables.rows[i].occurrence;
    std::string const title = motif_word(tables, pair.a) + " (a) and " + motif_word(tables, pair.b) + " (b)";
    if (pair.gaps.empty()) continue;  // read back from a table
    text +=
        element("figure", "", element("figcaption", "", title) + gap_figure(pair) + orientation_figure(pair));
  }
  return text.empty() ? ""
                      : element("h3", "", "Gaps and orientations") +
                            element("p", "class=\"caption\"",
                                    "Bars: sequences, orientations in the window of gaps that stands out. "
                                    "Dashed line and band: mean and two standard deviations of exchanged "
                                    "sites.") +
                            element("div", "class=\"grid-figures\"", text);
}

/// What the arcs of the examples mean.
std::string arc_caption(double largest) {
  if (!(largest > 0)) return "Arcs join the sites of called pairs. Point at an arc or a site for more.";
  auto const key = [](char const* css, std::string const& words) {
    return element("span", std::string("class=\"key ") + css + "\"", "<i></i>" + words);
  };
  return "Arcs are co-attention: what two sites add to the logit of the pair network together, read by a "
         "network that has not seen the sequence. The widest is " +
         human_number(largest, 2) + "; those under 4\u202f% of it are left out.<br>" +
         key("arc-more", "adds: above the line") + key("arc-less", "takes away: below") +
         key("arc-called", "a called pair");
}

std::string examples(PairTables const& tables) {
  double const largest = largest_pair_term(tables);
  std::string text;
  for (PairExample const& example : tables.examples)
    text += element(
        "figure", "class=\"example\"",
        element("figcaption", "",
                html_text(example.name) + element("span", "class=\"quiet\"",
                                                  " " + human_count(example.length) + "\u202fbp, " +
                                                      human_plural(std::ssize(example.sites), "site"))) +
            element("div", "class=\"scroll\"", pair_example_figure(example, tables, largest)));
  return text.empty() ? ""
                      : element("h3", "", "Sequences with called pairs") +
                            element("p", "class=\"caption\"", arc_caption(largest)) + text;
}

std::string controls(PairTables const& tables) {
  std::string rows;
  for (PairControl const& control : tables.controls)
    rows += element("tr", "",
                    element("td", "", html_text(control.control)) +
                        element("td", "", html_text(control.evidence)) +
                        element("td", "class=\"n\"", human_count(control.tested)) +
                        element("td", "class=\"n\"", human_count(control.called)));
  if (rows.empty()) return "";
  return element("h3", "", "Controls") +
         element("p", "class=\"caption\"",
                 "The same search where there is nothing to find: about none should be called. "
                 "Pairs of permuted labels: sites stand together whatever they are called.") +
         element(
             "table", "class=\"narrow\"",
             element("tr", "",
                     element("th", "", "Control") + element("th", "", "Evidence") +
                         element("th", "class=\"n\"", "Tested") + element("th", "class=\"n\"", "Called")) +
                 rows);
}

}  // namespace

std::string pair_section(PairTables const& tables) {
  auto const called = static_cast<std::size_t>(
      std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.called(row); }));
  Evidence const evidence = evidence_of(tables);
  std::vector<std::vector<Cell>> rows;
  std::size_t const surest = std::min({tables.rows.size(), most_rows, std::max<std::size_t>(called, 10)});
  for (std::size_t i = 0; i < tables.rows.size(); ++i) {
    if (i < surest || (tables.interacts(tables.rows[i]) && rows.size() < surest + most_rows))
      rows.push_back(row_of(tables, tables.rows[i], evidence));
  }
  std::string body = element("h2", "", "Pairs") +
                     element("p", "class=\"answer\"",
                             answer(tables, static_cast<std::int64_t>(called)) +
                                 (called > 0 ? background_answer(tables) : "") + interaction_answer(tables));
  if (!rows.empty()) {
    body += sortable_table("The surest " + human_count(static_cast<std::int64_t>(surest)) + " of " +
                               human_count(std::ssize(tables.rows)) + " tested" +
                               (rows.size() > surest ? ", then others that act together" : "") +
                               "; sites at most " + human_count(tables.max_gap) +
                               "\u202fbp apart. All are in <code>pairs.tsv</code>.",
                           columns(evidence, tables.by_both), rows);
  }
  if (called > 0)
    body += element("figure", "class=\"plot fixed\"",
                    element("figcaption", "", "Called pairs; dashed: explained by a third motif") +
                        network_figure(tables));
  return element("section", "id=\"pairs\"",
                 body + figures(tables, called) + examples(tables) + controls(tables)) +
         "\n";
}

void write_pair_report(PairTables const& tables, PairReport const& report, std::filesystem::path const& path,
                       IfExists if_exists) {
  std::string const header =
      element("header", "",
              element("p", "class=\"made\"", "cislens " + html_text(report.version)) +
                  element("h1", "", html_text(report.title)) +
                  element("p", "class=\"question\"", "Which motifs stand side by side in these sequences?"));
  write_text_file(report_page(report.title, report.version, header, {{"", pair_section(tables)}}), path,
                  if_exists);
}

}  // namespace cislens
