#include "block.hpp"

#include "cislens/base/random.hpp"
#include "cislens/ops/dense.hpp"

namespace cislens {

namespace {

constexpr float epsilon = 1e-5F;

enum Site : std::uint64_t { after_attention = 1, after_ffn = 2 };

/// x -> dropped x, the same elements in forward and backward.
void drop(BlockPass const& pass, Site site, View x) {
  std::uint64_t const stream =
      mix(pass.options.dropout_seed, 16 * static_cast<std::uint64_t>(pass.index + 1) + site);
  dropout(pass.context, x, pass.options.dropout, stream, first_element(pass.options, x), x);
}

/// y = residual + dropout(x W + bias). `plain` takes x W + bias where somebody needs it by itself.
void residual_linear(BlockPass const& pass, Site site, ConstView x, ConstView weight, ConstView bias,
                     ConstView residual, bool keep_plain, View plain, View y) {
  if (!keep_plain && pass.options.dropout == 0) {
    linear_forward(pass.context, x, weight, bias, residual, y);
    return;
  }
  linear_forward(pass.context, x, weight, bias, {}, plain);
  if (pass.options.dropout > 0) drop(pass, site, plain);
  add(pass.context, plain, residual, y);
}

struct Norm {
  ConstView gain, bias;
  View normed, mean, rstd;
};

void normalise(BlockPass const& pass, ConstView x, Norm const& norm) {
  layer_norm_forward(pass.context, x, norm.gain, norm.bias, epsilon, norm.normed, norm.mean, norm.rstd);
}

}  // namespace

View& output_buffer(NetworkConfig const& config, BlockActivations& block) {
  bool const pre = config.norm == NormPlacement::pre;
  if (config.ffn_channels == 0) return pre ? block.middle : block.normed1;
  return pre ? block.last : block.normed2;
}

// pre:   middle = x + MHA(LN1(x));  output = middle + FFN(LN2(middle))
// post:  middle = x + MHA(x), normed1 = LN1(middle);  output = LN2(normed1 + FFN(normed1))
void block_forward(BlockPass const& pass, BasicBlockWeights<float const> const& w, BlockActivations& block) {
  bool const pre = pass.config.norm == NormPlacement::pre;
  bool const additive = pass.config.head == HeadKind::additive;
  Norm const norm1{w.norm1_gain, w.norm1_bias, block.normed1, block.mean1, block.rstd1};
  if (pre) normalise(pass, block.input, norm1);
  attend(pass, w, pre ? block.normed1 : block.input, block);
  residual_linear(pass, after_attention, block.attended, w.out, w.out_bias, block.input, additive,
                  block.projected, block.middle);
  if (!pre) normalise(pass, block.middle, norm1);
  block.output = output_buffer(pass.config, block);
  if (pass.config.ffn_channels == 0) return;
  Norm const norm2{w.norm2_gain, w.norm2_bias, block.normed2, block.mean2, block.rstd2};
  if (pre) normalise(pass, block.middle, norm2);
  linear_forward(pass.context, pre ? block.normed2 : block.normed1, w.ffn1, w.ffn1_bias, {}, block.hidden);
  gelu_forward(pass.context, block.hidden, block.activated);
  residual_linear(pass, after_ffn, block.activated, w.ffn2, w.ffn2_bias, pre ? block.middle : block.normed1,
                  false, block.projected, block.last);
  if (!pre) normalise(pass, block.last, norm2);
}

namespace {

/// dx of x W + b behind a dropout; the gradient in `dy` is dropped in a copy when there is dropout.
void linear_gradient(BlockPass const& pass, Site site, ConstView x, ConstView weight, ConstView dy, View dx,
                     View dweight, View dbias) {
  if (pass.options.dropout == 0) {
    linear_backward(pass.context, x, weight, dy, dx, dweight, dbias);
    return;
  }
  ArenaScope const scope(pass.context.arena());
  View const dropped = pass.context.arena().matrix(dy.rows, dy.columns);
  std::uint64_t const stream =
      mix(pass.options.dropout_seed, 16 * static_cast<std::uint64_t>(pass.index + 1) + site);
  dropout(pass.context, dy, pass.options.dropout, stream, first_element(pass.options, dy), dropped);
  linear_backward(pass.context, x, weight, dropped, dx, dweight, dbias);
}

/// dnormed (rows, C) = gradient at the feed-forward layer's input, from dy at its output.
void ffn_backward(BlockPass const& pass, BasicBlockWeights<float const> const& w, BlockActivations& block,
                  ConstView input, ConstView dy, View dinput, BasicBlockWeights<float> const& g) {
  ArenaScope const scope(pass.context.arena());
  View const dhidden = pass.context.arena().matrix(block.hidden.rows, block.hidden.columns);
  linear_gradient(pass, after_ffn, block.activated, w.ffn2, dy, dhidden, g.ffn2, g.ffn2_bias);
  gelu_backward(pass.context, block.hidden, dhidden, dhidden);
  linear_backward(pass.context, input, w.ffn1, dhidden, dinput, g.ffn1, g.ffn1_bias);
}

}  // namespace

void block_backward(BlockPass const& pass, BasicBlockWeights<float const> const& w, BlockActivations& block,
                    float entropy_gradient, ConstView dprojected, View dx,
                    BasicBlockWeights<float> const& g) {
  bool const pre = pass.config.norm == NormPlacement::pre;
  Context& context = pass.context;
  ArenaScope const scope(context.arena());
  View const branch = context.arena().matrix(dx.rows, dx.columns);
  auto const norm1 = [&](ConstView x, ConstView dy, ConstView residual) {
    layer_norm_backward(context, x, w.norm1_gain, block.mean1, block.rstd1, dy, residual, dx, g.norm1_gain,
                        g.norm1_bias);
  };
  auto const norm2 = [&](ConstView x, ConstView dy, ConstView residual) {
    layer_norm_backward(context, x, w.norm2_gain, block.mean2, block.rstd2, dy, residual, dx, g.norm2_gain,
                        g.norm2_bias);
  };
  if (pass.config.ffn_channels > 0) {
    if (!pre) norm2(block.last, dx, {});
    ffn_backward(pass, w, block, pre ? block.normed2 : block.normed1, dx, branch, g);
    if (pre) {
      norm2(block.middle, branch, dx);
    } else {
      add(context, dx, branch, dx);
    }
  }
  if (!pre) norm1(block.middle, dx, {});
  ConstView const dy = dprojected.empty() ? ConstView(dx) : dprojected;
  linear_gradient(pass, after_attention, block.attended, w.out, dy, block.dattended, g.out, g.out_bias);
  attend_backward(pass, w, block, pre ? block.normed1 : block.input, entropy_gradient, branch, g);
  if (pre) {
    norm1(block.input, branch, dx);
  } else {
    add(context, dx, branch, dx);
  }
}

}  // namespace cislens
