#include "cislens/train/training_memory.hpp"

#include "cislens/model/parameters.hpp"
#include "cislens/ops/load.hpp"

#include "groups.hpp"
#include "step.hpp"

#include <algorithm>

namespace cislens {

namespace {

constexpr std::int64_t float_bytes = sizeof(float);

/// Shapes of groups of which one is the largest: the longest sequence with as many as go with it, and as many
/// as there may be of the longest that allow them.
std::vector<PassShape> largest_groups(NetworkConfig const& config, std::span<std::int64_t const> lengths,
                                      std::int64_t preferred) {
  std::int64_t const longest = *std::ranges::max_element(lengths);
  std::vector<PassShape> shapes{{group_size(config, longest, preferred), longest}};
  for (std::int64_t size = shapes.front().sequences + 1; size <= preferred; ++size) {
    std::int64_t bases = 0;
    for (std::int64_t const length : lengths) {
      if (group_size(config, length, preferred) >= size) bases = std::max(bases, length);
    }
    if (bases > 0) shapes.push_back({size, bases});
  }
  return shapes;
}

}  // namespace

PassMemory largest_training_pass(NetworkConfig const& config, TrainOptions const& options,
                                 std::span<std::int64_t const> lengths, Backend const& backend, Threads* team,
                                 std::int64_t enough) {
  PassOptions const pass{false, options.entropy_weight > 0, static_cast<float>(options.dropout), 0,
                         options.recompute ? Keep::inputs : Keep::everything};
  PassMemory largest;
  for (PassShape const& shape : largest_groups(config, lengths, preferred_sequences(backend))) {
    PassMemory const memory = pass_memory(backend, team, config, shape, pass, enough);
    if (memory.total() > largest.total()) largest = memory;
  }
  return largest;
}

MemoryPlan plan_training(NetworkConfig const& config, TrainOptions const& options,
                         std::span<std::int64_t const> lengths, Backend const& backend, Threads& threads,
                         std::int64_t enough) {
  std::int64_t const block = layout_of(config).size * float_bytes;
  bool const alone = options.one_group_at_a_time;
  std::int64_t const contexts = alone ? 1 : threads.count();
  PassMemory const pass = largest_training_pass(config, options, lengths, backend,
                                                alone && threads.count() > 1 ? &threads : nullptr, enough);
  return {{{"activations", contexts * pass.activations},
           {"scratch", contexts * pass.scratch},
           {"gradients", Stepper::lanes * block},
           {"parameters", 2 * block},  // the best ones so far are kept
           {"optimiser", 2 * block}}};
}

MemoryPlan plan_prediction(NetworkConfig const& config, std::int64_t bases, Backend const& backend,
                           std::int64_t threads, std::int64_t enough) {
  PassOptions const pass{false, false, 0, 0, Keep::nothing};
  PassMemory const memory = pass_memory(backend, nullptr, config, {1, bases}, pass, enough);
  return {{{"activations", threads * memory.activations},
           {"scratch", threads * memory.scratch},
           {"parameters", layout_of(config).size * float_bytes}}};
}

}  // namespace cislens
