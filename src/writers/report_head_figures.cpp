#include "cislens/base/text.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "svg.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr char const* svg_start = "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" ";

std::string text_at(double x, double y, std::string_view attributes, std::string_view content) {
  std::string start = "x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\"";
  if (!attributes.empty()) start.append(" ").append(attributes);
  return element("text", start, content);
}

std::string svg(std::string const& css, double width, double height, std::string const& title,
                std::string const& body) {
  return element("svg",
                 svg_start + ("class=\"" + css + "\" viewBox=\"0 0 ") + coordinate(width) + " " +
                     coordinate(height) + "\" width=\"" + coordinate(width) + "\" height=\"" +
                     coordinate(height) + "\"",
                 element("title", "", title) + body);
}

std::string bin_title(HeadDistance const& bin) {
  return human_count(bin.from_bp) + " to " + human_count(bin.to_bp) +
         "\u202fbp: " + human_percent(bin.share) + " of the attention, " + human_percent(bin.even) +
         " without a preference";
}

}  // namespace

std::string distance_figure(std::span<HeadDistance const> bins, double highest) {
  constexpr double bin_px = 15, top = 3, floor_px = 36, height = 50;
  if (bins.empty()) return "\u2013";
  double const width = bin_px * static_cast<double>(bins.size()) + 24;
  Scale const y{0, std::max(highest, 1e-9), floor_px, top};
  std::string bars, even;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    double const x = 1 + bin_px * static_cast<double>(i);
    double const share = std::isfinite(bins[i].share) ? bins[i].share : 0.0;
    bars += element("rect",
                    "x=\"" + coordinate(x + 1) + "\" y=\"" + coordinate(y(share)) + "\" width=\"" +
                        coordinate(bin_px - 2) + "\" height=\"" + coordinate(floor_px - y(share)) + "\"",
                    element("title", "", bin_title(bins[i])));
    even += (i == 0 ? "M" : "L") + coordinate(x) + " " + coordinate(y(bins[i].even)) + "H" +
            coordinate(x + bin_px);
  }
  double const right = 1 + bin_px * static_cast<double>(bins.size());
  std::string axis = "<path class=\"axis\" d=\"M1 " + coordinate(floor_px) + "H" + coordinate(right) + "\"/>";
  std::size_t const every = bins.size() > 6 ? 3 : 2;
  for (std::size_t i = 0; i + 1 < bins.size(); i += every)
    axis += text_at(1 + bin_px * static_cast<double>(i), height - 2, "class=\"tiny\"",
                    human_count(bins[i].from_bp));
  axis += text_at(right, height - 2, "class=\"tiny\" text-anchor=\"middle\"", human_count(bins.back().to_bp));
  return svg("distances", width, height, "Attention by distance in bp; dashed: without a preference",
             element("g", "class=\"bars\"", bars) + "<path class=\"expected\" d=\"" + even + "\"/>" + axis);
}

std::string interval_figure(double value, double low, double high, double least, double most) {
  constexpr double width = 150, height = 20, middle = 10;
  if (!std::isfinite(value) || !(least < most)) return "";
  Scale const x{least, most, 6, width - 6};
  std::string const zero =
      "<path class=\"grid\" d=\"M" + coordinate(x(0)) + " 0V" + coordinate(height) + "\"/>";
  std::string bar = "<rect class=\"bars\" x=\"" + coordinate(std::min(x(0), x(value))) +
                    "\" y=\"6\" width=\"" + coordinate(std::abs(x(value) - x(0))) + "\" height=\"8\"/>";
  if (std::isfinite(low) && std::isfinite(high)) {
    bar += "<path class=\"whisker\" d=\"M" + coordinate(x(low)) + " " + coordinate(middle - 4) + "v8M" +
           coordinate(x(low)) + " " + coordinate(middle) + "H" + coordinate(x(high)) + "M" +
           coordinate(x(high)) + " " + coordinate(middle - 4) + "v8\"/>";
  }
  return svg("interval", width, height,
             human_number(value, 3) + " (95\u202f% interval " + human_number(low, 3) + " to " +
                 human_number(high, 3) + ")",
             zero + bar);
}

