#include "logo_letter.hpp"
#include "report_figures.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr double line_px = 42;    // from the top of the track to its zero line
constexpr double least_px = 0.5;  // a letter lower than that is not drawn
constexpr double letters_up_to = 250;
constexpr std::int64_t most_steps = 500;  // of an area

/// Heights above the line, px; what would leave the figure is cut.
class Heights {
 public:
  Heights(std::span<float const> worth, double largest) : worth_(worth), largest_(largest) {}
  double operator[](std::size_t base) const {
    double const px = worth_[base] / largest_ * line_px;
    return std::isfinite(px) ? std::clamp(px, line_px - worth_track_px, line_px) : 0;
  }

 private:
  std::span<float const> worth_;
  double largest_;
};

std::string letters(BasesView bases, Heights const& heights, Scale const& x) {
  std::string above;
  std::string below;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    double const height = heights[i];
    if (std::abs(height) < least_px || bases[i] >= base_n) continue;
    double const from = x(static_cast<double>(i));
    double const to = x(static_cast<double>(i + 1));
    double const gap = 0.04 * (to - from);
    std::string& text = height > 0 ? above : below;
    text += logo_letter(bases[i], from + gap, line_px - height, to - from - 2 * gap, height);
  }
  return above + (below.empty() ? "" : "<g opacity=\"0.45\">" + below + "</g>");
}

/// The largest of either sign in steps of equal width.
std::string area(std::size_t length, Heights const& heights, Scale const& x) {
  auto const steps = std::min<std::size_t>(length, most_steps);
  std::string path = "M" + coordinate(x(0)) + " " + coordinate(line_px);
  std::string below = path;
  for (std::size_t step = 0; step < steps; ++step) {
    std::size_t const end = (step + 1) * length / steps;
    double highest = 0;
    double lowest = 0;
    for (std::size_t i = step * length / steps; i < end; ++i) {
      highest = std::max(highest, heights[i]);
      lowest = std::min(lowest, heights[i]);
    }
    std::string const to = "H" + coordinate(x(static_cast<double>(end)));
    path += "V" + coordinate(line_px - highest) + to;
    below += "V" + coordinate(line_px - lowest) + to;
  }
  std::string const close = "V" + coordinate(line_px) + "Z";
  return "<path class=\"worth\" d=\"" + path + close + "\"/><path class=\"worth less\" d=\"" + below + close +
         "\"/>";
}

}  // namespace

std::string worth_track(BasesView bases, std::span<float const> worth, double largest, Scale const& x) {
  if (worth.size() != bases.size() || worth.empty() || !(largest > 0)) return "";
  Heights const heights(worth, largest);
  std::string const line = "<path class=\"axis\" d=\"M" + coordinate(x.low_px) + " " + coordinate(line_px) +
                           "H" + coordinate(x.high_px) + "\"/>";
  bool const readable = static_cast<double>(bases.size()) <= letters_up_to;
  return line + (readable ? letters(bases, heights, x) : area(bases.size(), heights, x));
}

}  // namespace cislens
