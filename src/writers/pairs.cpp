#include "cislens/writers/pairs.hpp"

#include "cislens/base/text.hpp"
#include "cislens/motif/statistics.hpp"
#include "cislens/writers/bed.hpp"
#include "cislens/writers/names.hpp"
#include "cislens/writers/tables.hpp"

#include "pair_fields.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

namespace cislens {

namespace {

/// In the order of `format_row`.
constexpr std::string_view pair_columns[] = {"motif_a",
                                             "motif_b",
                                             "match_a",
                                             "match_b",
                                             "sequences",
                                             "coattention",
                                             "coattention_p",
                                             "coattention_q",
                                             "occurrence_z",
                                             "occurrence_p",
                                             "occurrence_q",
                                             "gap",
                                             "gap_q",
                                             "orientation",
                                             "orientation_q",
                                             "knockout",
                                             "knockout_q",
                                             "direct",
                                             "heads",
                                             "expected",
                                             "window_first",
                                             "window_last",
                                             "minus_log10_p",
                                             "gap_p",
                                             "orientation_p",
                                             "direct_p",
                                             "via",
                                             "members_a",
                                             "members_b",
                                             "sequences_pp",
                                             "sequences_pm",
                                             "sequences_mp",
                                             "sequences_mm",
                                             "own_sequences",
                                             "own_expected",
                                             "own_p",
                                             "like_a",
                                             "like_b",
                                             "background_sequences",
                                             "background_expected",
                                             "differential_first",
                                             "differential_last",
                                             "differential_sequences",
                                             "differential_expected",
                                             "differential_background",
                                             "differential_background_expected",
                                             "differential_log2",
                                             "differential_p",
                                             "differential_q",
                                             "expected_pp",
                                             "expected_pm",
                                             "expected_mp",
                                             "expected_mm",
                                             "interaction_foreground",
                                             "interaction_background",
                                             "interaction_site_p_a",
                                             "interaction_site_p_b",
                                             "interaction_expected",
                                             "interaction_z",
                                             "interaction_log2_odds",
                                             "interaction_p",
                                             "interaction_q",
                                             "joint_p",
                                             "joint_q",
                                             "called",
                                             "window_sequences",
                                             "window_expected"};

template <typename Fields>
std::string join(Fields const& fields, char separator) {
  std::string text;
  for (auto const& field : fields) {
    if (!text.empty()) text += separator;
    text += field;
  }
  return text;
}

std::string numbers(std::vector<double> const& values) {
  std::string text;
  for (double const value : values) text += format_number(value) + "\t";
  return text;
}

std::string heads_of(PairRow const& row) {
  std::vector<std::string> heads;
  for (int const head : leading_heads(row.head_share)) heads.push_back(std::to_string(head));
  return heads.empty() ? "." : join(heads, ',');
}

/// What the background says; all unknown without one.
std::string differential_fields(PairRow const& row) {
  if (!row.differential) return ".\tnan\t.\t.\t.\tnan\t.\tnan\tnan\tnan\tnan";
  PairDifferential const& d = *row.differential;
  std::vector<std::string> const fields = {std::to_string(d.background_sequences),
                                           format_number(d.background_expected),
                                           std::to_string(d.window_first),
                                           std::to_string(d.window_last),
                                           std::to_string(d.in_foreground),
                                           format_number(d.foreground_chance),
                                           std::to_string(d.in_background),
                                           format_number(d.background_chance),
                                           format_number(d.log2_ratio),
                                           format_number(std::exp(d.log_p)),
                                           format_number(d.q)};
  return join(fields, '\t');
}

/// "both,a,b,neither"
std::string presence_field(std::array<std::int64_t, 4> const& counts) {
  std::string text;
  for (std::int64_t const count : counts) text += (text.empty() ? "" : ",") + std::to_string(count);
  return text;
}

/// What the label says about the two motifs; unknown without a background, and of a motif with itself.
std::string interaction_fields(PairRow const& row) {
  if (!row.interaction || row.occurrence.a == row.occurrence.b)
    return ".\t.\tnan\tnan\tnan\tnan\tnan\tnan\tnan";
  PairInteraction const& i = *row.interaction;
  std::vector<std::string> const fields = {
      presence_field(i.counts.foreground), presence_field(i.counts.background),   format_number(i.site_p_a),
      format_number(i.site_p_b),           format_number(i.test.expected),        format_number(i.test.z),
      format_number(i.test.log2_odds),     format_number(std::exp(i.test.log_p)), format_number(i.q)};
  return join(fields, '\t');
}

/// Known where orientations were counted.
std::string expected_orientations(PairOccurrence const& pair) {
  double const sum =
      std::accumulate(pair.expected_orientations.begin(), pair.expected_orientations.end(), 0.0);
  std::string text;
  for (double const mean : pair.expected_orientations)
    text += "\t" + format_number(sum > 0 ? mean : PairRow::nan);
  return text;
}

std::string format_row(PairTables const& tables, PairRow const& row) {
  PairOccurrence const& pair = row.occurrence;
  PairMotif const& a = tables.motifs[pair.a];
  PairMotif const& b = tables.motifs[pair.b];
  double const not_tested = PairRow::nan;
  double const gap_p = std::isnan(pair.gap_q) ? not_tested : std::exp(pair.gap_log_p);
  double const orientation_p = std::isnan(pair.orientation_q) ? not_tested : std::exp(pair.orientation_log_p);
  std::string text = a.id + "\t" + b.id + "\t" + table_field(a.name) + "\t" + table_field(b.name) + "\t" +
                     std::to_string(pair.sequences) + "\t" +
                     numbers({row.coattention, row.coattention_p, row.coattention_q, pair.z,
                              std::exp(pair.call_log_p()), pair.q}) +
                     gap_field(pair) + "\t" + numbers({pair.gap_q}) + orientation_field(pair) + "\t" +
                     numbers({pair.orientation_q, row.knockout, row.knockout_q}) + direct_field(tables, row) +
                     "\t" + heads_of(row) + "\t" + numbers({pair.expected}) +
                     std::to_string(pair.window_first) + "\t" + std::to_string(pair.window_last) + "\t" +
                     numbers({minus_log10(pair.call_log_p()), gap_p, orientation_p, pair.direct_p}) +
                     (pair.via < 0 ? "." : tables.motifs[pair.via].id) + "\t" + join(a.members, ',') + "\t" +
                     join(b.members, ',');
  for (std::int32_t const count : pair.orientations) text += "\t" + std::to_string(count);
  auto const id = [&](int motif) { return motif < 0 ? "." : tables.motifs[motif].id; };
  bool const asked = pair.like_a >= 0;
  return text + "\t" + (asked ? std::to_string(pair.own) : ".") + "\t" +
         numbers({asked ? pair.own_expected : not_tested, asked ? std::exp(pair.own_log_p) : not_tested}) +
         id(pair.like_a) + "\t" + id(pair.like_b) + "\t" + differential_fields(row) +
         expected_orientations(pair) + "\t" + interaction_fields(row) + "\t" +
         numbers({row.joint_p, row.joint_q}) + (tables.called(row) ? "yes" : "no") + "\t" +
         std::to_string(pair.window_sequences) + "\t" + format_number(pair.window_expected) + "\n";
}

/// Lines by contig and place, byte by byte as `LC_ALL=C sort -k1,1 -k2,2n` has them.
struct Line {
  std::string contig;
  std::int64_t start;
  std::string rest;

