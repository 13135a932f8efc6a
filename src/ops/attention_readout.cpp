#include "cislens/base/threads.hpp"

#include "attention_parts.hpp"
#include "attention_shape.hpp"
#include "check.hpp"
#include "deal.hpp"

namespace cislens {

static_assert(AttentionReadout::distance_bins == readout_bins);

namespace {

/// The shape of a readout: `d_o` may be empty.
AttentionShape readout_shape(Context const& context, AttentionInput const& input, ConstView lse,
                             ConstView d_o) {
  AttentionShape const shape =
      d_o.empty() ? attention_shape(context, input) : attention_shape(context, input, d_o);
  require_contiguous("attention: lse", lse, shape.sequences * shape.heads, shape.queries);
  return shape;
}

void require_partners(AttentionReadout const& readout, std::int64_t rows) {
  std::int64_t const count = readout.partner_count;
  if (readout.partners.empty()) {
    require(rows == 0 || (readout.partner_weight.empty() && readout.partner_worth.empty()),
            "attention: weights and worths of partners need the partners");
    return;
  }
  require(count > 0 && count <= most_partners, "attention: 1 to 64 partners a query");
  require(static_cast<std::int64_t>(readout.partners.size()) == rows * count,
          "attention: partners are sequences times heads times queries times their count");
  require_contiguous("attention: partner_weight", readout.partner_weight, rows, count);
  require_optional("attention: partner_worth", readout.partner_worth, rows, count);
}

/// The values' gradients.
void require_gradients(AttentionInput const& input, ConstView d_o, AttentionReadout const& readout) {
  if (!readout.dv.empty()) {
    require_shape("attention: dv", readout.dv, input.v.rows, input.v.columns);
    require(readout.dv.stride == input.v.stride, "attention: dv has the stride of v");
  }
  if (!readout.dsummary_value.empty()) {
    require_shape("attention: dsummary_value", readout.dsummary_value, input.summary_value.rows,
                  input.summary_value.columns);
    require(readout.dsummary_value.stride == input.summary_value.stride,
            "attention: dsummary_value has the stride of summary_value");
  }
  bool const wanted = !readout.attribution.empty() || !readout.dv.empty() ||
                      !readout.dsummary_value.empty() || !readout.partner_worth.empty();
  require(!wanted || !d_o.empty(), "attention: attribution, dv, dsummary_value and partner_worth need do");
}

void require_readout(AttentionShape const& shape, AttentionReadout const& readout) {
  std::int64_t const heads = shape.sequences * shape.heads;
  for (View const x : {readout.received, readout.attribution})
    require_optional("attention: a readout of keys", x, heads, shape.keys);
  for (View const x : {readout.entropy, readout.distance, readout.mass})
    require_optional("attention: a readout of queries", x, heads, shape.queries);
  require_optional("attention: histogram", readout.histogram, heads, AttentionReadout::distance_bins);
  require_optional("attention: summary_received", readout.summary_received, heads, shape.summaries);
  require_partners(readout, heads * shape.queries);
}

/// Where results go, and slots of the arena for what is summed by ranges of queries.
AttentionReadoutSums sums_of(Arena& arena, AttentionShape const& shape, AttentionReadout const& readout,
                             std::int64_t ranges) {
  std::int64_t const slots = shape.sequences * shape.heads * ranges;
  auto const slots_for = [&](View total, std::int64_t size) {
    return total.empty() ? nullptr : arena.floats(slots * size);
  };
  return {readout.received.data,
          readout.attribution.data,
          readout.entropy.data,
          readout.distance.data,
          readout.mass.data,
          readout.dv.data,
          readout.partners.empty() ? nullptr : readout.partners.data(),
          readout.partner_weight.data,
          readout.partner_worth.data,
          readout.partner_count,
          slots_for(readout.histogram, readout_bins),
          slots_for(readout.summary_received, shape.summaries),
          slots_for(readout.dsummary_value, shape.summaries * shape.head_channels),
          ranges};
}

}  // namespace

void attention_readout(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       ConstView row_weight, AttentionReadout const& readout) {
  AttentionShape const shape = readout_shape(context, input, lse, d_o);
  require_optional("attention: row_weight", row_weight, lse.rows, lse.columns);
  require_gradients(input, d_o, readout);
  require_readout(shape, readout);
  AttentionOperands const x = attention_operands(input);
  AttentionKnown const known{lse.data, d_o.data, row_weight.data};
  Backend const& backend = context.backend();
  bool const alone = context.team() == nullptr || context.team()->count() == 1;
  BackwardParts const parts(shape, input, backend.attention_range(shape), alone);
  ArenaScope const scope(context.arena());
  AttentionReadoutSums const sums = sums_of(context.arena(), shape, readout, parts.ranges());
  std::int64_t const scratch_floats = backend.attention_readout_scratch(shape);
  for (std::int64_t step = 0; step < parts.steps(); ++step) {
    if (!parts.any(step)) continue;
    deal_out(context, parts.count(), scratch_floats, [&](std::int64_t item, float* scratch) {
      backend.attention_readout(shape, x, known, parts.part(step, item), step > 0, sums, scratch);
    });
  }
  AttentionReadoutTotals const totals{readout.histogram.data, readout.summary_received.data,
                                      readout.dsummary_value.data};
  deal_out(context, parts.count(), 0, [&](std::int64_t item, float*) {
    backend.attention_readout_finish(shape, x, known, parts.part(0, item), sums, totals);
  });
}

void attention_entries(Context& context, AttentionInput const& input, ConstView lse, ConstView d_o,
                       std::span<AttentionEntry const> entries, std::span<float> weight,
                       std::span<float> worth) {
  AttentionShape const shape = readout_shape(context, input, lse, d_o);
  require(weight.size() == entries.size(), "attention: a weight for every entry");
  require(worth.empty() || worth.size() == entries.size(), "attention: a worth for every entry, or none");
  require(worth.empty() || !d_o.empty(), "attention: worths of entries need do");
  for (AttentionEntry const& entry : entries) {
    require(entry.sequence >= 0 && entry.sequence < shape.sequences && entry.head >= 0 &&
                entry.head < shape.heads && entry.query >= 0 && entry.query < shape.queries &&
                entry.key >= 0 && entry.key < shape.keys,
            "attention: an entry is outside the matrices");
  }
  if (entries.empty()) return;
  ArenaScope const scope(context.arena());
  auto const count = static_cast<std::int64_t>(entries.size());
  DeviceMemory const& memory = context.memory();
  float* const weights = memory.is_host ? weight.data() : context.arena().floats(count);
  float* const worths = worth.empty()    ? nullptr
                        : memory.is_host ? worth.data()
                                         : context.arena().floats(count);
  context.backend().attention_entries(shape, attention_operands(input), {lse.data, d_o.data, nullptr}, count,
                                      mirrored(context, entries).device, weights, worths);
  if (memory.is_host) return;
  memory.copy_to_host(weight.data(), weights, weight.size_bytes());
  if (worths != nullptr) memory.copy_to_host(worth.data(), worths, worth.size_bytes());
}

}  // namespace cislens
