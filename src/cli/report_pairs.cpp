#include "cislens/base/text.hpp"
#include "cislens/seqio/table_input.hpp"

#include "report_files.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace cislens {

namespace {

/// The units of pairs by their first motif.
class PairUnits {
 public:
  PairUnits(std::vector<PairMotif>& motifs, std::span<std::string const> order) : motifs_(motifs) {
    for (std::string const& id : order) order_.push_back(id);
  }

  int number(std::string const& id, std::string const& name, std::string const& members) {
    auto const found = std::ranges::find(motifs_, id, &PairMotif::id);
    if (found != motifs_.end()) return static_cast<int>(found - motifs_.begin());
    PairMotif& motif = motifs_.emplace_back();
    motif.id = id;
    motif.name = name;
    for (std::string_view const member : split(members, ',')) motif.members.emplace_back(member);
    return static_cast<int>(motifs_.size()) - 1;
  }
  /// -1 for none.
  int known(std::string const& id) const {
    auto const found = std::ranges::find(motifs_, id, &PairMotif::id);
    return found == motifs_.end() ? -1 : static_cast<int>(found - motifs_.begin());
  }
  /// Where each unit belongs among the motifs of the run; those of no known order stay as they came.
  std::vector<int> places() const {
    std::vector<std::pair<std::size_t, int>> keys;
    for (int i = 0; i < static_cast<int>(motifs_.size()); ++i)
      keys.emplace_back(std::ranges::find(order_, motifs_[static_cast<std::size_t>(i)].id) - order_.begin(),
                        i);
    std::ranges::sort(keys);
    std::vector<int> places(motifs_.size());
    for (std::size_t rank = 0; rank < keys.size(); ++rank)
      places[static_cast<std::size_t>(keys[rank].second)] = static_cast<int>(rank);
    return places;
  }

 private:
  std::vector<PairMotif>& motifs_;
  std::vector<std::string> order_;
};

std::int32_t count_of(TableInput const& table, char const* column) {
  return table.text(column).empty() ? 0 : static_cast<std::int32_t>(table.integer(column));
}

/// "+-"; '.' for a strand that is not known.
void read_orientation(TableInput const& table, PairOccurrence& pair) {
  std::string text = table.text("orientation");
  pair.orientation_q = table.number("orientation_q");
  pair.orientation_log_p = std::log(table.number("orientation_p"));
  if (text.empty()) {
    pair.orientation_q = PairRow::nan;
    return;
  }
  if (text.size() != 2 || text.find_first_not_of("+-.") != std::string::npos)
    table.fail("'" + text + "' in column 'orientation' is none of ++ +- -+ --");
  pair.strand_a_known = text[0] != '.';
  pair.strand_b_known = text[1] != '.';
  pair.orientation = static_cast<PairOrientation>((text[0] == '-' ? 2 : 0) + (text[1] == '-' ? 1 : 0));
}

void read_differential(TableInput const& table, PairRow& row) {
  if (table.text("background_sequences").empty()) return;
  PairDifferential& d = row.differential.emplace();
  d.background_sequences = table.integer("background_sequences");
  d.background_expected = table.number("background_expected");
  d.window_first = count_of(table, "differential_first");
  d.window_last = count_of(table, "differential_last");
  d.in_foreground = count_of(table, "differential_sequences");
  d.in_background = count_of(table, "differential_background");
  d.foreground_chance = table.number("differential_expected");
  d.background_chance = table.number("differential_background_expected");
  d.log2_ratio = table.number("differential_log2");
  d.log_p = std::log(table.number("differential_p"));
  d.q = table.number("differential_q");
}

/// "both,a,b,neither"
std::array<std::int64_t, 4> read_presence(TableInput const& table, char const* column) {
  std::array<std::int64_t, 4> counts{};
  std::string const text = table.text(column);
  auto const fields = split(text, ',');
  bool whole = fields.size() == counts.size();
  for (std::size_t i = 0; whole && i < counts.size(); ++i) {
    long count = 0;
    whole = parse_number(fields[i], count);
    counts[i] = count;
  }
  if (!whole) table.fail(std::string("column '") + column + "' does not hold four counts: both,a,b,neither");
  return counts;
}

void read_interaction(TableInput const& table, PairRow& row) {
  if (table.text("interaction_foreground").empty()) return;
  PairInteraction& i = row.interaction.emplace();
  i.counts.foreground = read_presence(table, "interaction_foreground");
  i.counts.background = read_presence(table, "interaction_background");
  i.site_p_a = table.number("interaction_site_p_a");
  i.site_p_b = table.number("interaction_site_p_b");
  i.test.expected = table.number("interaction_expected");
  i.test.z = table.number("interaction_z");
  i.test.log2_odds = table.number("interaction_log2_odds");
  i.test.log_p = std::log(table.number("interaction_p"));
  i.q = table.number("interaction_q");
}

PairRow read_row(TableInput const& table, PairUnits& units) {
  PairRow row;
  PairOccurrence& pair = row.occurrence;
  pair.a = units.number(table.text("motif_a"), table.text("match_a"), table.text("members_a"));
  pair.b = units.number(table.text("motif_b"), table.text("match_b"), table.text("members_b"));
  pair.sequences = table.integer("sequences");
  pair.expected = table.number("expected");
  if (table.has("window_sequences")) {
    pair.window_sequences = table.integer("window_sequences");
    pair.window_expected = table.number("window_expected");
  }
  row.coattention = table.number("coattention");
  row.coattention_p = table.number("coattention_p");
  row.coattention_q = table.number("coattention_q");
  pair.z = table.number("occurrence_z");
  pair.log_p = -table.number("minus_log10_p") * std::numbers::ln10;
  pair.q = table.number("occurrence_q");
  pair.window_first = static_cast<int>(table.integer("window_first"));
  pair.window_last = static_cast<int>(table.integer("window_last"));
  pair.gap = table.text("gap").empty() ? -1 : static_cast<int>(table.integer("gap"));
  pair.gap_q = table.number("gap_q");
  read_orientation(table, pair);
  row.knockout = table.number("knockout");
  row.knockout_q = table.number("knockout_q");
  pair.direct = table.text("direct") == "yes";
  pair.direct_p = table.number("direct_p");
  constexpr std::array columns{"sequences_pp", "sequences_pm", "sequences_mp", "sequences_mm"};
  constexpr std::array expected{"expected_pp", "expected_pm", "expected_mp", "expected_mm"};
  for (std::size_t o = 0; o < columns.size(); ++o) {
    pair.orientations[o] = count_of(table, columns[o]);
    double const mean = table.number(expected[o]);
    pair.expected_orientations[o] = std::isnan(mean) ? 0 : mean;
  }
  read_differential(table, row);
  read_interaction(table, row);
  if (table.has("joint_q")) {  // not in tables of earlier versions
    row.joint_p = table.number("joint_p");
    row.joint_q = table.number("joint_q");
  }
  return row;
}

}  // namespace

