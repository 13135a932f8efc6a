#include "cislens/model/network.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/ops/dense.hpp"
#include "cislens/ops/head.hpp"

#include "block.hpp"
#include "positions.hpp"

namespace cislens {

namespace {

constexpr float epsilon = 1e-5F;

std::uint64_t input_stream(PassOptions const& options) { return mix(options.dropout_seed, 0); }

/// Stem tokens plus positions, with dropout: what the first block reads.
void prepare_input(Context& context, NetworkConfig const& config, Weights const& weights,
                   SequenceBatch const& batch, PassOptions const& options, Activations& a) {
  if (config.positions == Positions::rotary) set_rotary_angles(context, config.rotary_base, a.angles);
  if (a.input.data == a.tokens.data) return;
  copy_rows(context, a.tokens, a.input);
  if (config.positions == Positions::sinusoidal) add_sinusoidal(context, batch.token_lengths, a.input);
  if (config.positions == Positions::learned)
    positions_forward(context, batch.token_lengths, weights.positions, true, a.input);
  if (options.dropout > 0)
    dropout(context, a.input, options.dropout, input_stream(options), first_element(options, a.input),
            a.input);
}

BlockPass block_pass(Context& context, NetworkConfig const& config, SequenceBatch const& batch,
                     PassOptions const& options, Activations const& a, int index) {
  return {context, config, batch, options, a.angles, index};
}

ConstView last_output(Activations const& a) { return a.blocks.empty() ? a.input : a.blocks.back().output; }

AdditiveWeights additive_weights(Weights const& w) { return {w.token, w.pair, w.bias}; }
PooledWeights pooled_weights(Weights const& w) { return {w.query, w.value, w.bias}; }

}  // namespace

void forward(Context& context, NetworkConfig const& config, Weights const& weights,
             SequenceBatch const& batch, PassOptions const& options, Activations& a) {
  stem_forward(context, batch, config.stem(), weights.stem, weights.stem_bias, a.tokens, a.winner);
  prepare_input(context, config, weights, batch, options, a);
  View x = a.input;
  for (int b = 0; b < config.blocks; ++b) {
    a.blocks[b].input = x;
    block_forward(block_pass(context, config, batch, options, a, b), weights.blocks[b], a.blocks[b]);
    x = a.blocks[b].output;
  }
  if (config.head == HeadKind::additive) {
    additive_forward(context, batch.token_lengths, a.input, a.blocks[0].projected, additive_weights(weights),
                     a.head_sums, a.logits);
    return;
  }
  ConstView read = x;
  if (config.final_norm()) {
    layer_norm_forward(context, x, weights.final_gain, weights.final_bias, epsilon, a.final_normed,
                       a.final_mean, a.final_rstd);
    read = a.final_normed;
  }
  pooled_forward(context, batch.token_lengths, read, pooled_weights(weights), a.alpha, a.pooled, a.logits);
}

namespace {

/// Sets a.dtokens to the gradient of the last block's output (pooled) or of its input (additive), and
/// dprojected.
void head_backward(Context& context, NetworkConfig const& config, Weights const& weights,
                   SequenceBatch const& batch, ConstView dlogits, Activations& a, View dprojected,
                   MutableWeights const& g) {
  if (config.head == HeadKind::additive) {
    additive_backward(context, batch.token_lengths, additive_weights(weights), a.head_sums, dlogits,
                      a.dtokens, dprojected, {g.token, g.pair, g.bias});
    return;
  }
  ConstView const read = config.final_norm() ? ConstView(a.final_normed) : last_output(a);
  pooled_backward(context, batch.token_lengths, read, pooled_weights(weights), a.alpha, a.pooled, dlogits,
                  a.dtokens, {g.query, g.value, g.bias});
  if (!config.final_norm()) return;
  layer_norm_backward(context, last_output(a), weights.final_gain, a.final_mean, a.final_rstd, a.dtokens, {},
                      a.dtokens, g.final_gain, g.final_bias);
}

}  // namespace

void backward(Context& context, NetworkConfig const& config, Weights const& weights,
              SequenceBatch const& batch, PassOptions const& options, ConstView dlogits,
              float entropy_gradient, Activations& a, MutableWeights const* gradient) {
  ArenaScope const scope(context.arena());
  if (options.keep == Keep::nothing) throw ShapeError("backward: forward has kept nothing");
  MutableWeights none;
  none.blocks.resize(a.blocks.size());
  MutableWeights const& g = gradient == nullptr ? none : *gradient;
  View dprojected;
  if (config.head == HeadKind::additive) dprojected = context.arena().matrix(a.tokens.rows, a.tokens.columns);
  head_backward(context, config, weights, batch, dlogits, a, dprojected, g);
  for (int b = config.blocks - 1; b >= 0; --b) {
    BlockPass const pass = block_pass(context, config, batch, options, a, b);
    // The last block's activations are still there.
    if (options.keep == Keep::inputs && b + 1 < config.blocks)
      block_forward(pass, weights.blocks[b], a.blocks[b]);
    block_backward(pass, weights.blocks[b], a.blocks[b], entropy_gradient, dprojected, a.dtokens,
                   g.blocks[b]);
  }
  if (options.dropout > 0)
    dropout(context, a.dtokens, options.dropout, input_stream(options), first_element(options, a.dtokens),
            a.dtokens);
  if (gradient == nullptr) return;
  if (config.positions == Positions::learned)
    positions_backward(context, batch.token_lengths, a.dtokens, true, g.positions);
  stem_backward(context, batch, config.stem(), a.tokens, a.winner, a.dtokens, g.stem, g.stem_bias);
}

}  // namespace cislens
