#pragma once

#include <string>
#include <vector>

namespace cislens {

/// A coordinate with at most two decimals and no trailing zeros: "12", "12.5", "0.07". NaN gives "0".
std::string coordinate(double value);

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
