#include "pairs_figures.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace cislens {

namespace {

/// The null of every gap, from the highest of its band back to the lowest.
std::string null_band(PairOccurrence const& pair, Scale const& x, Scale const& y) {
  std::string upper, lower, mean;
  for (std::size_t g = 0; g < pair.gaps.size(); ++g) {
    double const at = pair.expected_gaps[g];
    double const spread = 2 * pair.gap_deviation[g];
    double const from = x(static_cast<double>(g));
    double const to = x(static_cast<double>(g) + 1);
    upper +=
        (g == 0 ? "M" + coordinate(from) + " " : "V") + coordinate(y(at + spread)) + "H" + coordinate(to);
    mean += (g == 0 ? "M" + coordinate(from) + " " : "V") + coordinate(y(at)) + "H" + coordinate(to);
    lower = "V" + coordinate(y(std::max(0.0, at - spread))) + "H" + coordinate(from) + lower;
  }
  return "<path class=\"null-band\" d=\"" + upper + lower + "Z\"/><path class=\"expected\" d=\"" + mean +
         "\"/>";
}

std::string gap_axes(PairOccurrence const& pair, Scale const& x, Scale const& y, double most) {
  double const floor_px = y(0);
  auto const extent = static_cast<double>(pair.gaps.size());
  std::string text = "<path class=\"axis\" d=\"M" + coordinate(x(0)) + " " + coordinate(floor_px) + "H" +
                     coordinate(x(extent)) + "\"/>";
  for (double const tick : round_ticks(0, extent - 1, 6))
    text += anchored_text(x(tick + 0.5), floor_px + 15, "middle", human_count(std::llround(tick)));
  for (double const tick : round_ticks(0, most, 3))
    text += anchored_text(x(0) - 6, y(tick) + 4, "end", human_count(std::llround(tick)));
  return text + anchored_text((x(0) + x(extent)) / 2, floor_px + 30, "middle", "gap between the sites, bp");
}

}  // namespace

std::string gap_figure(PairOccurrence const& pair) {
  constexpr double width = 340, height = 150, left = 40, right = 334, top = 8, floor_px = 112;
  double most = 3;
  for (std::size_t g = 0; g < pair.gaps.size(); ++g)
    most = std::max(
        {most, static_cast<double>(pair.gaps[g]), pair.expected_gaps[g] + 2 * pair.gap_deviation[g]});
  Scale const x{0, static_cast<double>(pair.gaps.size()), left, right};
  Scale const y{0, most, floor_px, top};
  std::string bars;
  for (std::size_t g = 0; g < pair.gaps.size(); ++g) {
    if (pair.gaps[g] == 0) continue;
    double const at = y(pair.gaps[g]);
    bars += element("rect",
                    "x=\"" + coordinate(x(static_cast<double>(g)) + 0.5) + "\" y=\"" + coordinate(at) +
                        "\" width=\"" + coordinate((right - left) / x.high - 1) + "\" height=\"" +
                        coordinate(floor_px - at) + "\"",
                    element("title", "",
                            std::to_string(g) + "\u202fbp: " + human_plural(pair.gaps[g], "sequence") + ", " +
                                human_fixed(pair.expected_gaps[g], 1) + " by chance"));
  }
  return titled_svg(
      "gaps " + motif_class(0), width, height, "Sequences by gap; dashed and shaded: by chance",
      element("g", "class=\"bars\"", bars) + null_band(pair, x, y) + gap_axes(pair, x, y, most));
}

std::string orientation_figure(PairOccurrence const& pair) {
  constexpr double width = 340, row_px = 20, left = 64, right = 290;
  constexpr std::array words = {"a\u2192 b\u2192", "a\u2192 \u2190b", "\u2190a b\u2192", "\u2190a \u2190b"};
  double most = 1;
  for (std::size_t o = 0; o < pair_orientations; ++o)
    most = std::max({most, static_cast<double>(pair.orientations[o]), pair.expected_orientations[o]});
  double const counted = std::accumulate(pair.orientations.begin(), pair.orientations.end(), 0.0);
  double const expected =
      std::accumulate(pair.expected_orientations.begin(), pair.expected_orientations.end(), 0.0);
  Scale const x{0, most, left, right};
  std::string body;
  std::size_t const rows = pair.a == pair.b ? pair_orientations - 1 : pair_orientations;
  for (std::size_t o = 0; o < rows; ++o) {
    double const y = 2 + row_px * static_cast<double>(o);
    auto const n = static_cast<double>(pair.orientations[o]);
    double const share = expected > 0 ? counted * pair.expected_orientations[o] / expected : 0;
    body += anchored_text(left - 8, y + 13, "end", words[o]);
    body += "<rect class=\"bars\" x=\"" + coordinate(left) + "\" y=\"" + coordinate(y + 3) + "\" width=\"" +
            coordinate(x(n) - left) + "\" height=\"12\"/>";
    body += "<path class=\"whisker\" d=\"M" + coordinate(std::min(x(share), right + 40)) + " " +
            coordinate(y + 1) + "v16\"/>";
    body += anchored_text(std::max(x(n), std::min(x(share), right)) + 6, y + 13, "start",
                          human_count(pair.orientations[o]));
  }
  return titled_svg("orientations " + motif_class(0), width, 4 + row_px * static_cast<double>(rows),
                    "Sequences by orientation; lines: where chance would end the bars", body);
}

