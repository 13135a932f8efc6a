#include "cislens/ops/attention.hpp"

#include "backend.hpp"
#include "check.hpp"

#include <cmath>

namespace cislens {

namespace {

AttentionShape checked_shape(AttentionInput const& input, ConstView o, ConstView lse) {
  auto const count = static_cast<std::int64_t>(input.key_lengths.size());
  require(input.span.kind == AttentionSpan::Kind::exact && input.summary_key.empty(),
          "attention: only the exact span is there yet");
  require(input.query_lengths.data() == input.key_lengths.data(),
          "attention: only self-attention is there yet");
  require(count > 0 && input.q.rows % count == 0, "attention: rows of q are sequences times tokens");
  require(input.heads > 0 && input.q.columns % input.heads == 0,
          "attention: columns of q are heads times head channels");
  std::int64_t const tokens = input.q.rows / count;
  std::int64_t const head_channels = input.q.columns / input.heads;
  require(head_channels <= 128, "attention: at most 128 channels a head");
  require_shape("attention: k", input.k, input.q.rows, input.q.columns);
  require_shape("attention: v", input.v, input.q.rows, input.q.columns);
  require(input.k.stride == input.q.stride && input.v.stride == input.q.stride,
          "attention: q, k and v share a stride");
  require_optional("attention: null_key", input.null_key, input.heads, head_channels);
  require_shape("attention: o", o, input.q.rows, input.q.columns);
  require_contiguous("attention: lse", lse, count * input.heads, tokens);
  for (std::int64_t const length : input.key_lengths)
    require(length >= 0 && length <= tokens, "attention: lengths");
  return {count, tokens, input.heads, head_channels, input.q.stride, o.stride};
}

float* scratch_for(Context& context, AttentionShape const& shape) {
  return context.arena().floats(context.backend().attention_scratch(shape));
}

}  // namespace

void attention_forward(Context& context, AttentionInput const& input, View o, View lse, View entropy) {
  AttentionShape const shape = checked_shape(input, o, lse);
  require_optional("attention: entropy", entropy, lse.rows, lse.columns);
  ArenaScope const scope(context.arena());
  context.backend().attention_forward(shape, input.key_lengths.data(), input.q.data, input.k.data,
                                      input.v.data, input.null_key.data, o.data, lse.data, entropy.data,
                                      scratch_for(context, shape));
}

void attention_backward(Context& context, AttentionInput const& input, ConstView o, ConstView lse,
                        ConstView entropy, float entropy_gradient, ConstView d_o,
                        AttentionGradient const& gradient) {
  AttentionShape const shape = checked_shape(input, o, lse);
  require(entropy_gradient == 0 || !entropy.empty(), "attention: an entropy gradient needs the entropy");
  require_shape("attention: do", d_o, o.rows, o.columns);
  require(d_o.stride == o.stride, "attention: o and do share a stride");
  for (View const x : {gradient.dq, gradient.dk, gradient.dv}) {
    require_shape("attention: a gradient", x, input.q.rows, input.q.columns);
    require(x.stride == input.q.stride, "attention: gradients have the stride of q");
  }
  require_optional("attention: dnull_key", gradient.dnull_key, shape.heads, shape.head_channels);
  ArenaScope const scope(context.arena());
  context.backend().attention_backward(
      shape, input.key_lengths.data(), input.q.data, input.k.data, input.v.data, input.null_key.data, o.data,
      lse.data, entropy.data, entropy_gradient, d_o.data, gradient.dq.data, gradient.dk.data,
      gradient.dv.data, gradient.dnull_key.data, scratch_for(context, shape));
}

void attention_readout(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       ConstView row_weight, AttentionReadout const& readout) {
  require(row_weight.empty(), "attention: row weights are not there yet");
  AttentionShape const shape = checked_shape(input, d_o, lse);
  for (View const x : {readout.received, readout.attribution, readout.distance, readout.mass}) {
    require_contiguous("attention: a readout", x, lse.rows, lse.columns);
  }
  if (!readout.dv.empty()) {
    require_shape("attention: dv", readout.dv, input.q.rows, input.q.columns);
    require(readout.dv.stride == input.q.stride, "attention: dv has the stride of q");
  }
  ArenaScope const scope(context.arena());
  context.backend().attention_readout(shape, input.key_lengths.data(), input.q.data, input.k.data,
                                      input.v.data, lse.data, d_o.data, readout.received.data,
                                      readout.attribution.data, readout.distance.data, readout.mass.data,
                                      readout.dv.data, scratch_for(context, shape));
}

void rotary(Context& context, ConstView angles, std::int64_t heads, float direction, View x) {
  require_contiguous("rotary: angles", angles, angles.rows, x.columns / heads);
  require(angles.rows > 0, "rotary: no tokens");
  require(angles.columns % 2 == 0 && x.rows % angles.rows == 0, "rotary: shapes");
  AttentionShape const shape{x.rows / angles.rows, angles.rows, heads, angles.columns, x.stride, x.stride};
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
