// The longest sequence that can be trained on in a given memory, by the memory plan: computed, not measured.
//
//   memory_plan_bench
//
// Default network with one base a token, one sequence at a time, one and six layers: streamed attention,
// streamed and recomputed, and with the P x P probabilities of every head and layer stored. One JSON line a
// case.

#include "cislens/model/memory_plan.hpp"
#include "cislens/ops/load.hpp"

#include <cstdio>
#include <limits>

namespace cislens::bench {
namespace {

enum class Kept { streamed, recomputed, stored };

double bytes_needed(Backend const& backend, NetworkConfig const& config, Kept kept, std::int64_t bases) {
  PassOptions options;
  options.keep = kept == Kept::recomputed ? Keep::inputs : Keep::everything;
  PassMemory const pass =
      pass_memory(backend, nullptr, config, {1, bases}, options, std::numeric_limits<std::int64_t>::max());
  // Parameters, two moments and gradients are some MB and left out.
  double const matrices =
      kept == Kept::stored ? static_cast<double>(stored_probabilities_bytes(config, bases)) : 0.0;
  return static_cast<double>(pass.total()) + matrices;
}

std::int64_t longest(Backend const& backend, NetworkConfig const& config, Kept kept, double bytes) {
  std::int64_t fits = 1;
  std::int64_t too_long = 1;
  while (bytes_needed(backend, config, kept, too_long) <= bytes) too_long *= 2;
  while (too_long - fits > std::max<std::int64_t>(1, fits / 1000)) {
    std::int64_t const middle = fits + (too_long - fits) / 2;
    (bytes_needed(backend, config, kept, middle) <= bytes ? fits : too_long) = middle;
  }
  return fits;
}

void print_plan() {
  Backend const& backend = load_cpu_backend("auto");
  for (int const gb : {16, 24, 80}) {
    for (int const layers : {1, 6}) {
      NetworkConfig config;
      config.pool = 1;
      config.blocks = layers;
      auto const tokens = [&](Kept kept) {
        return static_cast<long long>(longest(backend, config, kept, 1e9 * gb));
      };
      std::printf(
          "{\"gb\": %d, \"layers\": %d, \"streamed\": %lld, \"recomputed\": %lld, \"stored\": %lld}\n", gb,
          layers, tokens(Kept::streamed), tokens(Kept::recomputed), tokens(Kept::stored));
    }
  }
}

}  // namespace
}  // namespace cislens::bench

int main() {
  try {
    cislens::bench::print_plan();
  } catch (std::exception const& error) {
    std::fprintf(stderr, "memory_plan_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
