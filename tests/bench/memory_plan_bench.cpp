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

constexpr std::int64_t dry_run_tokens = 100000;

/// What a pass takes a token. A dry run at one length: memory is linear in it.
double bytes_a_token(Backend const& backend, NetworkConfig const& config, Keep keep) {
  PassOptions options;
  options.keep = keep;
  PassMemory const pass = pass_memory(backend, nullptr, config, {1, dry_run_tokens}, options,
                                      std::numeric_limits<std::int64_t>::max());
  return static_cast<double>(pass.total()) / static_cast<double>(dry_run_tokens);
}

/// By bisection. Parameters, moments and gradients are some MB and left out.
std::int64_t longest(NetworkConfig const& config, double token_bytes, bool stored, double bytes) {
  auto const needed = [&](std::int64_t tokens) {
    double const matrices = stored ? static_cast<double>(stored_probabilities_bytes(config, tokens)) : 0.0;
    return token_bytes * static_cast<double>(tokens) + matrices;
  };
  std::int64_t fits = 1;
  auto too_long = static_cast<std::int64_t>(bytes / token_bytes) + 1;
  while (too_long - fits > 1) {
    std::int64_t const middle = fits + (too_long - fits) / 2;
    (needed(middle) <= bytes ? fits : too_long) = middle;
  }
  return fits;
}

void print_plan() {
  Backend const& backend = load_cpu_backend("auto");
  for (int const layers : {1, 6}) {
    NetworkConfig config;
    config.pool = 1;
    config.blocks = layers;
    double const streamed = bytes_a_token(backend, config, Keep::everything);
    double const recomputed = bytes_a_token(backend, config, Keep::inputs);
    for (int const gb : {16, 24, 80}) {
      auto const tokens = [&](double token_bytes, bool stored) {
        return static_cast<long long>(longest(config, token_bytes, stored, 1e9 * gb));
      };
      std::printf(
          "{\"gb\": %d, \"layers\": %d, \"streamed\": %lld, \"recomputed\": %lld, \"stored\": %lld}\n", gb,
          layers, tokens(streamed, false), tokens(recomputed, false), tokens(streamed, true));
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
