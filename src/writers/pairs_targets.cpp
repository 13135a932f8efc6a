#include "cislens/writers/pairs_targets.hpp"

#include "cislens/base/text.hpp"
#include "cislens/writers/names.hpp"

#include "html.hpp"
#include "pair_fields.hpp"
#include "report_page.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace cislens {

namespace {

using Motifs = std::array<int, 2>;

Motifs motifs_of(PairRow const& row) { return {row.occurrence.a, row.occurrence.b}; }

bool stands_out(PairTables const& tables, PairRow const& row) {
  return tables.called(row) || tables.interacts(row);
}

/// The pairs that are called in any target, or act together, each with its highest z.
std::map<Motifs, double> known_anywhere(std::span<PairTargetResult const> results) {
  std::map<Motifs, double> highest;
  for (PairTargetResult const& result : results) {
    for (PairRow const& row : result.tables.rows) {
      if (stands_out(result.tables, row)) highest.try_emplace(motifs_of(row), row.occurrence.z);
    }
  }
  for (PairTargetResult const& result : results) {
    for (PairRow const& row : result.tables.rows) {
      auto const found = highest.find(motifs_of(row));
      if (found != highest.end()) found->second = std::max(found->second, row.occurrence.z);
    }
  }
  return highest;
}

std::string line_of(PairTargetResult const& result, PairRow const& row) {
  PairOccurrence const& pair = row.occurrence;
  PairMotif const& a = result.tables.motifs[pair.a];
  PairMotif const& b = result.tables.motifs[pair.b];
  PairDifferential const differential = row.differential.value_or(PairDifferential{});
  PairInteraction const interaction = row.interaction.value_or(PairInteraction{});
  std::string text;
  for (std::string const& field :
       {table_field(result.target), table_field(result.folder), a.id, b.id, table_field(a.name),
        table_field(b.name), std::string(result.tables.called(row) ? "yes" : "no"),
        std::to_string(pair.sequences), format_number(pair.expected), format_number(pair.z),
        format_number(pair.q), gap_field(pair), orientation_field(pair), direct_field(result.tables, row),
        format_number(differential.log2_ratio), format_number(differential.q),
        format_number(interaction.test.log2_odds), format_number(interaction.q), format_number(row.joint_q)})
    text += (text.empty() ? "" : "\t") + field;
  return text + "\n";
}

Cell cell_of(PairTargetResult const& result, Motifs motifs) {
  auto const row = std::ranges::find_if(result.tables.rows,
                                        [&](PairRow const& other) { return motifs_of(other) == motifs; });
  if (row == result.tables.rows.end()) return {"\u2013", ""};
  bool const called = result.tables.called(*row);
  std::string text = human_fixed(row->occurrence.z, 1);
  if (called) text = element("strong", "", text);
  if (result.tables.differs(*row)) text += " \u25b2";
  if (result.tables.interacts(*row)) text += " \u25c6";
  return {text + element("span", "class=\"sub tight\"", "q\u00a0" + human_p(row->occurrence.q)),
          format_number(row->occurrence.z)};
}

std::string target_table(std::span<PairTargetResult const> results) {
  std::vector<Column> columns{{"Pair", "", false}};
  for (PairTargetResult const& result : results)
    columns.push_back({html_text(result.target), "z of the pair among its sequences", true});
  std::vector<std::pair<double, Motifs>> order;
  for (auto const& [motifs, z] : known_anywhere(results)) order.emplace_back(-z, motifs);
  std::ranges::sort(order);
  std::vector<std::vector<Cell>> rows;
  for (auto const& [z, motifs] : order) {
    auto const& known = results.front().tables.motifs;
    std::string const name = shown_as(known[motifs[0]]) + " \u2013 " + shown_as(known[motifs[1]]);
    rows.push_back({{html_text(name), name}});
    for (PairTargetResult const& result : results) rows.back().push_back(cell_of(result, motifs));
  }
  return sortable_table(
      "Pairs that are called in any target, or act together: z among the sequences of each. "
      "Bold: called there (with the pair network by co-attention too, which q does not show). "
      "\u25b2: more of a pair there than among the negatives, given how frequent its motifs are in either. "
      "\u25c6: the two motifs act together: sequences with both, wherever they stand, are positive more "
      "often than what each does by itself explains. "
      "Dash: too rare to be tested. The numbers are in <code>pairs.targets.tsv</code>.",
      columns, rows);
}

std::string links(std::span<PairTargetResult const> results) {
  std::vector<std::vector<Cell>> rows;
  for (PairTargetResult const& result : results) {
    auto const called = std::ranges::count_if(result.tables.rows,
                                              [&](PairRow const& row) { return result.tables.called(row); });
    auto const more = std::ranges::count_if(result.tables.rows,
                                            [&](PairRow const& row) { return result.tables.differs(row); });
    auto const together = std::ranges::count_if(
        result.tables.rows, [&](PairRow const& row) { return result.tables.interacts(row); });
    auto const count = [](std::int64_t n) { return Cell{human_count(n), std::to_string(n)}; };
    rows.push_back(
        {{element("a", "href=\"" + html_text(result.folder) + "/pairs.html\"", html_text(result.target)),
          result.target},
         count(result.tables.sequences),
         count(result.tables.background_sequences),
         count(std::ssize(result.tables.rows)),
         count(called),
         count(more),
         count(together)});
  }
  return sortable_table(
      "Each target has its own page and tables.",
      {{"Target", "", false},
       {"Positive", "sequences that are looked at", true},
       {"Negative", "sequences that pairs are compared with", true},
       {"Tested", "pairs", true},
       {"Called", "of these", true},
       {"More", "of these: more of a pair than among the negatives", true},
       {"Together", "of the tested: both motifs in a sequence do more than each by itself", true}},
      rows);
}

}  // namespace