  bool operator<(Line const& other) const {
    return std::tie(contig, start, rest) < std::tie(other.contig, other.start, other.rest);
  }
};

std::string join_sorted(std::vector<Line> lines) {
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (Line const& line : lines)
    text += line.contig + "\t" + std::to_string(line.start) + "\t" + line.rest + "\n";
  return text;
}

std::string place(Interval const& interval) {
  return word_field(interval.contig) + "\t" + std::to_string(interval.start) + "\t" +
         std::to_string(interval.end);
}

/// Colours of the four orientations, told apart also by people who see no red or green.
constexpr char const* orientation_colours[] = {"#1F5F8F", "#C8702A", "#3B8D8A", "#7A4E8C"};

}  // namespace

std::string gap_field(PairOccurrence const& pair) {
  return pair.gap < 0 || std::isnan(pair.gap_q) ? "." : std::to_string(pair.gap);
}

std::string orientation_field(PairOccurrence const& pair) {
  return std::isnan(pair.orientation_q) ? "." : orientation_text(pair);
}

std::string direct_field(PairTables const& tables, PairRow const& row) {
  if (!tables.called(row)) return ".";
  return row.occurrence.direct ? "yes" : "no";
}

std::string const& shown_as(PairMotif const& motif) { return motif.name.empty() ? motif.id : motif.name; }

std::string format_pairs_tsv(PairTables const& tables) {
  std::string text = join(pair_columns, '\t') + "\n";
  for (PairRow const& row : tables.rows) text += format_row(tables, row);
  return text;
}

std::string format_pairs_bedpe(PairTables const& tables) {
  std::vector<Line> lines;
  for (PairInstance const& instance : tables.instances) {
    PairRow const& row = tables.rows[instance.row];
    PairOccurrence const& pair = row.occurrence;
    double const q = tables.q_of(row);
    std::string const& a = tables.motifs[pair.a].id;
    std::string const& b = tables.motifs[pair.b].id;
    bool const a_first = instance.a.start <= instance.b.start;
    Interval const& left = a_first ? instance.a : instance.b;
    Interval const& right = a_first ? instance.b : instance.a;
    lines.push_back({word_field(left.contig), left.start,
                     std::to_string(left.end) + "\t" + place(right) + "\t" + a + "--" + b + "\t" +
                         std::to_string(bed_score(q)) + "\t" + left.strand + "\t" + right.strand + "\t" +
                         (a_first ? a : b) + "\t" + (a_first ? b : a) + "\t" + std::to_string(instance.gap) +
                         "\t" + name_of(instance.orientation) + "\t" + format_significant(q, 4)});
  }
  return join_sorted(std::move(lines));
}

std::string format_pairs_interact(PairTables const& tables) {
  std::vector<Line> lines;
  for (PairInstance const& instance : tables.instances) {
    PairRow const& row = tables.rows[instance.row];
    PairOccurrence const& pair = row.occurrence;
    double const q = tables.q_of(row);
    std::string const& a = tables.motifs[pair.a].id;
    std::string const& b = tables.motifs[pair.b].id;
    double const value = std::min(350.0, minus_log10(std::log(std::max(q, 1e-300))));
    lines.push_back({word_field(instance.a.contig), std::min(instance.a.start, instance.b.start),
                     std::to_string(std::max(instance.a.end, instance.b.end)) + "\t" + a + "--" + b + "\t" +
                         std::to_string(bed_score(q)) + "\t" + format_fixed(value, 3) + "\t.\t" +
                         orientation_colours[static_cast<int>(instance.orientation)] + "\t" +
                         place(instance.a) + "\t" + a + "\t" + instance.a.strand + "\t" + place(instance.b) +
                         "\t" + b + "\t" + instance.b.strand});
  }
  return join_sorted(std::move(lines));
}

std::string format_pair_gaps(PairTables const& tables) {
  std::string text = "motif_a\tmotif_b\tgap\tsequences\texpected\tdeviation\n";
  for (PairRow const& row : tables.rows) {
    PairOccurrence const& pair = row.occurrence;
    if (!tables.called(row)) continue;
    for (std::size_t gap = 0; gap < pair.gaps.size(); ++gap)
      text += tables.motifs[pair.a].id + "\t" + tables.motifs[pair.b].id + "\t" + std::to_string(gap) + "\t" +
              std::to_string(pair.gaps[gap]) + "\t" + format_number(pair.expected_gaps[gap]) + "\t" +
              format_number(pair.gap_deviation[gap]) + "\n";
  }
  return text;
}

std::string format_pair_controls(std::span<PairControl const> controls) {
  std::string text = "control\tevidence\ttested\tcalled\n";
  for (PairControl const& control : controls)
    text += control.control + "\t" + control.evidence + "\t" + std::to_string(control.tested) + "\t" +
            std::to_string(control.called) + "\n";
  return text;
}

std::vector<std::filesystem::path> pair_table_paths(std::filesystem::path const& folder) {
  return {folder / "pairs.tsv",         folder / "pairs.bedpe",     folder / "pairs.interact.bed",
          folder / "pairs.graphml",     folder / "pairs.edges.tsv", folder / "pairs.gaps.tsv",
          folder / "pairs.controls.tsv"};
}

void write_pair_tables(PairTables const& tables, std::filesystem::path const& folder, IfExists if_exists) {
  for (PairMotif const& motif : tables.motifs) {
    for (std::string const& id : motif.members) check_motif_id(id);
  }
  auto const paths = pair_table_paths(folder);
  write_text_file(format_pairs_tsv(tables), paths[0], if_exists);
  write_text_file(format_pairs_bedpe(tables), paths[1], if_exists);
  write_text_file(format_pairs_interact(tables), paths[2], if_exists);
  write_text_file(format_pairs_graphml(tables), paths[3], if_exists);
  write_text_file(format_pairs_edges(tables), paths[4], if_exists);
  write_text_file(format_pair_gaps(tables), paths[5], if_exists);
  if (!tables.controls.empty()) write_text_file(format_pair_controls(tables.controls), paths[6], if_exists);
}

}  // namespace cislens