namespace {

/// Places of motifs on a circle; names stand outside.
struct Circle {
  double middle_x, middle_y, radius;
  std::vector<int> node_of;  // by motif; -1: in no called pair
  int nodes = 0;

  double angle(int motif) const {
    return 6.283185307179586 * (node_of[motif] + 0.5) / nodes - 1.5707963267948966;
  }
  double x(int motif, double stretch) const { return middle_x + stretch * radius * std::cos(angle(motif)); }
  double y(int motif, double stretch) const { return middle_y + stretch * radius * std::sin(angle(motif)); }
};

std::string edge(PairTables const& tables, PairRow const& row, Circle const& circle, double strongest) {
  PairOccurrence const& pair = row.occurrence;
  std::string path;
  if (pair.a == pair.b) {  // a loop outside the circle
    double const x = circle.x(pair.a, 1.06), y = circle.y(pair.a, 1.06);
    path = "<circle class=\"edge\" fill=\"none\" cx=\"" + coordinate(x) + "\" cy=\"" + coordinate(y) +
           "\" r=\"11\"";
  } else {
    path = "<path class=\"edge\" d=\"M" + coordinate(circle.x(pair.a, 1)) + " " +
           coordinate(circle.y(pair.a, 1)) + "Q" +
           coordinate((circle.x(pair.a, 0.35) + circle.x(pair.b, 0.35)) / 2) + " " +
           coordinate((circle.y(pair.a, 0.35) + circle.y(pair.b, 0.35)) / 2) + " " +
           coordinate(circle.x(pair.b, 1)) + " " + coordinate(circle.y(pair.b, 1)) + "\"";
  }
  path += " stroke-width=\"" + coordinate(1 + 5 * pair.z / std::max(1.0, strongest)) + "\"" +
          (pair.direct ? "" : " stroke-dasharray=\"4 4\"") + "/>";
  std::string const title =
      html_text(shown_as(tables.motifs[pair.a])) + " and " + html_text(shown_as(tables.motifs[pair.b])) +
      ": " + human_plural(pair.sequences, "sequence") + ", " + human_fixed(pair.expected, 1) + " by chance";
  return element("g", "", element("title", "", title) + path);
}

std::string node(PairTables const& tables, int motif, Circle const& circle) {
  double const x = circle.x(motif, 1);
  bool const right = std::cos(circle.angle(motif)) >= 0;
  std::string const name = html_text(shown_as(tables.motifs[motif]).substr(0, 24));
  return element(
      "g", "class=\"" + motif_class(motif) + "\"",
      "<circle class=\"node\" cx=\"" + coordinate(x) + "\" cy=\"" + coordinate(circle.y(motif, 1)) +
          "\" r=\"6\"/>" +
          anchored_text(circle.x(motif, 1.13), circle.y(motif, 1.13) + 4, right ? "start" : "end", name));
}

}  // namespace

std::string network_figure(PairTables const& tables) {
  constexpr double width = 640, height = 420;
  Circle circle{width / 2, height / 2, 160, std::vector<int>(tables.motifs.size(), -1)};
  double strongest = 0;
  for (PairRow const& row : tables.rows) {
    if (!tables.called(row)) continue;
    strongest = std::max(strongest, row.occurrence.z);
    for (int const motif : {row.occurrence.a, row.occurrence.b}) {
      if (circle.node_of[motif] < 0) circle.node_of[motif] = circle.nodes++;
    }
  }
  std::string edges, nodes;
  for (PairRow const& row : tables.rows) {
    if (tables.called(row)) edges += edge(tables, row, circle, strongest);
  }
  for (int motif = 0; motif < static_cast<int>(tables.motifs.size()); ++motif) {
    if (circle.node_of[motif] >= 0) nodes += node(tables, motif, circle);
  }
  return titled_svg("network", width, height, "Called pairs as a network", edges + nodes);
}

}  // namespace cislens
