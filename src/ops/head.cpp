#include "cislens/ops/head.hpp"

#include "backend.hpp"
#include "check.hpp"

namespace cislens {

namespace {

HeadShape shape_of(Mirrored<std::int64_t> const& lengths, ConstView x, std::int64_t targets,
                   std::int64_t readout_heads) {
  auto const count = static_cast<std::int64_t>(lengths.size());
  require(count > 0 && x.rows > 0 && x.rows % count == 0, "head: rows are sequences times tokens");
  require(x.columns <= 4096, "head: at most 4096 channels");
  require_contiguous("head: tokens", x, x.rows, x.columns);
  for (std::int64_t const length : lengths) require(length >= 0 && length <= x.rows / count, "head: lengths");
  return {count, x.rows / count, x.columns, targets, readout_heads};
}

void check(AdditiveWeights const& weights, std::int64_t channels) {
  std::int64_t const targets = weights.bias.columns;
  require_contiguous("additive: token", weights.token, channels, targets);
  require_contiguous("additive: pair", weights.pair, channels, targets);
}

void check(PooledWeights const& weights, std::int64_t channels) {
  require_contiguous("pooled: query", weights.query, weights.query.rows, channels);
  require_contiguous("pooled: value", weights.value, weights.query.rows * channels, weights.bias.columns);
}

}  // namespace

void additive_forward(Context& context, Mirrored<std::int64_t> lengths, ConstView h, ConstView y,
                      AdditiveWeights const& weights, View sums, View logits) {
  HeadShape const shape = shape_of(lengths, h, weights.bias.columns, 0);
  check(weights, shape.channels);
  require_contiguous("additive: y", y, h.rows, h.columns);
  require_contiguous("additive: sums", sums, shape.sequences, 2 * shape.channels);
  require_contiguous("additive: logits", logits, shape.sequences, shape.targets);
  context.backend().additive_forward(shape, lengths.device, h.data, y.data, weights.token.data,
                                     weights.pair.data, weights.bias.data, sums.data, logits.data);
}

void additive_backward(Context& context, Mirrored<std::int64_t> lengths, AdditiveWeights const& weights,
                       ConstView sums, ConstView dlogits, View dh, View dy,
                       AdditiveGradient const& gradient) {
  HeadShape const shape = shape_of(lengths, dh, weights.bias.columns, 0);
  check(weights, shape.channels);
  require_contiguous("additive: dy", dy, dh.rows, dh.columns);
  require_contiguous("additive: sums", sums, shape.sequences, 2 * shape.channels);
  require_contiguous("additive: dlogits", dlogits, shape.sequences, shape.targets);
  require_optional("additive: dtoken", gradient.token, shape.channels, shape.targets);
  require_optional("additive: dpair", gradient.pair, shape.channels, shape.targets);
  require_optional("additive: dbias", gradient.bias, 1, shape.targets);
  context.backend().additive_backward(shape, lengths.device, weights.token.data, weights.pair.data, sums.data,
                                      dlogits.data, dh.data, dy.data, gradient.token.data, gradient.pair.data,
                                      gradient.bias.data);
}

void pooled_forward(Context& context, Mirrored<std::int64_t> lengths, ConstView x,
                    PooledWeights const& weights, View alpha, View pooled, View logits) {
  HeadShape const shape = shape_of(lengths, x, weights.bias.columns, weights.query.rows);
  check(weights, shape.channels);
  require_contiguous("pooled: alpha", alpha, shape.sequences * shape.readout_heads, shape.tokens);
  require_contiguous("pooled: pooled", pooled, shape.sequences * shape.readout_heads, shape.channels);
  require_contiguous("pooled: logits", logits, shape.sequences, shape.targets);
  context.backend().pooled_forward(shape, lengths.device, x.data, weights.query.data, weights.value.data,
                                   weights.bias.data, alpha.data, pooled.data, logits.data);
}

void pooled_backward(Context& context, Mirrored<std::int64_t> lengths, ConstView x,
                     PooledWeights const& weights, ConstView alpha, ConstView pooled, ConstView dlogits,
                     View dx, PooledGradient const& gradient) {
  HeadShape const shape = shape_of(lengths, x, weights.bias.columns, weights.query.rows);
  check(weights, shape.channels);
  require_contiguous("pooled: dx", dx, x.rows, x.columns);
  require_contiguous("pooled: dlogits", dlogits, shape.sequences, shape.targets);
  require_optional("pooled: dquery", gradient.query, shape.readout_heads, shape.channels);
  require_optional("pooled: dvalue", gradient.value, shape.readout_heads * shape.channels, shape.targets);
  require_optional("pooled: dbias", gradient.bias, 1, shape.targets);
  context.backend().pooled_backward(shape, lengths.device, x.data, weights.query.data, weights.value.data,
                                    alpha.data, pooled.data, dlogits.data, dx.data, gradient.query.data,
                                    gradient.value.data, gradient.bias.data);
}

void pooled_attribution(Context& context, Mirrored<std::int64_t> lengths, PooledWeights const& weights,
                        ConstView alpha, std::int64_t target, View dx) {
  HeadShape const shape = shape_of(lengths, dx, weights.bias.columns, weights.query.rows);
  check(weights, shape.channels);
  require(target >= 0 && target < shape.targets, "pooled: no such target");
  require_contiguous("pooled: alpha", alpha, shape.sequences * shape.readout_heads, shape.tokens);
  context.backend().pooled_attribution(shape, lengths.device, weights.value.data, alpha.data, target,
                                       dx.data);
}

}  // namespace cislens
