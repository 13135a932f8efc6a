#include "cislens/model/memory_plan.hpp"

#include "cislens/model/network.hpp"
#include "cislens/ops/idle.hpp"

#include <algorithm>

namespace cislens {

namespace {

/// Sequences of which only the lengths matter.
struct ShapeOnly {
  ShapeOnly(NetworkConfig const& config, PassShape const& shape)
      : bases(shape.bases),
        tokens(config.tokens(shape.bases)),
        lengths(static_cast<std::size_t>(shape.sequences), bases),
        token_lengths(static_cast<std::size_t>(shape.sequences), tokens) {}

  SequenceBatch batch(Arena& arena) const {
    std::int64_t const count = static_cast<std::int64_t>(lengths.size()) * bases;
    auto const* const letters = static_cast<std::uint8_t const*>(arena.bytes(count));
    return {{letters, static_cast<std::size_t>(count)}, lengths, token_lengths, bases, tokens};
  }

  std::int64_t bases, tokens;
  std::vector<std::int64_t> lengths, token_lengths;
};

}  // namespace

std::int64_t MemoryPlan::total() const {
  std::int64_t sum = 0;
  for (Part const& part : parts) sum += part.bytes;
  return sum;
}

PassMemory pass_memory(Backend const& backend, Threads* team, NetworkConfig const& config,
                       PassShape const& shape, PassOptions const& options, std::int64_t enough) {
  auto const idle = idle_backend(backend);
  Context context(*idle);
  context.set_team(team);
  context.arena() = Arena::counting();
  Arena elsewhere = Arena::counting();  // what does not belong to the pass
  ShapeOnly const sequences(config, shape);
  SequenceBatch const batch = sequences.batch(elsewhere);

  Activations activations = make_activations(context, config, batch, options);
  PassMemory memory;
  memory.activations = static_cast<std::int64_t>(context.arena().peak_bytes());
  if (memory.activations > enough) return memory;

  std::int64_t const size = layout_of(config).size;
  Weights const weights = bind_weights(config, static_cast<float const*>(elsewhere.floats(size)));
  forward(context, config, weights, batch, options, activations);
  if (options.keep != Keep::nothing) {
    MutableWeights const gradient = bind_weights(config, elsewhere.floats(size));
    View const dlogits = context.arena().matrix(batch.count(), config.targets);
    backward(context, config, weights, batch, options, dlogits, options.want_entropy ? 1.0F : 0.0F,
             activations, &gradient);
  }
  memory.scratch = static_cast<std::int64_t>(context.arena().peak_bytes()) - memory.activations;
  return memory;
}

PassLimits fitting_pass(Backend const& backend, NetworkConfig const& config, std::int64_t bases,
                        PassOptions const& options, std::int64_t bytes_a_token) {
  PassLimits limits = preferred_pass(backend);
  DeviceMemory const& memory = memory_of(backend);
  if (memory.is_host) return limits;
  constexpr std::size_t most = std::size_t{1} << 60;
  constexpr double share = 0.9;  // the rest is for what is read back and for the device's own needs
  auto const free =
      static_cast<std::int64_t>(share * static_cast<double>(std::min(memory.available(), most)));
  for (;;) {
    PassShape const shape{pass_size(config, bases, limits), bases};
    if (shape.sequences == 1) return limits;
    std::int64_t const besides = shape.sequences * config.tokens(bases) * bytes_a_token;
    if (pass_memory(backend, nullptr, config, shape, options, free).total() + besides <= free) return limits;
    limits.tokens = (shape.sequences + 1) / 2 * config.tokens(bases);
  }
}

std::int64_t stored_probabilities_bytes(NetworkConfig const& config, std::int64_t bases) {
  std::int64_t const tokens = config.tokens(bases);
  std::int64_t const matrices = std::int64_t{config.heads} * (config.blocks + 1);
  return matrices * tokens * tokens * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace cislens
