#pragma once

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace cislens {

struct LogOptions {
  bool quiet = false;    ///< only warnings and errors
  bool json = false;     ///< one JSON object a line: {"time","level","message"}
  bool verbose = false;  ///< also what was looked at and given up
};

/// Messages for people, on stderr; results never go here. Safe to call from any thread.
class Log {
 public:
  explicit Log(LogOptions options);
  /// From now on only warnings and errors.
  void quiet() { options_.quiet = true; }

  /// Only when verbose.
  void debug(std::string_view message);
  void info(std::string_view message);
  void warning(std::string_view message);
  void error(std::string_view message);

  /// How far a long task is. A bar on a terminal; elsewhere one line a minute at most, and none when quiet.
  /// @param done, total  in the task's own unit; total > 0
  void progress(std::string_view task, double done, double total);

 private:
  void write(std::string_view level, std::string_view message);
  void clear_bar();

  LogOptions options_;
  bool terminal_;
  bool bar_shown_ = false;
  std::chrono::steady_clock::time_point last_progress_;
  std::mutex mutex_;
};

}  // namespace cislens
