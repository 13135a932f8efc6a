#include "cislens/readout/attribution_pass.hpp"

#include "cislens/ops/dense.hpp"
#include "cislens/ops/head.hpp"

namespace cislens {

namespace {

/// Floats of one block's values: (C, D) a head, then (C, C).
std::int64_t floats_of_block(NetworkConfig const& config) {
  return 2 * std::int64_t{config.channels} * config.channels;
}

}  // namespace

ValueWeights::ValueWeights(Context& context, NetworkConfig const& config, Weights const& weights)
    : heads_(config.heads),
      channels_(config.channels),
      values_(context.memory(), config.blocks * floats_of_block(config)) {
  std::int64_t const width = config.head_channels();
  for (int b = 0; b < config.blocks; ++b) {
    ConstView const all =
        weights.blocks[static_cast<std::size_t>(b)].qkv.column_range(2 * channels_, channels_);
    for (int h = 0; h < config.heads; ++h)
      copy_rows(context, all.column_range(h * width, width), matrix(b, h));
    copy_rows(context, all, matrix(b, config.heads));
  }
}

View ValueWeights::matrix(int block, int index) const {
  std::int64_t const width = channels_ / heads_;
  std::int64_t const first = (2 * std::int64_t{block} * heads_ + index) * channels_ * width;
  return {values_.data() + first, channels_, index < heads_ ? width : channels_};
}

namespace {

class Pass {
 public:
  Pass(Context& context, NetworkConfig const& config, Weights const& weights, ValueWeights const& values,
       SequenceBatch const& batch, Activations const& activations)
      : context_(context),
        config_(config),
        weights_(weights),
        values_(values),
        batch_(batch),
        a_(activations),
        pre_(config.norm == NormPlacement::pre) {}

  std::vector<BlockAttribution> run(int target, LookRequest const& looks, View d) {
    looks_ = looks;
    View dprojected;
    if (config_.head == HeadKind::additive) {
      dprojected = matrix(d.rows, d.columns);
      fill_rows(weights_.token, target, d);
      fill_rows(weights_.pair, target, dprojected);
    } else {
      pooled_head(target, d);
    }
    std::vector<BlockAttribution> blocks(a_.blocks.size());
    for (int b = config_.blocks - 1; b >= 0; --b) blocks[b] = block(b, dprojected, d);
    return blocks;
  }

 private:
  View matrix(std::int64_t rows, std::int64_t columns) { return context_.arena().matrix(rows, columns); }

  /// Every row of d is the target's column of the weight.
  void fill_rows(ConstView weight, int target, View d) {
    ArenaScope const scope(context_.arena());
    View const row = matrix(1, d.columns);
    copy_rows(context_, weight.column_range(target, 1), View(row.data, d.columns, 1));
    repeat_forward(context_, row, d);
  }

  void pooled_head(int target, View d) {
    pooled_attribution(context_, batch_.token_lengths, {weights_.query, weights_.value, weights_.bias},
                       a_.alpha, target, d);
    if (config_.final_norm()) layer_norm_attribution(context_, weights_.final_gain, a_.final_rstd, d, {}, d);
  }

  BlockAttribution block(int b, ConstView dprojected, View d) {
    auto const& w = weights_.blocks[b];
    BlockActivations const& block = a_.blocks[b];
    if (config_.ffn_channels > 0) feed_forward(w, block, d);
    if (!pre_) layer_norm_attribution(context_, w.norm1_gain, block.rstd1, d, {}, d);
    linear_backward(context_, block.attended, w.out, dprojected.empty() ? ConstView(d) : dprojected,
                    block.dattended, {}, {});
    std::int64_t const channels = config_.channels;
    BlockAttribution result;
    result.readout = asked_views();
    result.readout.dv = block.dqkv.column_range(2 * channels, channels);
    attention_readout(context_, attention_input(config_, w, batch_, block), block.lse, block.dattended, {},
                      result.readout);
    if (config_.summaries > 0) add_summaries(block, result.readout);
    for (int h = 0; h < (looks_.heads ? config_.heads : 1); ++h) {
      result.heads.push_back(looks_.heads ? head(b, h) : all_heads(b));
      add(context_, d, result.heads.back(), d);
    }
    return result;
  }

