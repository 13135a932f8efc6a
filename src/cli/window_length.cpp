#include "window_length.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace cislens {

void declare_max_length(CommandLine& line, std::int64_t& max_length) {
  line.number(
      "max-length", "BP", max_length, {0, 1'000'000'000},
      "longer records are read in windows of at most so many bases, each overlapping the next by half; "
      "0: the longest sequence of the training");
}

std::int64_t window_length(SavedModel const& model, std::int64_t asked) {
  std::int64_t const least = 2 * std::int64_t{model.config.pool};
  if (asked > 0) {
    if (asked >= least) return asked;
    throw UsageError("--max-length " + std::to_string(asked) + " is shorter than two tokens of this model, " +
                     std::to_string(least) + " bp");
  }
  for (char const* fact : {"longest_bp", "median_length_bp"}) {
    for (auto const& [name, value] : model.training) {
      if (name == fact && value >= 1) return std::max(least, static_cast<std::int64_t>(value));
    }
  }
  return std::numeric_limits<std::int64_t>::max();
}

void log_long_records(Dataset const& dataset, std::int64_t max_length, Run& run) {
  std::int64_t const count = std::ranges::count_if(dataset.bases, [&](Bases const& bases) {
    return static_cast<std::int64_t>(bases.size()) > max_length;
  });
  if (count == 0) return;
  run.log().info(std::to_string(count) + " of " + std::to_string(dataset.size()) +
                 (count == 1 ? " records is" : " records are") + " longer than " +
                 std::to_string(max_length) +
                 " bp: read in windows of at most that, each overlapping the next by half (--max-length)");
}

}  // namespace cislens
