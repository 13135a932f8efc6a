#include "cislens/base/text.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace cislens {

namespace {

constexpr double width = 340, height = 136;
constexpr double left = 36, right = 324, top = 8, middle = 62, bottom = 116;

/// Counts of sites by place along the sequence, apart by strand.
struct Histogram {
  bool in_bases = true;   // else in percent of the length
  double extent = 100;    // of the axis, in bases or percent
  double bin = 1;         // as wide as one bin
  std::vector<int> plus;  // one entry a bin
  std::vector<int> minus;
};

Histogram count_places(int motif, std::span<Site const> sites, std::span<std::int64_t const> lengths) {
  Histogram histogram;
  auto const [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
  histogram.in_bases = !lengths.empty() && *shortest == *longest && *longest > 0;
  if (histogram.in_bases) histogram.extent = static_cast<double>(*longest);
  auto const counted =
      std::count_if(sites.begin(), sites.end(), [&](Site const& s) { return s.motif == motif; });
  double const bins_wanted = std::clamp(2 * std::sqrt(static_cast<double>(counted)), 10.0, 50.0);
  histogram.bin = histogram.extent / bins_wanted;
  if (histogram.in_bases) histogram.bin = std::max(1.0, std::ceil(histogram.bin));
  auto const bins = static_cast<std::size_t>(std::ceil(histogram.extent / histogram.bin));
  histogram.plus.resize(bins);
  histogram.minus.resize(bins);
  for (Site const& site : sites) {
    if (site.motif != motif || site.sequence < 0 || site.sequence >= std::ssize(lengths)) continue;
    double place = static_cast<double>(site.start + site.end) / 2;
    if (!histogram.in_bases)
      place *= 100.0 / static_cast<double>(std::max<std::int64_t>(1, lengths[site.sequence]));
    auto const at = static_cast<std::int64_t>(place / histogram.bin);
    auto& counts = site.strand == '-' ? histogram.minus : histogram.plus;
    ++counts[static_cast<std::size_t>(std::clamp<std::int64_t>(at, 0, std::ssize(counts) - 1))];
  }
  return histogram;
}

/// The outline of one strand's bars, from the zero line up or down.
std::string draw_bars(Histogram const& histogram, std::vector<int> const& counts, Scale const& x,
                      Scale const& y) {
  std::string path = "M" + coordinate(x(0)) + " " + coordinate(middle);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    double const end = std::min(histogram.extent, static_cast<double>(i + 1) * histogram.bin);
    path += "V" + coordinate(y(counts[i])) + "H" + coordinate(x(end));
  }
  return "<path class=\"bars\" d=\"" + path + "V" + coordinate(middle) + "Z\"/>";
}

std::string draw_expected(std::vector<int> const& counts, Scale const& y) {
  double const total = std::accumulate(counts.begin(), counts.end(), 0.0);
  double const at = y(total / static_cast<double>(counts.size()));
  return "<path class=\"expected\" d=\"M" + coordinate(left) + " " + coordinate(at) + "H" +
         coordinate(right) + "\"/>";
}

std::string draw_place_axis(Histogram const& histogram, Scale const& x) {
  std::string text = "<path class=\"axis\" d=\"M" + coordinate(left) + " " + coordinate(middle) + "H" +
                     coordinate(right) + "\"/>";
  for (double const tick : round_ticks(0, histogram.extent, 5)) {
    std::string const label = human_count(std::llround(tick)) + (histogram.in_bases ? "" : "\u202f%");
    text += "<path class=\"grid\" d=\"M" + coordinate(x(tick)) + " " + coordinate(bottom) +
            "v4\"/><text x=\"" + coordinate(x(tick)) + "\" y=\"" + coordinate(bottom + 16) +
            "\" text-anchor=\"middle\">" + label + "</text>";
  }
  return text;
}

std::string draw_arrow(Site const& site, Scale const& x, std::string const& label) {
  constexpr double least_px = 4;  // so that sites stay visible in long sequences
  double const from = x(static_cast<double>(site.start));
  double const to = std::max(x(static_cast<double>(site.end)), from + least_px);
  double const tip = std::min(7.0, (to - from) / 2);
  constexpr double high = 7, low = 23;
  std::string path;
  if (site.strand == '-') {
    path = "M" + coordinate(to) + " " + coordinate(high) + "H" + coordinate(from + tip) + "L" +
           coordinate(from) + " " + coordinate((high + low) / 2) + "L" + coordinate(from + tip) + " " +
           coordinate(low) + "H" + coordinate(to) + "Z";
  } else {
    path = "M" + coordinate(from) + " " + coordinate(high) + "H" + coordinate(to - tip) + "L" +
           coordinate(to) + " " + coordinate((high + low) / 2) + "L" + coordinate(to - tip) + " " +
           coordinate(low) + "H" + coordinate(from) + "Z";
  }
  bool const forward = site.strand != '-';
  return "<path d=\"" + path + "\"/>" +
         fitted_text(forward ? from : from + tip, forward ? to - tip : to, 19, label);
}

/// The bases below the line; those inside a site stand out.
std::string draw_letters(BasesView bases, std::span<Site const> sites, Scale const& x) {
  std::vector<bool> inside(bases.size());
  for (Site const& site : sites) {
    auto const end = std::min<std::int64_t>(site.end, std::ssize(bases));
    for (std::int64_t i = std::max<std::int64_t>(0, site.start); i < end; ++i) inside[i] = true;
  }
  std::string text;
  for (std::size_t from = 0, to = 0; from < bases.size(); from = to) {
    std::string places;
    for (to = from; to < bases.size() && inside[to] == inside[from]; ++to) {
      places += (to > from ? " " : "") + coordinate(x(static_cast<double>(to) + 0.5));
    }
    text += element("tspan", std::string(inside[from] ? "class=\"in\" " : "") + "x=\"" + places + "\"",
                    decode_bases(bases.subspan(from, to - from)));
  }
  return element("text", "class=\"letters\" y=\"38\" text-anchor=\"middle\"", text);
}

std::string describe_site(Site const& site, std::string const& id, ReportExample const& example) {
  std::string text = id + " at " + std::to_string(site.start) + "\u2013" + std::to_string(site.end) +
                     " (0-based, as in sites.bed), strand " + (site.strand == '-' ? "\u2212" : "+") + ", " +
                     human_fixed(site.score, 1) + " bits, p " + format_significant(site.p, 2);
  if (site.start >= 0 && site.start < site.end && site.end <= std::ssize(example.bases)) {
    BasesView const view = BasesView(example.bases).subspan(site.start, site.end - site.start);
    text += ", " + (site.strand == '-' ? decode_bases(reverse_complement(view)) : decode_bases(view));
  }
  return html_text(text);
}

}  // namespace

