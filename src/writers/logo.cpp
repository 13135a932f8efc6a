#include "cislens/writers/logo.hpp"

#include "cislens/base/text.hpp"
#include "cislens/motif/pwm.hpp"

#include "logo_letter.hpp"
#include "svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace cislens {

namespace {

struct Letter {
  char const* name;
  char const* colour;
  char const* outline;  // in a box of 100 x 100, y down, evenodd
};

constexpr std::array<Letter, 4> letters = {{
    {"A", "#1f9d55", "M0 100L37 0H63L100 100H76L69 79H31L24 100ZM37 61H63L50 21Z"},
    {"C", "#2b6cb8", "M98.3 19.2A55 50 0 1 0 98.3 80.8L78.6 69.7A30 32 0 1 1 78.6 30.3Z"},
    {"G", "#e69a00", "M98.3 19.2A55 50 0 1 0 99 80.2V44H53V61H76V72.8A30 32 0 1 1 78.6 30.3Z"},
    {"T", "#d1383d", "M0 0H100V19H62V100H38V19H0Z"},
}};

constexpr double axis_width = 30;   // px left of the columns
constexpr double axis_height = 17;  // px below them
constexpr double top = 5;           // px above, for the upper half of the "2"

std::string letter_definitions() {
  std::string text = "<defs>";
  for (Letter const& letter : letters) {
    text += std::string("<path id=\"cl-") + letter.name + "\" class=\"base-" + letter.name + "\" fill=\"" +
            letter.colour + "\" fill-rule=\"evenodd\" d=\"" + letter.outline + "\"/>";
  }
  return text + "</defs>";
}

/// One column from the bottom up, the most frequent base on top (A C G T when equal).
std::string draw_column(std::array<double, 4> const& row, double bits, double left,
                        LogoOptions const& options) {
  double const total = row[0] + row[1] + row[2] + row[3];
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return row[a] < row[b]; });
  double const gap = options.column_width * 0.035;
  double bottom = top + options.height;
  std::string text;
  for (std::size_t const base : order) {
    double const height = row[base] / total * bits / 2 * options.height;
    if (!(height >= 0.3)) continue;
    bottom -= height;
    text += logo_letter(base, left + gap, bottom, options.column_width - 2 * gap,
                        height - std::min(0.4, height / 8));
  }
  return text;
}

std::string draw_axes(int width, LogoOptions const& options) {
  double const right = axis_width + width * options.column_width;
  double const floor = top + options.height;
  std::string text =
      "<g fill=\"currentColor\" stroke=\"none\" font-family=\"system-ui,sans-serif\" font-size=\"10\">";
  std::string lines;
  for (int bits = 0; bits <= 2; ++bits) {
    double const y = floor - bits * options.height / 2;
    text += "<text x=\"" + coordinate(axis_width - 9) + "\" y=\"" + coordinate(y + 3.5) +
            "\" text-anchor=\"end\">" + std::to_string(bits) + "</text>";
    lines += "M" + coordinate(axis_width - 6) + " " + coordinate(y) + "H" + coordinate(axis_width - 2);
  }
  lines += "M" + coordinate(axis_width - 2) + " " + coordinate(top) + "V" + coordinate(floor) + "H" +
           coordinate(right);
  text += "<text transform=\"translate(9 " + coordinate(top + options.height / 2) +
          ") rotate(-90)\" text-anchor=\"middle\">bits</text>";
  for (int position = 1; position <= width; ++position) {
    if (position != 1 && position % 5 != 0) continue;
    text += "<text x=\"" + coordinate(axis_width + (position - 0.5) * options.column_width) + "\" y=\"" +
            coordinate(floor + 13) + "\" text-anchor=\"middle\">" + std::to_string(position) + "</text>";
  }
  return text + "</g><path d=\"" + lines + "\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1\"/>";
}

}  // namespace

std::string logo_letter(std::size_t base, double x, double y, double width, double height) {
  return std::string("<use href=\"#cl-") + letters[base].name + "\" transform=\"translate(" + coordinate(x) +
         " " + coordinate(y) + ") scale(" + format_significant(width / 100, 4) + " " +
         format_significant(height / 100, 4) + ")\"/>";
}

std::string logo_letters() {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\" height=\"0\" "
         "style=\"position:absolute\" aria-hidden=\"true\">" +
         letter_definitions() + "</svg>";
}

std::string logo_svg(MotifMatrix const& motif, LogoOptions const& options) {
  double const left = options.axes ? axis_width : 0;
  std::string const width = coordinate(left + motif.width() * options.column_width + 2);
  std::string const height = coordinate(top + options.height + (options.axes ? axis_height : 1));
  std::string const title = escape_html("Sequence logo of " + motif.id);
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"logo\" role=\"img\" width=\"" +
                     width + "\" height=\"" + height + "\" viewBox=\"0 0 " + width + " " + height +
                     "\"><title>" + title + "</title>";
  if (options.own_letters) text += letter_definitions();
  if (options.axes) text += draw_axes(motif.width(), options);
  std::vector<double> const bits = logo_information(motif);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    text +=
        draw_column(motif.rows[i], bits[i], left + static_cast<double>(i) * options.column_width, options);
  }
  return text + "</svg>";
}

}  // namespace cislens
