#include "cislens/model/memory_plan.hpp"

#include "cislens/model/network.hpp"
#include "cislens/ops/idle.hpp"

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

std::int64_t stored_probabilities_bytes(NetworkConfig const& config, std::int64_t bases) {
  std::int64_t const tokens = config.tokens(bases);
  std::int64_t const matrices = std::int64_t{config.heads} * (config.blocks + 1);
  return matrices * tokens * tokens * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace cislens
