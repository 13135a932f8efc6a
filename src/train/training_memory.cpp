#include "cislens/train/training_memory.hpp"

#include "cislens/model/parameters.hpp"

#include "groups.hpp"
#include "step.hpp"

#include <algorithm>
#include <map>

namespace cislens {

namespace {

constexpr std::int64_t float_bytes = sizeof(float);

/// Shapes of groups of which one is the largest: for each number of sequences that a group has, the longest
/// that come in such groups; of many the ones with most tokens.
std::vector<PassShape> largest_groups(NetworkConfig const& config, std::span<std::int64_t const> lengths,
                                      PassLimits const& limits) {
  constexpr std::size_t most = 8;
  std::map<std::int64_t, std::int64_t> longest_of;
  for (std::int64_t const length : lengths) {
    std::int64_t& longest = longest_of[pass_size(config, length, limits)];
    longest = std::max(longest, length);
  }
  std::vector<PassShape> shapes;
  for (auto const& [sequences, bases] : longest_of) shapes.push_back({sequences, bases});
  std::ranges::stable_sort(shapes, std::ranges::greater(), [&](PassShape const& shape) {
    return shape.sequences * config.tokens(shape.bases);
  });
  shapes.resize(std::min(shapes.size(), most));
  return shapes;
}

/// What a group's sequences and the gradient of its logits take of a device's memory.
std::int64_t input_bytes(DeviceMemory const& memory, NetworkConfig const& config, PassShape const& shape) {
  constexpr std::int64_t alignment = 64;
  constexpr std::int64_t pieces = 4;
  if (memory.is_host) return 0;
  std::int64_t const of_one =
      shape.bases + 2 * std::int64_t{sizeof(std::int64_t)} + config.targets * float_bytes;
  return shape.sequences * of_one + pieces * alignment;
}

}  // namespace

PassMemory largest_training_pass(NetworkConfig const& config, TrainOptions const& options,
                                 std::span<std::int64_t const> lengths, Backend const& backend, Threads* team,
                                 std::int64_t enough) {
  PassOptions const pass{false, options.entropy_weight > 0, static_cast<float>(options.dropout), 0,
                         options.recompute ? Keep::inputs : Keep::everything};
  PassMemory largest;
  PassLimits limits = training_limits(backend, options, 1);
  limits.sequences = std::min(limits.sequences, std::int64_t{options.batch_size});
  for (PassShape const& shape : largest_groups(config, lengths, limits)) {
    PassMemory memory = pass_memory(backend, team, config, shape, pass, enough);
    memory.activations += input_bytes(memory_of(backend), config, shape);
    if (memory.total() > largest.total()) largest = memory;
  }
  return largest;
}

MemoryPlan plan_training(NetworkConfig const& config, TrainOptions const& options,
                         std::span<std::int64_t const> lengths, Backend const& backend, Threads& threads,
                         std::int64_t enough) {
  std::int64_t const block = layout_of(config).size * float_bytes;
  bool const device = !memory_of(backend).is_host;
  bool const alone = options.one_group_at_a_time || device;
  std::int64_t const contexts = alone ? 1 : threads.count();
  bool const together = alone && !device && threads.count() > 1;
  PassMemory const pass =
      largest_training_pass(config, options, lengths, backend, together ? &threads : nullptr, enough);
  std::int64_t const parameters = device ? 1 : 2;  // the best ones so far are kept, by the host
  return {{{"activations", contexts * pass.activations},
           {"scratch", contexts * pass.scratch},
           {"gradients", gradient_lanes(backend) * block},
           {"parameters", parameters * block},
           {"optimiser", 3 * block}}};
}

MemoryPlan plan_prediction(NetworkConfig const& config, std::int64_t bases, Backend const& backend,
                           std::int64_t threads, std::int64_t enough) {
  PassOptions const pass{false, false, 0, 0, Keep::nothing};
  PassMemory const memory = pass_memory(backend, nullptr, config, {1, bases}, pass, enough);
  std::int64_t const contexts = memory_of(backend).is_host ? threads : 1;
  return {{{"activations", contexts * memory.activations},
           {"scratch", contexts * memory.scratch},
           {"parameters", layout_of(config).size * float_bytes}}};
}

}  // namespace cislens
