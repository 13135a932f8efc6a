#include "attention_shape.hpp"
#include "check.hpp"

namespace cislens {

void attention_readout(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       ConstView row_weight, AttentionReadout const& readout) {
  require(row_weight.empty(), "attention: row weights are not there yet");
  AttentionShape const shape = attention_shape(input, d_o);
  require(input.span.kind == AttentionSpan::Kind::exact && input.summary_key.empty(),
          "attention: readout of the exact span alone is there yet");
  require(input.query_lengths.data() == input.key_lengths.data() && input.q.rows == input.k.rows &&
              input.q.stride == input.k.stride,
          "attention: readout of self-attention alone is there yet");
  require_contiguous("attention: lse", lse, shape.sequences * shape.heads, shape.queries);
  for (View const x : {readout.received, readout.attribution, readout.distance, readout.mass}) {
    require_contiguous("attention: a readout", x, lse.rows, lse.columns);
  }
  if (!readout.dv.empty()) {
    require_shape("attention: dv", readout.dv, input.q.rows, input.q.columns);
    require(readout.dv.stride == input.q.stride, "attention: dv has the stride of q");
  }
  ArenaScope const scope(context.arena());
  Backend const& backend = context.backend();
  float* const scratch = context.arena().floats(backend.attention_readout_scratch(shape));
  backend.attention_readout(shape, attention_operands(input), lse.data, d_o.data, readout.received.data,
                            readout.attribution.data, readout.distance.data, readout.mass.data,
                            readout.dv.data, scratch);
}

}  // namespace cislens
