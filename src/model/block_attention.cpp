#include "cislens/ops/dense.hpp"

#include "block.hpp"

namespace cislens {

namespace {

/// From the gradient of the summaries' values: that of their queries, and what keys and values add to dqkv.
void summaries_backward(BlockPass const& pass, BlockActivations& block, ConstView dsummary_value,
                        BasicBlockWeights<float> const& g) {
  Arena& arena = pass.context.arena();
  std::int64_t const channels = pass.config.channels;
  View const dquery = arena.matrix(block.summary_query.rows, channels);
  View const dqkv = arena.matrix(block.dqkv.rows, block.dqkv.columns);
  pass.context.memory().clear(dqkv.data, static_cast<std::size_t>(dqkv.rows * dqkv.columns) * sizeof(float));
  attention_backward(
      pass.context, summary_input(pass.config, pass.batch, block), block.summary_value, block.summary_lse, {},
      0, dsummary_value,
      {dquery, dqkv.column_range(channels, channels), dqkv.column_range(2 * channels, channels), {}, {}, {}});
  add(pass.context, block.dqkv, dqkv, block.dqkv);
  if (!g.summary_query.empty()) repeat_backward(pass.context, dquery, g.summary_query);
}

}  // namespace

AttentionInput attention_input(NetworkConfig const& config, BasicBlockWeights<float const> const& weights,
                               SequenceBatch const& batch, BlockActivations const& block) {
  std::int64_t const channels = config.channels;
  return {block.qkv.column_range(0, channels),
          block.qkv.column_range(channels, channels),
          block.qkv.column_range(2 * channels, channels),
          weights.null_key,
          batch.token_lengths,
          batch.token_lengths,
          config.heads,
          config.attention,
          weights.summary_key,
          block.summary_value};
}

AttentionInput summary_input(NetworkConfig const& config, SequenceBatch const& batch,
                             BlockActivations const& block) {
  std::int64_t const channels = config.channels;
  return {block.summary_query,
          block.qkv.column_range(channels, channels),
          block.qkv.column_range(2 * channels, channels),
          {},
          block.summary_lengths,
          batch.token_lengths,
          config.heads,
          AttentionSpan{},
          {},
          {}};
}

void attend(BlockPass const& pass, BasicBlockWeights<float const> const& w, ConstView x,
            BlockActivations& block) {
  std::int64_t const channels = pass.config.channels;
  linear_forward(pass.context, x, w.qkv, w.qkv_bias, {}, block.qkv);
  if (!pass.angles.empty()) {
    rotary(pass.context, pass.angles, pass.config.heads, 1.0F, block.qkv.column_range(0, channels));
    rotary(pass.context, pass.angles, pass.config.heads, 1.0F, block.qkv.column_range(channels, channels));
  }
  if (pass.config.summaries > 0) {
    repeat_forward(pass.context, w.summary_query, block.summary_query);
    attention_forward(pass.context, summary_input(pass.config, pass.batch, block), block.summary_value,
                      block.summary_lse, {});
  }
  attention_forward(pass.context, attention_input(pass.config, w, pass.batch, block), block.attended,
                    block.lse, block.entropy);
}

void attend_backward(BlockPass const& pass, BasicBlockWeights<float const> const& w, BlockActivations& block,
                     ConstView x, float entropy_gradient, View dx, BasicBlockWeights<float> const& g) {
  ArenaScope const scope(pass.context.arena());
  std::int64_t const channels = pass.config.channels;
  View const dq = block.dqkv.column_range(0, channels);
  View const dk = block.dqkv.column_range(channels, channels);
  View const dv = block.dqkv.column_range(2 * channels, channels);
  View dsummary_value;
  if (pass.config.summaries > 0)
    dsummary_value = pass.context.arena().matrix(block.summary_value.rows, channels);
  attention_backward(pass.context, attention_input(pass.config, w, pass.batch, block), block.attended,
                     block.lse, block.entropy, entropy_gradient, block.dattended,
                     {dq, dk, dv, g.null_key, g.summary_key, dsummary_value});
  if (pass.config.summaries > 0) summaries_backward(pass, block, dsummary_value, g);
  if (!pass.angles.empty()) {
    rotary(pass.context, pass.angles, pass.config.heads, -1.0F, dq);
    rotary(pass.context, pass.angles, pass.config.heads, -1.0F, dk);
  }
  linear_backward(pass.context, x, w.qkv, block.dqkv, dx, g.qkv, g.qkv_bias);
}

}  // namespace cislens
