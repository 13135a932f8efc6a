#include "cislens/seqio/signal_transform.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// Replaces every value by change(value, row, column).
template <typename Change>
void change_values(RegionSignal& signal, Change const& change) {
  std::size_t const columns = signal.columns.size();
  for (std::size_t i = 0; i < signal.values.size(); ++i) {
    signal.values[i] = change(signal.values[i], i / columns, i % columns);
  }
}

}  // namespace

void compare_with_control(RegionSignal& signal, RegionSignal const& control, ControlRule rule,
                          std::string const& control_name) {
  std::size_t const columns = control.columns.size();
  for (std::int64_t const total : control.totals) {
    if (total == 0)
      throw InputError(control_name + ": none of its reads passes the filters (see --min-mapq)");
  }
  change_values(signal, [&](double value, std::size_t row, std::size_t column) {
    std::size_t const other = columns == 1 ? 0 : column;
    double const scale =
        static_cast<double>(signal.totals[column]) / static_cast<double>(control.totals[other]);
    double const expected = scale * control.values[row * columns + other];
    return rule == ControlRule::subtract ? std::max(value - expected, 0.0)
                                         : std::log2((value + 1) / (expected + 1));
  });
}

void scale_to_million(RegionSignal& signal) {
  change_values(signal, [&](double value, std::size_t, std::size_t column) {
    auto const total = static_cast<double>(signal.totals[column]);
    return total > 0 ? value * 1e6 / total : 0.0;
  });
}

void take_log2(RegionSignal& signal) {
  change_values(signal, [](double value, std::size_t, std::size_t) { return std::log2(1 + value); });
}

void make_binary(RegionSignal& signal, double least) {
  change_values(signal, [&](double value, std::size_t, std::size_t) { return value >= least ? 1.0 : 0.0; });
}

}  // namespace cislens
