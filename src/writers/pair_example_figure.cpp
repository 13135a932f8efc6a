#include "html.hpp"
#include "pairs_figures.hpp"
#include "report_figures.hpp"
#include "svg.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace cislens {

namespace {

constexpr double from_px = 2, to_px = 998;
constexpr double site_px = 16;       // height of the sites' arrows
constexpr double highest_px = 52;    // of an arc
constexpr double least_part = 0.04;  // of the largest pair term: smaller ones are not drawn

std::string site_arrow(Site const& site, Scale const& x, PairTables const& tables, double top) {
  double const bottom = top + site_px;
  double const from = x(static_cast<double>(site.start));
  double const to = std::max(from + 4, x(static_cast<double>(site.end)));
  double const tip = std::min(6.0, (to - from) / 2);
  bool const forward = site.strand != '-';
  double const flat = forward ? from : to;
  double const neck = forward ? to - tip : from + tip;
  double const point = forward ? to : from;
  std::string const path = "M" + coordinate(flat) + " " + coordinate(top) + "H" + coordinate(neck) + "L" +
                           coordinate(point) + " " + coordinate(top + site_px / 2) + "L" + coordinate(neck) +
                           " " + coordinate(bottom) + "H" + coordinate(flat) + "Z";
  std::string const name = shown_as(tables.motifs[site.motif]);
  std::string const label = fitted_text(std::min(flat, neck), std::max(flat, neck), bottom - 4, name);
  std::string const title = html_text(name) + " at " + human_count(site.start + 1) + "\u2013" +
                            human_count(site.end) + ", strand " + (forward ? "+" : "\u2212");
  return element("g", "class=\"site " + motif_class(site.motif) + "\"",
                 element("title", "", title) + "<path d=\"" + path + "\"/>" + label);
}

/// Two sites and what is drawn between them.
struct Arc {
  std::int64_t site_a = 0;
  std::int64_t site_b = 0;
  bool called = false;
  bool less = false;  // below the line
  double width_px = 1.5;
  std::string title;
};

std::string name_of(PairExample const& example, PairTables const& tables, std::int64_t site) {
  return html_text(shown_as(tables.motifs[example.sites[site].motif]));
}

std::string title_of(PairExample const& example, PairTables const& tables, std::int64_t a, std::int64_t b,
                     std::int64_t gap) {
  return name_of(example, tables, a) + " and " + name_of(example, tables, b) + ", " + human_count(gap) +
         "\u202fbp apart";
}

bool is_called(PairExample const& example, std::int64_t a, std::int64_t b) {
  return std::ranges::any_of(example.pairs, [&](SitePair const& pair) {
    return std::minmax(pair.site_a, pair.site_b) == std::minmax(a, b);
  });
}

/// With the pair network its terms, else the called pairs.
std::vector<Arc> arcs_of(PairExample const& example, PairTables const& tables, double largest) {
  std::vector<Arc> arcs;
  if (largest > 0) {
    for (PairArc const& arc : example.arcs) {
      bool const called = is_called(example, arc.site_a, arc.site_b);
      double const part = std::abs(arc.term) / largest;
      if (part < least_part && !called) continue;
      arcs.push_back({arc.site_a, arc.site_b, called, arc.term < 0, 0.7 + 6 * part,
                      title_of(example, tables, arc.site_a, arc.site_b, arc.gap) + ": co-attention " +
                          human_number(arc.term, 2) + (called ? "; a called pair" : "")});
    }
    return arcs;
  }
  for (SitePair const& pair : example.pairs)
    arcs.push_back(
        {pair.site_a, pair.site_b, true, false, 1.5,
         title_of(example, tables, pair.site_a, pair.site_b, pair.gap) + ", " + name_of(pair.orientation)});
  return arcs;
}

/// Arcs rise with the distance of their ends, so that those of neighbours stay below those that span them.
double height_px(double a, double b) { return std::min(highest_px, 13 + 0.28 * std::abs(a - b)); }

/// @param line  where it begins and ends  @param up  -1: above the line, 1: below
std::string draw_arc(Arc const& arc, double a, double b, double line, double up, bool marked) {
  double const top = line + up * height_px(a, b);
  double const control = line + (top - line) * 4 / 3;  // the curve reaches three quarters of it
  std::string path = "<path d=\"M" + coordinate(a) + " " + coordinate(line) + "C" + coordinate(a) + " " +
                     coordinate(control) + " " + coordinate(b) + " " + coordinate(control) + " " +
                     coordinate(b) + " " + coordinate(line) + "\" stroke-width=\"" +
                     coordinate(arc.width_px) + "\"/>";
  if (marked)
    path += "<circle cx=\"" + coordinate((a + b) / 2) + "\" cy=\"" + coordinate(top) + "\" r=\"4\"/>";
  return element("g", std::string("class=\"arc") + (arc.less ? " less" : "") + "\"",
                 element("title", "", arc.title) + path);
}

}  // namespace

double largest_pair_term(PairTables const& tables) {
  double largest = 0;
  for (PairExample const& example : tables.examples) {
    for (PairArc const& arc : example.arcs) largest = std::max(largest, std::abs(arc.term));
  }
  return largest;
}

std::string pair_example_figure(PairExample const& example, PairTables const& tables, double largest) {
  Scale const x{0, std::max(1.0, static_cast<double>(example.length)), from_px, to_px};
  auto const middle = [&](std::int64_t site) {
    return x(static_cast<double>(example.sites[site].start + example.sites[site].end) / 2);
  };
  double above = 6;
  double below = 4;
  std::vector<Arc> arcs = arcs_of(example, tables, largest);
  for (Arc const& arc : arcs) {
    double& room = arc.less ? below : above;
    room = std::max(room, height_px(middle(arc.site_a), middle(arc.site_b)) + 8);
  }
  // Wide ones first, so that they hide none.
  std::ranges::stable_sort(arcs, std::greater{}, &Arc::width_px);
  std::string body = "<path class=\"axis\" d=\"M" + coordinate(from_px) + " " +
                     coordinate(above + site_px / 2) + "H" + coordinate(to_px) + "\"/>";
  for (Arc const& arc : arcs)
    body += draw_arc(arc, middle(arc.site_a), middle(arc.site_b), arc.less ? above + site_px + 1 : above - 1,
                     arc.less ? 1 : -1, largest > 0 && arc.called);
  for (Site const& site : example.sites) body += site_arrow(site, x, tables, above);
  return titled_svg("example", 1000, above + site_px + below, html_text(example.name), body);
}

}  // namespace cislens
