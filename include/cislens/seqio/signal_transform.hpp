#pragma once

#include "cislens/seqio/region_signal.hpp"

namespace cislens {

/// How a control sample enters.
enum class ControlRule {
  log2_ratio,  ///< log2((signal + 1) / (scale * control + 1))
  subtract     ///< signal - scale * control, not below 0
};

/// Compares every column with the control's column of the same number, or its only one. `scale` is the ratio
/// of the totals, so that the deeper library does not win by its depth.
/// @pre  both have totals and the same regions; the control has one column or as many as the signal
/// @throws InputError  a total of the control is 0: none of its reads passes the filters
void compare_with_control(RegionSignal& signal, RegionSignal const& control, ControlRule rule,
                          std::string const& control_name);

/// Values per million reads (or fragments) that pass the filters in the whole file: times 1e6 / total.
/// Columns with a total of 0 stay 0.
void scale_to_million(RegionSignal& signal);

/// log2(1 + value).
void take_log2(RegionSignal& signal);

/// 1 for values of at least `least`, else 0.
void make_binary(RegionSignal& signal, double least);

}  // namespace cislens
