#include "cislens/model/activations.hpp"

#include "cislens/base/errors.hpp"

#include "block.hpp"

#include <algorithm>

namespace cislens {

namespace {

/// Makes the activations of one pass.
class Maker {
 public:
  Maker(Context& context, NetworkConfig const& config, SequenceBatch const& batch, PassOptions const& options)
      : context_(context),
        arena_(context.arena()),
        c_(config),
        batch_(batch),
        options_(options),
        rows_(batch.token_rows()),
        sequences_(batch.count()) {}

  Activations make() {
    Activations a;
    make_input(a);
    for (int b = 0; b < c_.blocks; ++b) {
      bool const own = b == 0 || options_.keep == Keep::everything;
      a.blocks.push_back(own ? new_block() : a.blocks.front());
      if (b > 0) share(a, b);
      if (b == 0 || options_.keep_gradients) make_shared(a.blocks.back());
    }
    make_head(a);
    return a;
  }

 private:
  View tokens(std::int64_t columns) { return arena_.matrix(rows_, columns); }

  void make_input(Activations& a) {
    a.tokens = tokens(c_.channels);
    std::int64_t const winners = rows_ * c_.channels;
    a.winner = {static_cast<std::uint8_t*>(arena_.bytes(winners)), static_cast<std::size_t>(winners)};
    if (c_.positions == Positions::rotary) a.angles = arena_.matrix(batch_.padded_tokens, c_.head_channels());
    bool const moved =
        c_.positions == Positions::sinusoidal || c_.positions == Positions::learned || options_.dropout > 0;
    a.input = moved ? tokens(c_.channels) : a.tokens;
  }

  void make_norm(View& normed, View& mean, View& rstd) {
    normed = tokens(c_.channels);
    mean = arena_.matrix(1, rows_);
    rstd = arena_.matrix(1, rows_);
  }

  void make_summaries(BlockActivations& block) {
    std::int64_t const summaries = sequences_ * c_.summaries;
    auto* const lengths = static_cast<std::int64_t*>(
        context_.host_arena().bytes(sequences_ * static_cast<std::int64_t>(sizeof(std::int64_t))));
    std::fill_n(lengths, sequences_, std::int64_t{c_.summaries});
    block.summary_lengths =
        mirrored(context_, std::span<std::int64_t const>(lengths, static_cast<std::size_t>(sequences_)));
    block.summary_query = arena_.matrix(summaries, c_.channels);
    block.summary_value = arena_.matrix(summaries, c_.channels);
    block.summary_lse = arena_.matrix(sequences_ * c_.heads, c_.summaries);
  }

  BlockActivations new_block() {
    BlockActivations block;
    make_norm(block.normed1, block.mean1, block.rstd1);
    block.qkv = tokens(3 * std::int64_t{c_.channels});
    // Queries, keys and values are made before heads write: nobody reads the norm any more, or it comes
    // later. As the block's output it has to stay.
    bool const spare = options_.keep == Keep::nothing && &output_buffer(c_, block) != &block.normed1;
    block.attended = spare ? block.normed1 : tokens(c_.channels);
    block.lse = arena_.matrix(sequences_ * c_.heads, batch_.padded_tokens);
    if (options_.want_entropy) block.entropy = arena_.matrix(sequences_ * c_.heads, batch_.padded_tokens);
    if (c_.summaries > 0) make_summaries(block);
    block.middle = tokens(c_.channels);
    if (c_.ffn_channels == 0) return block;
    make_norm(block.normed2, block.mean2, block.rstd2);
    block.hidden = tokens(c_.ffn_channels);
    block.activated = tokens(c_.ffn_channels);
    block.last = tokens(c_.channels);
    return block;
  }

  void make_shared(BlockActivations& block) {
    if (c_.head == HeadKind::additive || options_.dropout > 0) block.projected = tokens(c_.channels);
    if (options_.keep == Keep::nothing) return;
    block.dattended = tokens(c_.channels);
    block.dqkv = tokens(3 * std::int64_t{c_.channels});
  }

  /// Gives block b > 0 what it cannot share, and shares what it need not have by itself.
  void share(Activations& a, int b) {
    BlockActivations& block = a.blocks[b];
    block.projected = a.blocks.front().projected;
    block.dattended = a.blocks.front().dattended;
    block.dqkv = a.blocks.front().dqkv;
    if (options_.keep == Keep::inputs) output_buffer(c_, block) = tokens(c_.channels);
    // The first block has read the network's input, the third reads the second's output, and so on.
    if (options_.keep == Keep::nothing)
      output_buffer(c_, block) = b % 2 == 1 ? a.input : output_buffer(c_, a.blocks.front());
  }

  void make_head(Activations& a) {
    bool const spare = options_.keep == Keep::nothing && c_.blocks > 0;
    if (c_.final_norm() && spare) {
      BlockActivations const& first = a.blocks.front();
      a.final_normed = first.normed1;
      a.final_mean = first.mean1;
      a.final_rstd = first.rstd1;
    } else if (c_.final_norm()) {
      make_norm(a.final_normed, a.final_mean, a.final_rstd);
    }
    if (c_.head == HeadKind::additive) {
      a.head_sums = arena_.matrix(sequences_, 2 * std::int64_t{c_.channels});
    } else {
      a.alpha = arena_.matrix(sequences_ * c_.readout_heads, batch_.padded_tokens);
      a.pooled = arena_.matrix(sequences_ * c_.readout_heads, c_.channels);
    }
    a.logits = arena_.matrix(sequences_, c_.targets);
    if (options_.keep != Keep::nothing) a.dtokens = tokens(c_.channels);
  }

  Context& context_;
  Arena& arena_;
  NetworkConfig const& c_;
  SequenceBatch const& batch_;
  PassOptions const& options_;
  std::int64_t rows_, sequences_;
};

}  // namespace

Activations make_activations(Context& context, NetworkConfig const& config, SequenceBatch const& batch,
                             PassOptions const& options) {
  if (options.keep_gradients && options.keep != Keep::everything) {
    throw ShapeError("activations: gradients of blocks are kept only with everything else");
  }
  return Maker(context, config, batch, options).make();
}

}  // namespace cislens
