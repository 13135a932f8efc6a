#include "svg.hpp"

#include "cislens/base/text.hpp"

#include "html.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = format_fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string anchored_text(double x, double y, std::string const& anchor, std::string const& content) {
  return element("text",
                 "x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + anchor + "\"",
                 content);
}

std::string fitted_text(double from, double to, double y, std::string const& word) {
  constexpr double usual_px = 11, least_px = 8, letter_width = 0.69;  // of a bold letter, by its size
  double const fits_px = (to - from - 3) / (letter_width * static_cast<double>(word.size()));
  if (word.empty() || fits_px < least_px) return "";
  std::string const size = coordinate(std::min(usual_px, fits_px));
  return element("text",
                 "x=\"" + coordinate((from + to) / 2) + "\" y=\"" + coordinate(y) +
                     "\" text-anchor=\"middle\" style=\"font-size:" + size + "px\"",
                 html_text(word));
}

std::string titled_svg(std::string const& css, double width, double height, std::string const& title,
                       std::string const& body) {
  return element("svg",
                 "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" class=\"" + css + "\" viewBox=\"0 0 " +
                     coordinate(width) + " " + coordinate(height) + "\"",
                 element("title", "", title) + body);
}

std::vector<double> round_ticks(double low, double high, int count) {
  double const rough = (high - low) / std::max(1, count);
  double const power = std::pow(10.0, std::floor(std::log10(rough)));
  double const lead = rough / power;
  double const step = power * (lead <= 1.5 ? 1 : lead <= 3.5 ? 2 : lead <= 7.5 ? 5 : 10);
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + step * 1e-9; ++k)
    ticks.push_back(k * step);
  return ticks;
}

std::string tick_label(double value, double step) {
  int const decimals = step > 0 ? std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 9) : 0;
  std::string const text = format_fixed(std::abs(value) < step * 1e-9 ? 0.0 : value, decimals);
  return text.front() == '-' ? "\u2212" + text.substr(1) : text;
}

}  // namespace cislens
