#include "svg.hpp"

#include "cislens/base/text.hpp"

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
