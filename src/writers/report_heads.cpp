#include "cislens/base/text.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "report_sections.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

Cell number_cell(std::string const& shown, double value) {
  return {shown, std::isnan(value) ? "" : format_number(value)};
}

Cell share_cell(double value) { return number_cell(human_fixed(value, 2) + bar(value, ""), value); }

std::string sub(std::string const& text) { return element("span", "class=\"sub\"", text); }

/// What all rows of the table share.
struct Frame {
  double highest_share = 0;    // of any bin of any head
  double least = 0, most = 0;  // importance and its intervals
};

Frame frame_of(HeadTables const& tables) {
  Frame frame;
  for (HeadDistance const& bin : tables.distances)
    frame.highest_share = std::max({frame.highest_share, bin.share, bin.even});
  for (HeadRow const& row : tables.rows) {
    for (double const value : {row.importance, row.importance_low, row.importance_high}) {
      if (!std::isfinite(value)) continue;
      frame.least = std::min(frame.least, value);
      frame.most = std::max(frame.most, value);
    }
  }
  return frame;
}

Cell distance_cell(HeadTables const& tables, HeadRow const& row, Frame const& frame) {
  std::vector<HeadDistance> bins;
  for (HeadDistance const& bin : tables.distances) {
    if (bin.layer == row.layer && bin.head == row.head) bins.push_back(bin);
  }
  std::string const mean =
      "mean " + human_fixed(row.distance, 0) + ", even " + human_fixed(row.distance_even, 0) + "\u202fbp";
  return number_cell(distance_figure(bins, frame.highest_share) + sub(mean), row.distance);
}

Cell similarity_cell(HeadRow const& row) {
  std::string text = human_fixed(row.cka_max, 2);
  if (!row.cka_with.empty()) text += sub("with " + html_text(row.cka_with));
  return number_cell(text, row.cka_max);
}

Cell importance_cell(HeadRow const& row, Frame const& frame) {
  std::string text =
      interval_figure(row.importance, row.importance_low, row.importance_high, frame.least, frame.most) +
      human_number(row.importance, 2);
  if (std::isfinite(row.importance_p)) text += sub("p\u00a0" + human_p(row.importance_p));
  return number_cell(text, row.importance);
}

Cell motif_cell(HeadRow const& row) {
  if (row.motif.empty()) return {"\u2013", ""};
  std::string text = html_text(row.motif);
  if (std::isfinite(row.motif_enrichment))
    text += sub(human_number(row.motif_enrichment, 2) + "\u202f× elsewhere");
  return {text, row.motif};
}

std::vector<Cell> head_cells(HeadTables const& tables, HeadRow const& row, Frame const& frame) {
  double const key = row.layer * 1e4 + row.head;
  return {{element("strong", "", head_name(row)), format_number(key)},
          share_cell(row.entropy),
          distance_cell(tables, row, frame),
          share_cell(row.local),
          share_cell(row.sink),
          share_cell(row.noop),
          similarity_cell(row),
          importance_cell(row, frame),
          motif_cell(row)};
}

std::vector<Column> head_columns(std::string const& importance_of) {
  return {
      {"Head", "layer and head, both from 0", true},
      {"Entropy", "mean row entropy over ln(tokens): 0 looks at one place, 1 everywhere", true},
      {"Distance", "share of the attention by distance; dashed: attention without a preference", true},
      {"Local", "share of the attention within 7 tokens", true},
      {"Sink", "share of attention on places that receive over five times the mean", true},
      {"No-op", "share of attention on the null key: the head looks at nothing", true},
      {"CKA", "largest similarity of its output to that of another head: near 1, the two say the same", true},
      {importance_of == "logit" ? "Importance, |\u0394 logit|" : "Importance, \u0394 loss",
       "what leaving the head out does, mean over records with its 95 % interval", true},
      {"Motif", "the motif at whose sites it looks most, against elsewhere in the same sequences", false}};
}

std::string caption_of(HeadTables const& tables) {
  std::string text =
      "How the heads look at positives of the test part (mean of both strands). Entropy 0: one place, 1: "
      "everywhere. Distance: bars are the share of the attention by distance in bp, dashed is attention "
      "without a preference. Sink: single favoured places; no-op: nothing. CKA: similarity to the head "
      "that is most alike. Importance: what leaving the head out does, with the 95\u202f% interval of the "
      "mean over records: if it holds 0, no effect of the head has been shown. p: sign test, whether most "
      "records change in the same direction, by however little.";
  if (!tables.counted.empty()) text += " Counted on " + html_text(tables.counted) + ".";
  if (std::isfinite(tables.diversity))
    text += " Diversity (1 \u2212 mean CKA): " + human_fixed(tables.diversity, 2) + ".";
  return text;
}

}  // namespace

std::string head_section(ReportInput const& input) {
  HeadTables const& tables = input.heads;
  if (tables.rows.empty()) return "";
  Frame const frame = frame_of(tables);
  std::vector<std::vector<Cell>> rows;
  for (HeadRow const& row : tables.rows) rows.push_back(head_cells(tables, row, frame));
  std::string const figures = similarity_figure(tables) + head_motif_figure(tables);
  return element(
             "section", "id=\"heads\"",
             element("h2", "", "Attention heads") +
                 sortable_table(caption_of(tables), head_columns(tables.rows.front().importance_of), rows) +
                 (figures.empty() ? "" : element("div", "class=\"plots heads\"", figures))) +
         "\n";
}

}  // namespace cislens