  AttentionReadout asked_views() {
    std::int64_t const tokens = batch_.padded_tokens;
    std::int64_t const heads = batch_.count() * config_.heads;
    AttentionReadout views;
    if (looks_.received) views.received = matrix(heads, tokens);
    if (looks_.distances) {
      views.distance = matrix(heads, tokens);
      views.histogram = matrix(heads, AttentionReadout::distance_bins);
    }
    if (looks_.partners > 0) {
      std::int64_t const places = heads * tokens * looks_.partners;
      void* const memory = context_.arena().bytes(places * std::int64_t{sizeof(std::int32_t)});
      views.partners = {static_cast<std::int32_t*>(memory), static_cast<std::size_t>(places)};
      views.partner_weight = matrix(heads * tokens, looks_.partners);
      views.partner_count = looks_.partners;
    }
    if (config_.summaries > 0) {
      views.summary_received = matrix(heads, config_.summaries);
      views.dsummary_value = matrix(batch_.count() * config_.summaries, config_.channels);
    }
    return views;
  }

  /// What tokens are looked at, and worth, through the summaries: A'_ij = A_ij + sum_g A_ig alpha_gj, alpha
  /// the summaries' own attention to the sequence.
  void add_summaries(BlockActivations const& block, AttentionReadout const& direct) {
    ArenaScope const scope(context_.arena());
    std::int64_t const channels = config_.channels;
    std::int64_t const rows = direct.dv.rows;
    AttentionReadout through;
    if (looks_.received) through.received = matrix(direct.received.rows, direct.received.columns);
    through.dv = matrix(rows, 3 * channels).column_range(2 * channels, channels);
    attention_readout(context_, summary_input(config_, batch_, block), block.summary_lse,
                      direct.dsummary_value, direct.summary_received, through);
    if (looks_.received) add(context_, direct.received, through.received, direct.received);
    add_rows(context_, through.dv, direct.dv);
  }

  void feed_forward(BasicBlockWeights<float const> const& w, BlockActivations const& block, View d) {
    ArenaScope const scope(context_.arena());
    if (!pre_) layer_norm_attribution(context_, w.norm2_gain, block.rstd2, d, {}, d);
    View const dhidden = matrix(d.rows, config_.ffn_channels);
    View const dinput = matrix(d.rows, d.columns);
    linear_backward(context_, block.activated, w.ffn2, d, dhidden, {}, {});
    gelu_attribution(context_, block.hidden, dhidden, dhidden);
    linear_backward(context_, pre_ ? block.normed2 : block.normed1, w.ffn1, dhidden, dinput, {}, {});
    if (pre_) {
      layer_norm_attribution(context_, w.norm2_gain, block.rstd2, dinput, d, d);
    } else {
      add(context_, d, dinput, d);
    }
  }

  /// The part of the gradient at the block's input that comes through one head's values.
  View head(int b, int h) {
    std::int64_t const channels = config_.channels;
    std::int64_t const width = config_.head_channels();
    ConstView const dvalue = a_.blocks[b].dqkv.column_range(2 * channels + h * width, width);
    return through_values(b, dvalue, values_.head(b, h));
  }

  /// The same through the values of all heads.
  View all_heads(int b) {
    std::int64_t const channels = config_.channels;
    return through_values(b, a_.blocks[b].dqkv.column_range(2 * channels, channels), values_.all_heads(b));
  }

  View through_values(int b, ConstView dvalue, ConstView weight) {
    BlockActivations const& block = a_.blocks[b];
    std::int64_t const channels = config_.channels;
    View const d = matrix(block.input.rows, channels);
    linear_backward(context_, pre_ ? block.normed1 : block.input, weight, dvalue, d, {}, {});
    if (pre_) layer_norm_attribution(context_, weights_.blocks[b].norm1_gain, block.rstd1, d, {}, d);
    return d;
  }

  Context& context_;
  NetworkConfig const& config_;
  Weights const& weights_;
  ValueWeights const& values_;
  SequenceBatch const& batch_;
  Activations const& a_;
  bool pre_;
  LookRequest looks_;
};

}  // namespace

std::vector<BlockAttribution> attribution_pass(Context& context, NetworkConfig const& config,
                                               Weights const& weights, ValueWeights const& values,
                                               SequenceBatch const& batch, Activations const& activations,
                                               int target, LookRequest const& looks, View dtokens) {
  return Pass(context, config, weights, values, batch, activations).run(target, looks, dtokens);
}

}  // namespace cislens