namespace {

/// pairs.gaps.tsv, where it is there: counts gap by gap of called pairs.
void read_gaps(std::filesystem::path const& path, PairTables& tables) {
  if (!is_there(path)) return;
  TableInput table(path.string(), report_remedy);
  while (table.next()) {
    std::string const a = table.text("motif_a");
    std::string const b = table.text("motif_b");
    auto const row = std::ranges::find_if(tables.rows, [&](PairRow const& other) {
      return tables.motifs[other.occurrence.a].id == a && tables.motifs[other.occurrence.b].id == b;
    });
    if (row == tables.rows.end()) table.fail("the pair " + a + ", " + b + " is not in pairs.tsv");
    PairOccurrence& pair = row->occurrence;
    if (table.integer("gap") != std::ssize(pair.gaps)) table.fail("gaps are not 0, 1, 2, ...");
    pair.gaps.push_back(static_cast<std::int32_t>(table.integer("sequences")));
    pair.expected_gaps.push_back(table.number("expected"));
    pair.gap_deviation.push_back(table.number("deviation"));
  }
}

void read_controls(std::filesystem::path const& path, PairTables& tables) {
  if (!is_there(path)) return;
  TableInput table(path.string(), report_remedy);
  while (table.next())
    tables.controls.push_back(
        {table.text("control"), table.text("evidence"), table.integer("tested"), table.integer("called")});
}

}  // namespace

std::optional<PairTables> read_pairs(std::filesystem::path const& folder,
                                     std::span<std::string const> motif_ids) {
  std::filesystem::path const path = folder / "pairs.tsv";
  if (!is_there(path)) return std::nullopt;
  PairTables tables;
  PairUnits units(tables.motifs, motif_ids);
  std::vector<std::string> vias;
  TableInput table(path.string(), report_remedy);
  while (table.next()) {
    tables.rows.push_back(read_row(table, units));
    vias.push_back(table.text("via"));
  }
  tables.by_both =
      std::ranges::any_of(tables.rows, [](PairRow const& row) { return !std::isnan(row.joint_q); });
  for (std::size_t i = 0; i < vias.size(); ++i) tables.rows[i].occurrence.via = units.known(vias[i]);
  std::vector<int> const places = units.places();
  std::vector<PairMotif> ordered(tables.motifs.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    ordered[static_cast<std::size_t>(places[i])] = std::move(tables.motifs[i]);
  tables.motifs = std::move(ordered);
  for (PairRow& row : tables.rows) {
    PairOccurrence& pair = row.occurrence;
    for (int* motif : {&pair.a, &pair.b, &pair.via}) {
      if (*motif >= 0) *motif = places[static_cast<std::size_t>(*motif)];
    }
  }
  read_gaps(folder / "pairs.gaps.tsv", tables);
  read_controls(folder / "pairs.controls.tsv", tables);
  return tables;
}

}  // namespace cislens
