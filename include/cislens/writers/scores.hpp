#pragma once

#include <cstdint>
#include <string>

namespace cislens {

/// What the network says about one record and one target, a record that may have been read in windows.
struct ScoreRow {
  std::string record;
  std::string target;
  double score = 0;          ///< of the window with the highest; NaN: no window holds a known base
  std::int64_t windows = 0;  ///< that hold a known base; 1 for a record read at once
  std::int64_t start = -1;   ///< place of that window in the record, 0-based, half-open; -1: none
  std::int64_t end = -1;
  double mean_score = 0;  ///< over those windows
};

/// What the network says about one window and one target.
struct WindowScoreRow {
  std::string record;
  std::int64_t start = 0;  ///< in the record, 0-based, half-open
  std::int64_t end = 0;
  std::string target;
  double score = 0;  ///< NaN: the window holds no known base
};

/// Lines of the tables of `predict`, which are written while records are read; each ends with a line feed.
/// Numbers are in the C locale and read back unchanged, NaN is "nan", no place is ".".
///
/// record target label score windows start end mean_score; the label is always nan
std::string score_header();
std::string format_score(ScoreRow const& row);
/// record start end target score
std::string window_score_header();
std::string format_window_score(WindowScoreRow const& row);

}  // namespace cislens
