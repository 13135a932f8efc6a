#include "cislens/model/activations.hpp"

namespace cislens {

namespace {

BlockActivations make_block(Arena& arena, NetworkConfig const& c, SequenceBatch const& batch,
                            PassOptions const& options) {
  std::int64_t const rows = batch.token_rows();
  std::int64_t const channels = c.channels;
  BlockActivations block;
  auto const norm = [&](View& normed, View& mean, View& rstd) {
    normed = arena.matrix(rows, channels);
    mean = arena.matrix(1, rows);
    rstd = arena.matrix(1, rows);
  };
  norm(block.normed1, block.mean1, block.rstd1);
  block.qkv = arena.matrix(rows, 3 * channels);
  block.attended = arena.matrix(rows, channels);
  block.lse = arena.matrix(batch.count() * c.heads, batch.padded_tokens);
  if (options.want_entropy) block.entropy = arena.matrix(batch.count() * c.heads, batch.padded_tokens);
  block.projected = arena.matrix(rows, channels);
  block.middle = arena.matrix(rows, channels);
  if (options.keep_gradients) {
    block.dattended = arena.matrix(rows, channels);
    block.dqkv = arena.matrix(rows, 3 * channels);
  }
  if (c.ffn_channels == 0) return block;
  norm(block.normed2, block.mean2, block.rstd2);
  block.hidden = arena.matrix(rows, c.ffn_channels);
  block.activated = arena.matrix(rows, c.ffn_channels);
  block.last = arena.matrix(rows, channels);
  return block;
}

}  // namespace

Activations make_activations(Context& context, NetworkConfig const& c, SequenceBatch const& batch,
                             PassOptions const& options) {
  Arena& arena = context.arena();
  std::int64_t const rows = batch.token_rows();
  Activations a;
  a.tokens = arena.matrix(rows, c.channels);
  std::int64_t const winners = rows * c.channels;
  a.winner = {static_cast<std::uint8_t*>(arena.bytes(winners)), static_cast<std::size_t>(winners)};
  if (c.positions == Positions::rotary) a.angles = arena.matrix(batch.padded_tokens, c.head_channels());
  bool const moved =
      c.positions == Positions::sinusoidal || c.positions == Positions::learned || options.dropout > 0;
  a.input = moved ? arena.matrix(rows, c.channels) : a.tokens;
  for (int b = 0; b < c.blocks; ++b) {
    a.blocks.push_back(make_block(arena, c, batch, options));
    if (b > 0 && !options.keep_gradients) {
      a.blocks.back().dattended = a.blocks.front().dattended;
      a.blocks.back().dqkv = a.blocks.front().dqkv;
    } else if (!options.keep_gradients) {
      a.blocks.back().dattended = arena.matrix(rows, c.channels);
      a.blocks.back().dqkv = arena.matrix(rows, 3 * std::int64_t{c.channels});
    }
  }
  if (c.final_norm()) {
    a.final_normed = arena.matrix(rows, c.channels);
    a.final_mean = arena.matrix(1, rows);
    a.final_rstd = arena.matrix(1, rows);
  }
  if (c.head == HeadKind::additive) {
    a.head_sums = arena.matrix(batch.count(), 2 * std::int64_t{c.channels});
  } else {
    a.alpha = arena.matrix(batch.count() * c.readout_heads, batch.padded_tokens);
    a.pooled = arena.matrix(batch.count() * c.readout_heads, c.channels);
  }
  a.logits = arena.matrix(batch.count(), c.targets);
  a.dtokens = arena.matrix(rows, c.channels);
  return a;
}

}  // namespace cislens