std::string format_pair_targets_tsv(std::span<PairTargetResult const> results, bool same_motifs) {
  std::string text =
      "target\tfolder\tmotif_a\tmotif_b\tmatch_a\tmatch_b\tcalled\tsequences\texpected\toccurrence_z\t"
      "occurrence_q\tgap\torientation\tdirect\tdifferential_log2\tdifferential_q\t"
      "interaction_log2_odds\tinteraction_q\tjoint_q\n";
  std::map<Motifs, double> shown;
  if (same_motifs) shown = known_anywhere(results);
  for (PairTargetResult const& result : results) {
    for (PairRow const& row : result.tables.rows) {
      if (stands_out(result.tables, row) || shown.contains(motifs_of(row))) text += line_of(result, row);
    }
  }
  return text;
}

void write_pair_targets_tsv(std::span<PairTargetResult const> results, std::filesystem::path const& path,
                            IfExists if_exists) {
  write_text_file(format_pair_targets_tsv(results, false), path, if_exists);
}

void write_pair_targets(std::span<PairTargetResult const> results, PairReport const& report,
                        std::filesystem::path const& folder, IfExists if_exists) {
  write_text_file(format_pair_targets_tsv(results, true), folder / "pairs.targets.tsv", if_exists);
  std::string const header =
      element("header", "",
              element("p", "class=\"made\"", "cislens " + html_text(report.version)) +
                  element("h1", "", html_text(report.title)) +
                  element("p", "class=\"question\"",
                          "Which motifs stand side by side in the sequences of each target?"));
  std::string const targets =
      element("section", "id=\"targets\"", element("h2", "", "Targets") + links(results)) + "\n";
  std::string pairs;
  if (!known_anywhere(results).empty())
    pairs = element("section", "id=\"pairs\"", element("h2", "", "Pairs by target") + target_table(results)) +
            "\n";
  write_text_file(
      report_page(report.title, report.version, header, {{"Targets", targets}, {"Pairs by target", pairs}}),
      folder / "pairs.html", if_exists);
}

}  // namespace cislens
