#include "cislens/ops/attention.hpp"

#include "attention_parts.hpp"
#include "attention_shape.hpp"
#include "check.hpp"
#include "deal.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

void check_gradients(AttentionInput const& input, AttentionShape const& shape,
                     AttentionGradient const& gradient) {
  require_shape("attention: dq", gradient.dq, input.q.rows, input.q.columns);
  require_shape("attention: dk", gradient.dk, input.k.rows, input.k.columns);
  require_shape("attention: dv", gradient.dv, input.v.rows, input.v.columns);
  require(gradient.dq.stride == input.q.stride && gradient.dk.stride == input.k.stride &&
              gradient.dv.stride == input.v.stride,
          "attention: gradients have the strides of q, k and v");
  require_optional("attention: dnull_key", gradient.dnull_key, shape.heads, shape.head_channels);
  auto const same = [](char const* what, ConstView gradient_of, ConstView x) {
    if (gradient_of.empty()) return;
    require_shape(what, gradient_of, x.rows, x.columns);
    require(gradient_of.stride == x.stride, "attention: gradients of summaries have their strides");
  };
  same("attention: dsummary_key", gradient.dsummary_key, input.summary_key);
  same("attention: dsummary_value", gradient.dsummary_value, input.summary_value);
}

}  // namespace

void attention_forward(Context& context, AttentionInput const& input, View o, View lse, View entropy) {
  AttentionShape const shape = attention_shape(context, input, o);
  AttentionOperands const x = attention_operands(input);
  require_contiguous("attention: lse", lse, shape.sequences * shape.heads, shape.queries);
  require_optional("attention: entropy", entropy, lse.rows, lse.columns);
  Backend const& backend = context.backend();
  ForwardParts const parts(shape, context.team() == nullptr ? 1 : context.team()->count());
  deal_out(context, parts.count(), backend.attention_scratch(shape), [&](std::int64_t item, float* scratch) {
    backend.attention_forward(shape, x, parts.part(item), {o.data, lse.data, entropy.data}, scratch);
  });
}

void attention_backward(Context& context, AttentionInput const& input, ConstView o, ConstView lse,
                        ConstView entropy, float entropy_gradient, ConstView d_o,
                        AttentionGradient const& gradient) {
  AttentionShape const shape = attention_shape(context, input, o);
  AttentionOperands const x = attention_operands(input);
  require_contiguous("attention: lse", lse, shape.sequences * shape.heads, shape.queries);
  require(entropy_gradient == 0 || !entropy.empty(), "attention: an entropy gradient needs the entropy");
  require_optional("attention: entropy", entropy, lse.rows, lse.columns);
  require_shape("attention: do", d_o, o.rows, o.columns);
  require(d_o.stride == o.stride, "attention: o and do share a stride");
  check_gradients(input, shape, gradient);

  Backend const& backend = context.backend();
  BackwardParts const parts(shape, input, backend.attention_range(shape), context.team() == nullptr);
  bool const wants_extra =
      !gradient.dnull_key.empty() || !gradient.dsummary_key.empty() || !gradient.dsummary_value.empty();
  ArenaScope const scope(context.arena());
  std::int64_t const slot = (shape.summaries + 1) * 2 * shape.head_channels;
  float* const extra = wants_extra ? context.arena().floats(parts.slots() * slot) : nullptr;
  if (extra != nullptr)
    context.memory().clear(extra, static_cast<std::size_t>(parts.slots() * slot) * sizeof(float));
  AttentionUpstream const upstream{o.data, lse.data, entropy_gradient == 0 ? nullptr : entropy.data, d_o.data,
                                   entropy_gradient};
  for (std::int64_t step = 0; step < parts.steps(); ++step) {
    if (!parts.any(step)) continue;
    deal_out(
        context, parts.count(), backend.attention_scratch(shape), [&](std::int64_t item, float* scratch) {
          AttentionPart const part = parts.part(step, item);
          if (part.heads == 0) return;
          AttentionSums const sums{gradient.dq.data, gradient.dk.data, gradient.dv.data,
                                   extra == nullptr ? nullptr : extra + item * slot, parts.ranges() * slot};
          backend.attention_backward(shape, x, upstream, part, step > 0, sums, scratch);
        });
  }
  if (extra == nullptr) return;
  backend.attention_gather(shape, {extra, parts.ranges(), gradient.dnull_key.data, gradient.dsummary_key.data,
                                   gradient.dsummary_value.data});
}

namespace {

PositionShape position_shape(Mirrored<std::int64_t> const& lengths, ConstView table, bool interpolated,
                             ConstView x) {
  auto const count = static_cast<std::int64_t>(lengths.size());
  require(count > 0 && x.rows % count == 0, "positions: rows are sequences times tokens");
  require_contiguous("positions: tokens", x, x.rows, x.columns);
  require_contiguous("positions: table", table, table.rows, x.columns);
  std::int64_t const tokens = x.rows / count;
  for (std::int64_t const length : lengths) require(length >= 0 && length <= tokens, "positions: lengths");
  require(table.rows >= (interpolated ? 2 : tokens), "positions: too few rows in the table");
  return {count, tokens, x.columns, table.rows, interpolated};
}

}  // namespace

void positions_forward(Context& context, Mirrored<std::int64_t> lengths, ConstView table, bool interpolated,
                       View x) {
  PositionShape const shape = position_shape(lengths, table, interpolated, x);
  context.backend().positions_forward(shape, lengths.device, table.data, x.data);
}

void positions_backward(Context& context, Mirrored<std::int64_t> lengths, ConstView dx, bool interpolated,
                        View dtable) {
  PositionShape const shape = position_shape(lengths, dtable, interpolated, dx);
  context.backend().positions_backward(shape, lengths.device, dx.data, dtable.data);
}

void rotary(Context& context, ConstView angles, std::int64_t heads, float direction, View x) {
  require_contiguous("rotary: angles", angles, angles.rows, x.columns / heads);
  require(angles.rows > 0, "rotary: no tokens");
  require(angles.columns % 2 == 0 && x.rows % angles.rows == 0, "rotary: shapes");
  RotaryShape const shape{x.rows / angles.rows, angles.rows, heads, angles.columns, x.stride};
  context.backend().rotary(shape, angles.data, direction, x.data);
}

void rotary_angles(double base, View angles) {
  std::int64_t const half = angles.columns / 2;
  for (std::int64_t d = 0; d < half; ++d) {
    double const frequency =
        std::pow(base, -2.0 * static_cast<double>(d) / static_cast<double>(angles.columns));
    for (std::int64_t i = 0; i < angles.rows; ++i) {
      double const angle = static_cast<double>(i) * frequency;
      angles.row(i)[d] = static_cast<float>(std::cos(angle));
      angles.row(i)[half + d] = static_cast<float>(std::sin(angle));
    }
  }
}

}  // namespace cislens