namespace {

/// A square of a heat map; `depth` 0 to 1 is how strong its colour is.
std::string heat_cell(double x, double y, double width, double height, double depth, std::string_view css,
                      std::string const& label, std::string const& title) {
  std::string const shape = element("rect",
                                    "x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" width=\"" +
                                        coordinate(width - 1) + "\" height=\"" + coordinate(height - 1) +
                                        "\" fill-opacity=\"" + format_fixed(depth, 3) + "\"",
                                    element("title", "", title));
  std::string attributes = "text-anchor=\"middle\"";
  if (depth > 0.55) attributes += " class=\"on\"";
  std::string const text =
      label.empty() ? "" : text_at(x + width / 2 - 0.5, y + height / 2 + 3.5, attributes, label);
  return element("g", "class=\"heat " + std::string(css) + "\"", shape + text);
}

std::string enrichment_label(double ratio) {
  if (std::isnan(ratio)) return "\u2013";
  return (ratio < 9.95 ? human_number(ratio, 2) : human_fixed(ratio, 0)) + "×";
}

double depth_of(double value, double full) {
  return std::isfinite(value) ? std::clamp(value / full, 0.0, 1.0) : 0.0;
}

}  // namespace

std::string similarity_figure(HeadTables const& tables) {
  std::size_t const heads = tables.rows.size();
  if (heads < 2 || tables.cka.size() != heads * heads) return "";
  double const cell = std::clamp(400 / static_cast<double>(heads), 9.0, 44.0);
  constexpr double left = 34, top = 22;
  std::string body;
  for (std::size_t a = 0; a < heads; ++a) {
    double const y = top + cell * static_cast<double>(a);
    std::size_t const every = cell < 14 ? 4 : 1;
    if (a % every == 0) {
      body += text_at(left - 6, y + cell / 2 + 4, "text-anchor=\"end\"", head_name(tables.rows[a]));
      body += text_at(left + cell * (static_cast<double>(a) + 0.5), top - 7, "text-anchor=\"middle\"",
                      head_name(tables.rows[a]));
    }
    for (std::size_t b = 0; b < heads; ++b) {
      double const value = tables.cka[a * heads + b];
      std::string const shown = human_fixed(value, 2);
      body += heat_cell(left + cell * static_cast<double>(b), y, cell, cell, depth_of(value, 1), "same",
                        cell >= 30 ? shown : "",
                        head_name(tables.rows[a]) + " and " + head_name(tables.rows[b]) + ": " + shown);
    }
  }
  double const side = cell * static_cast<double>(heads);
  return element("figure", "class=\"plot fixed\"",
                 element("figcaption", "", "Similarity of the heads\u2019 outputs (linear CKA)") +
                     svg("cka", left + side + 4, top + side + 4, "Linear CKA of every two heads", body));
}

std::string head_motif_figure(HeadTables const& tables) {
  constexpr std::size_t most_motifs = 20;
  constexpr double cell = 48, row_px = 30, left = 34, top = 22, q_limit = 0.05;
  std::size_t const heads = tables.rows.size();
  std::size_t const motifs = heads > 0 ? tables.motifs.size() / heads : 0;
  if (motifs == 0 || heads > 64) return "";
  std::size_t const shown = std::min(motifs, most_motifs);
  std::string body;
  for (std::size_t m = 0; m < shown; ++m)
    body += text_at(left + cell * (static_cast<double>(m) + 0.5), top - 7, "text-anchor=\"middle\"",
                    html_text(tables.motifs[m].motif.substr(0, 8)));
  for (std::size_t h = 0; h < heads; ++h) {
    double const y = top + row_px * static_cast<double>(h);
    body += text_at(left - 6, y + row_px / 2 + 4, "text-anchor=\"end\"", head_name(tables.rows[h]));
    for (std::size_t m = 0; m < shown; ++m) {
      HeadMotif const& entry = tables.motifs[h * motifs + m];
      bool const more = entry.enrichment >= 1;
      double const strength = std::abs(std::log2(std::max(entry.enrichment, 1e-3)));
      bool const sure = entry.q <= q_limit || !more;
      std::string const title = "head " + head_name(tables.rows[h]) + ", " + entry.motif + ": " +
                                human_number(entry.enrichment, 3) + " times, q " +
                                (std::isnan(entry.q) ? "not tested" : format_significant(entry.q, 2)) + ", " +
                                human_count(entry.records) + " sequences";
      body += heat_cell(left + cell * static_cast<double>(m), y, cell, row_px,
                        sure ? depth_of(strength, 3) : 0.04, more ? "more" : "less",
                        enrichment_label(entry.enrichment), html_text(title));
    }
  }
  std::string caption = "Attention at the sites of a motif over attention elsewhere";
  if (motifs > shown) caption += " (first " + std::to_string(shown) + " of " + human_count(motifs) + ")";
  return element(
      "figure", "class=\"plot fixed\"",
      element("figcaption", "", caption) + svg("head-motifs", left + cell * static_cast<double>(shown) + 4,
                                               top + row_px * static_cast<double>(heads) + 4,
                                               "Attention of every head at the sites of every motif", body));
}

}  // namespace cislens