std::string motif_class(int motif) { return "m" + std::to_string(motif % 8); }

std::string position_figure(int motif, std::span<Site const> sites, std::span<std::int64_t const> lengths) {
  Histogram const histogram = count_places(motif, sites, lengths);
  int most = 1;
  for (int const count : histogram.plus) most = std::max(most, count);
  for (int const count : histogram.minus) most = std::max(most, count);
  Scale const x{0, histogram.extent, left, right};
  Scale const up{0, static_cast<double>(most), middle, top};
  Scale const down{0, static_cast<double>(most), middle, bottom};
  std::string const label = "<text x=\"" + coordinate(left - 6) + "\" text-anchor=\"end\" y=\"";
  std::string const body = draw_bars(histogram, histogram.plus, x, up) +
                           draw_bars(histogram, histogram.minus, x, down) +
                           draw_expected(histogram.plus, up) + draw_expected(histogram.minus, down) +
                           draw_place_axis(histogram, x) + label + coordinate(top + 4) + "\">" +
                           human_count(most) + "</text>" + label + coordinate(middle + 4) + "\">0</text>" +
                           label + coordinate(bottom + 4) + "\">" + human_count(most) + "</text>";
  return element("svg",
                 "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" class=\"places " + motif_class(motif) +
                     "\" viewBox=\"0 0 " + coordinate(width) + " " + coordinate(height) + "\"",
                 element("title", "", "Places of the sites along the sequences") + body);
}

std::string example_figure(ReportExample const& example, std::span<Site const> sites,
                           std::span<DiscoveredMotif const> motifs, double largest) {
  constexpr double from = 2, to = 998, letters_up_to = 140;
  auto const length = static_cast<double>(std::max<std::size_t>(1, example.bases.size()));
  bool const with_letters = length <= letters_up_to && !example.bases.empty();
  Scale const x{0, length, from, to};
  std::string body = "<path class=\"axis\" d=\"M" + coordinate(from) + " 15H" + coordinate(to) + "\"/>";
  for (Site const& site : sites) {
    std::string const id = motifs[site.motif].matrix.id;
    body += element("g", "class=\"site " + motif_class(site.motif) + "\"",
                    element("title", "", describe_site(site, id, example)) + draw_arrow(site, x, id));
  }
  if (with_letters) body += draw_letters(example.bases, sites, x);
  double height = with_letters ? 42 : 28;
  std::string const track = worth_track(example.bases, example.worth, largest, x);
  if (!track.empty()) {
    body = track + element("g", "transform=\"translate(0 " + coordinate(worth_track_px) + ")\"", body);
    height += worth_track_px;
  }
  return element("svg",
                 "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" class=\"example\" viewBox=\"0 0 1000 " +
                     coordinate(height) + "\"",
                 element("title", "", html_text(example.name)) + body);
}

}  // namespace cislens
