#pragma once

#include <string>
#include <vector>

namespace cislens {

/// A coordinate with at most two decimals and no trailing zeros: "12", "12.5", "0.07". NaN gives "0".
std::string coordinate(double value);

/// Text (HTML) at a place. @param anchor  "start", "middle" or "end"
std::string anchored_text(double x, double y, std::string const& anchor, std::string const& content);

/// A word in the middle of [from, to], smaller where it would not fit; empty where it could not be read.
/// @param word  plain text
std::string fitted_text(double from, double to, double y, std::string const& word);

/// A figure of this size in pixels, which the page may stretch, with a title for those who cannot see it.
std::string titled_svg(std::string const& css, double width, double height, std::string const& title,
                       std::string const& body);

/// A straight map from values to pixels.
struct Scale {
  double low, high;        ///< values, low < high
  double low_px, high_px;  ///< where they lie
  double operator()(double value) const { return low_px + (value - low) / (high - low) * (high_px - low_px); }
};

/// Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], about `count` of them. @pre low <
/// high
std::vector<double> round_ticks(double low, double high, int count);

/// A tick's label: as many decimals as the distance between ticks needs.
std::string tick_label(double value, double step);

}  // namespace cislens
