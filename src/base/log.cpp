#include "cislens/base/log.hpp"

#include "cislens/base/text.hpp"

#include <array>
#include <ctime>
#include <unistd.h>

namespace cislens {

using namespace std::chrono_literals;

Log::Log(LogOptions options)
    : options_(options),
      terminal_(isatty(STDERR_FILENO) == 1),
      last_progress_(std::chrono::steady_clock::now()) {}

void Log::debug(std::string_view message) {
  if (options_.verbose && !options_.quiet) write("info", message);
}

void Log::info(std::string_view message) {
  if (!options_.quiet) write("info", message);
}

void Log::warning(std::string_view message) { write("warning", message); }

void Log::error(std::string_view message) { write("error", message); }

void Log::progress(std::string_view task, double done, double total) {
  if (options_.quiet) return;
  auto const now = std::chrono::steady_clock::now();
  std::string const percent = format_fixed(100.0 * done / total, 0) + " %";
  if (terminal_ && !options_.json) {
    std::lock_guard const lock(mutex_);
    if (now - last_progress_ < 100ms && done < total) return;
    last_progress_ = now;
    std::fprintf(stderr, "\r\033[K%.*s %s", static_cast<int>(task.size()), task.data(), percent.c_str());
    std::fflush(stderr);
    bar_shown_ = true;
    return;
  }
  {
    std::lock_guard const lock(mutex_);
    if (now - last_progress_ < 60s) return;
    last_progress_ = now;
  }
  write("info", std::string(task) + ": " + percent);
}

void Log::clear_bar() {
  if (bar_shown_) std::fputs("\r\033[K", stderr);
  bar_shown_ = false;
}

void Log::write(std::string_view level, std::string_view message) {
  std::lock_guard const lock(mutex_);
  clear_bar();
  if (options_.json) {
    std::time_t const now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 32> stamp{};
    std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    std::fprintf(stderr, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"%s\"}\n", stamp.data(),
                 std::string(level).c_str(), escape_json(message).c_str());
    return;
  }
  std::string const prefix = level == "info" ? "" : std::string(level) + ": ";
  std::fprintf(stderr, "cislens: %s%.*s\n", prefix.c_str(), static_cast<int>(message.size()), message.data());
}

}  // namespace cislens
