#include "cislens/base/text.hpp"

#include "html.hpp"
#include "report_figures.hpp"
#include "svg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

constexpr double width = 520, height = 250;
constexpr double left = 52, right = 506, top = 14, floor_px = 212;

/// One line of a plot; NaN values break it.
struct Curve {
  std::string css;
  std::string label;
  std::vector<double> values;  // one an epoch
};

std::vector<double> values_of(std::span<TrainingEpoch const> epochs, double TrainingEpoch::*member) {
  std::vector<double> values;
  for (TrainingEpoch const& epoch : epochs) values.push_back(epoch.*member);
  return values;
}

/// Smallest and largest finite value of all curves, a little apart from the frame.
std::pair<double, double> range_of(std::vector<Curve> const& curves) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (Curve const& curve : curves) {
    for (double const value : curve.values) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (!(low <= high)) return {0, 1};
  double const margin = std::max((high - low) * 0.08, 1e-3 * std::max(1.0, std::abs(high)));
  return {low - margin, high + margin};
}

std::string draw_y_axis(Scale const& y) {
  std::vector<double> const ticks = round_ticks(y.low, y.high, 5);
  double const step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  std::string text;
  for (double const tick : ticks) {
    std::string const at = coordinate(y(tick));
    text += "<path class=\"grid\" d=\"M" + coordinate(left) + " " + at + "H" + coordinate(right) + "\"/>";
    text += "<text x=\"" + coordinate(left - 8) + "\" y=\"" + coordinate(y(tick) + 4) +
            "\" text-anchor=\"end\">" + tick_label(tick, step) + "</text>";
  }
  return text;
}

std::string draw_x_axis(Scale const& x) {
  std::string text = "<path class=\"axis\" d=\"M" + coordinate(left) + " " + coordinate(floor_px) + "H" +
                     coordinate(right) + "\"/>";
  for (double const tick : round_ticks(x.low, x.high, 8)) {
    if (tick != std::floor(tick)) continue;
    text += "<text x=\"" + coordinate(x(tick)) + "\" y=\"" + coordinate(floor_px + 17) +
            "\" text-anchor=\"middle\">" + tick_label(tick, 1) + "</text>";
  }
  return text + "<text x=\"" + coordinate((left + right) / 2) + "\" y=\"" + coordinate(height - 4) +
         "\" text-anchor=\"middle\" class=\"quiet\">epoch</text>";
}

/// A dot a validation as long as they stand apart; pointing at one gives its value.
std::string draw_curve(Curve const& curve, std::span<TrainingEpoch const> epochs, Scale const& x,
                       Scale const& y) {
  std::string path, dots;
  bool pen_down = false;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    double const value = curve.values[i];
    if (std::isfinite(value)) {
      std::string const at = coordinate(x(epochs[i].epoch)) + " " + coordinate(y(value));
      path.append(pen_down ? "L" : "M").append(at);
      dots += "<circle cx=\"" + coordinate(x(epochs[i].epoch)) + "\" cy=\"" + coordinate(y(value)) +
              "\" r=\"2.4\"><title>" + curve.label + ", epoch " + std::to_string(epochs[i].epoch) + ": " +
              human_number(value, 4) + "</title></circle>";
    }
    pen_down = std::isfinite(value);
  }
  if (epochs.size() > 80) dots.clear();
  return "<g class=\"" + curve.css + "\"><path class=\"curve\" d=\"" + path + "\"/>" + dots + "</g>";
}

/// @param label_px  where its label stands, away from the curves
std::string draw_chosen(int chosen, std::span<TrainingEpoch const> epochs, Scale const& x, double label_px) {
  auto const found = std::find_if(epochs.begin(), epochs.end(),
                                  [&](TrainingEpoch const& epoch) { return epoch.epoch == chosen; });
  if (found == epochs.end()) return "";
  double const at = x(chosen);
  bool const near_end = at > right - 70;
  return "<path class=\"chosen\" d=\"M" + coordinate(at) + " " + coordinate(top) + "V" +
         coordinate(floor_px) + "\"/><text x=\"" + coordinate(at + (near_end ? -6 : 6)) + "\" y=\"" +
         coordinate(label_px) + "\" text-anchor=\"" + (near_end ? "end" : "start") +
         "\" class=\"quiet\">weights kept</text>";
}

std::string draw_plot(std::string const& title, std::vector<Curve> const& curves,
                      std::span<TrainingEpoch const> epochs, int chosen, double label_px) {
  auto const [low, high] = range_of(curves);
  Scale const y{low, high, floor_px, top};
  double const first = epochs.front().epoch, last = epochs.back().epoch;
  double const margin = last > first ? 0 : 0.5;
  Scale const x{first - margin, last + margin, left + 6, right - 6};
  std::string text = draw_y_axis(y) + draw_x_axis(x) + draw_chosen(chosen, epochs, x, label_px);
  std::string legend;
  for (Curve const& curve : curves) {
    text += draw_curve(curve, epochs, x, y);
    legend += element("span", "class=\"key " + curve.css + "\"", element("i", "", "") + curve.label);
  }
  return element("figure", "class=\"plot\"",
                 element("figcaption", "", title + legend) +
                     element("svg",
                             "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " +
                                 coordinate(width) + " " + coordinate(height) + "\"",
                             element("title", "", title) + text));
}

}  // namespace

std::string loss_figure(std::span<TrainingEpoch const> epochs, int chosen_epoch) {
  return draw_plot("Loss",
                   {{"train", "training", values_of(epochs, &TrainingEpoch::train_loss)},
                    {"validation", "validation", values_of(epochs, &TrainingEpoch::validation_loss)}},
                   epochs, chosen_epoch, top + 5);
}

std::string auroc_figure(std::span<TrainingEpoch const> epochs, int chosen_epoch) {
  std::vector<double> const values = values_of(epochs, &TrainingEpoch::validation_auroc);
  if (std::none_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); })) return "";
  return draw_plot("AUROC", {{"validation", "validation", values}}, epochs, chosen_epoch, floor_px - 7);
}

}  // namespace cislens
