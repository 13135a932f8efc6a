#include "attention_shape.hpp"

#include "check.hpp"

#include <algorithm>

namespace cislens {

namespace {

void require_lengths(Mirrored<std::int64_t> const& lengths, std::int64_t rows, char const* what) {
  for (std::int64_t const length : lengths) require(length >= 0 && length <= rows, what);
}

void set_span(AttentionSpan const& span, AttentionShape& shape) {
  shape.reach = attention_everything;
  shape.chunk = attention_everything;
  if (span.kind == AttentionSpan::Kind::exact) return;
  require(span.width >= 1, "attention: width of a span is at least 1");
  (span.kind == AttentionSpan::Kind::local ? shape.reach : shape.chunk) =
      std::min(span.width, attention_everything);
}

void set_summaries(AttentionInput const& input, AttentionShape& shape) {
  require(input.summary_key.empty() == input.summary_value.empty(),
          "attention: summaries have both keys and values");
  if (input.summary_key.empty()) return;
  shape.summaries = input.summary_key.rows;
  shape.summary_key_stride = input.summary_key.stride;
  shape.summary_value_stride = input.summary_value.stride;
  require_shape("attention: summary_key", input.summary_key, shape.summaries, input.q.columns);
  require_shape("attention: summary_value", input.summary_value, shape.sequences * shape.summaries,
                input.q.columns);
}

}  // namespace

AttentionShape attention_shape(Context const& context, AttentionInput const& input) {
  auto const count = static_cast<std::int64_t>(input.key_lengths.size());
  require(count > 0 && input.query_lengths.size() == input.key_lengths.size(),
          "attention: a length of queries and of keys for every sequence");
  require(input.q.rows % count == 0, "attention: rows of q are sequences times queries");
  require(input.k.rows % count == 0, "attention: rows of k are sequences times keys");
  require(input.heads > 0 && input.q.columns % input.heads == 0,
          "attention: columns of q are heads times head channels");
  AttentionShape shape{};
  shape.bf16 = context.precision() == Precision::bf16;
  shape.sequences = count;
  shape.heads = input.heads;
  shape.head_channels = input.q.columns / input.heads;
  shape.queries = input.q.rows / count;
  shape.keys = input.k.rows / count;
  shape.query_stride = input.q.stride;
  shape.key_stride = input.k.stride;
  require(shape.head_channels > 0 && shape.head_channels <= 128, "attention: 1 to 128 channels a head");
  require_shape("attention: k", input.k, input.k.rows, input.q.columns);
  require_shape("attention: v", input.v, input.k.rows, input.q.columns);
  require(input.v.stride == input.k.stride, "attention: k and v share a stride");
  require_optional("attention: null_key", input.null_key, input.heads, shape.head_channels);
  require_lengths(input.query_lengths, shape.queries, "attention: lengths of queries");
  require_lengths(input.key_lengths, shape.keys, "attention: lengths of keys");
  set_span(input.span, shape);
  set_summaries(input, shape);
  return shape;
}

AttentionShape attention_shape(Context const& context, AttentionInput const& input, ConstView o) {
  AttentionShape shape = attention_shape(context, input);
  require_shape("attention: o", o, input.q.rows, input.q.columns);
  shape.output_stride = o.stride;
  return shape;
}

AttentionOperands attention_operands(AttentionInput const& input) {
  return {input.q.data,
          input.k.data,
          input.v.data,
          input.null_key.data,
          input.summary_key.data,
          input.summary_value.data,
          input.query_lengths.device,
          input.key_lengths.device};
}

}  // namespace cislens
