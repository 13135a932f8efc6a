#include "attention_readout_pass.hpp"
#include "functions.hpp"

#include <bit>

// One pass over A of a rectangle of queries and keys, with lse known. A block of scores becomes weights and
// is added to the sums of its rows and columns while it lies in the first cache; what was not asked for is
// not computed.
//
// Within a part, sums over queries run in the order of the queries and sums over keys in that of the keys;
// parts are added in the order of the calls.
namespace cislens::cpu {
namespace {

/// One head of a part: where its rows and columns are in what is written.
struct ReadoutUnit {
  AttentionShape const& shape;
  AttentionOperands const& x;
  AttentionKnown const& known;
  AttentionPart const& part;
  AttentionReadoutSums const& sums;
  std::int64_t index;  // of the head
  HeadPlace at;
  Places queries, keys;  // what is not padding

  ReadoutUnit(AttentionShape const& s, AttentionOperands const& operands, AttentionKnown const& k,
              AttentionPart const& p, AttentionReadoutSums const& result, std::int64_t head)
      : shape(s),
        x(operands),
        known(k),
        part(p),
        sums(result),
        index(head),
        at(s, head),
        queries(common({p.first_query, p.first_query + p.queries}, {0, x.query_lengths[at.sequence]})),
        keys(common({p.first_key, p.first_key + p.keys}, {0, x.key_lengths[at.sequence]})) {}

  std::int64_t row(std::int64_t query) const { return at.row + query; }
  std::int64_t column(std::int64_t key) const { return index * shape.keys + key; }
  /// Where this head's slot of `size` numbers for the part's range of queries begins.
  std::int64_t slot(std::int64_t size) const {
    return (index * sums.ranges + part.first_query / attention_range(shape)) * size;
  }
};

void fill(float* x, std::int64_t first, std::int64_t count, float value) {
  if (x != nullptr) std::fill_n(x + first, count, value);
}

/// Everything that the parts add to, padding included, before the first of them.
void clear(ReadoutUnit const& unit) {
  AttentionPart const& part = unit.part;
  AttentionReadoutSums const& sums = unit.sums;
  for (float* const x : {sums.received, sums.attribution}) fill(x, unit.column(part.first_key), part.keys, 0);
  std::int64_t const row = unit.row(part.first_query);
  for (float* const x : {sums.entropy, sums.distance, sums.mass}) fill(x, row, part.queries, 0);
  if (sums.dv != nullptr) {
    clear_rows(sums.dv + unit.at.key, part.first_key, part.first_key + part.keys, unit.shape.head_channels,
               unit.shape.key_stride);
  }
  std::int64_t const summaries = unit.shape.summaries;
  std::int64_t const channels = unit.shape.head_channels;
  fill(sums.histogram, unit.slot(readout_bins), readout_bins, 0);
  fill(sums.summary_received, unit.slot(summaries), summaries, 0);
  fill(sums.dsummary_value, unit.slot(summaries * channels), summaries * channels, 0);
  if (sums.partners == nullptr) return;
  std::int64_t const first = row * sums.partner_count;
  std::int64_t const count = part.queries * sums.partner_count;
  std::fill_n(sums.partners + first, count, -1);
  fill(sums.partner_weight, first, count, 0);
  fill(sums.partner_worth, first, count, 0);
}

/// What was found of a row's partners so far: their scores stand in the place of their weights until the last
/// part.
PartnerList partners_of(ReadoutUnit const& unit, std::int64_t query) {
  AttentionReadoutSums const& sums = unit.sums;
  std::int64_t const first = unit.row(query) * sums.partner_count;
  PartnerList list{sums.partner_weight + first, sums.partners + first, sums.partner_count, 0, lowest_score};
  while (list.count < list.capacity && list.place[list.count] >= 0) ++list.count;
  list.set_limit(unit.part.first_key >= unit.part.first_query);
  return list;
}

/// Scores become weights, and worths where they are asked for.
void finish_partners(ReadoutUnit const& unit) {
  AttentionReadoutSums const& sums = unit.sums;
  std::int64_t const count = sums.partner_count;
  for (std::int64_t i = unit.queries.begin; i < unit.queries.end; ++i) {
    std::int64_t const first = unit.row(i) * count;
    float const lse2 = unit.known.lse[unit.row(i)] * log2_e;
    for (std::int64_t n = first; n < first + count; ++n)
      sums.partner_weight[n] = sums.partners[n] < 0 ? hidden_score : sums.partner_weight[n] - lse2;
  }
  float* const weights = sums.partner_weight + unit.row(unit.queries.begin) * count;
  in_vectors(
      unit.queries.count() * count,
      [&](std::int64_t n) { store(weights + n, power_of_two(load(weights + n))); },
      [&](std::int64_t n, std::int64_t some) {
        store_some(weights + n, power_of_two(load_some(weights + n, some)), some);
      });
  if (sums.partner_worth == nullptr) return;
  for (std::int64_t i = unit.queries.begin; i < unit.queries.end; ++i) {
    float const* const d_o = unit.known.d_o + unit.at.output + i * unit.shape.output_stride;
    for (std::int64_t n = unit.row(i) * count; n < (unit.row(i) + 1) * count && sums.partners[n] >= 0; ++n) {
      float const* const v = unit.x.v + unit.at.key + sums.partners[n] * unit.shape.key_stride;
      sums.partner_worth[n] = sums.partner_weight[n] * dot(d_o, v, unit.shape.head_channels);
    }
  }
}

/// The null key has no place: all it does is to add to the entropy.
float null_key_entropy(ReadoutUnit const& unit, float const* q, float lse2) {
  std::int64_t const channels = unit.shape.head_channels;
  float const log2_a = dot(q, unit.x.null_key + unit.at.head * channels, channels) - lse2;
  return std::exp2(log2_a) * log2_a;
}

/// Adds the sums of some rows, `from` them a lane at a time, to `to`.
void add_row_sums(RowSums const* rows, std::int64_t count, Vector RowSums::*from, float factor, float* to) {
  for (std::int64_t first = 0; first < count; first += lanes) {
    Vector parts[lanes];
    std::int64_t const some = std::min<std::int64_t>(lanes, count - first);
    for (std::int64_t i = 0; i < some; ++i) parts[i] = rows[first + i].*from;
    for (std::int64_t i = some; i < lanes; ++i) parts[i] = Vector{};
    float totals[lanes];
    store(totals, factor * sums_of(parts));
    for (std::int64_t i = 0; i < some; ++i) to[first + i] += totals[i];
  }
}

void finish_rows(ReadoutUnit const& unit, ReadoutHead const& head, std::int64_t first, std::int64_t rows,
                 bool begin) {
  AttentionReadoutSums const& sums = unit.sums;
  ReadoutQueries const& queries = head.queries;
  std::int64_t const row = unit.row(queries.places.begin + first);
  if (sums.distance != nullptr) add_row_sums(head.sums, rows, &RowSums::distance, 1.0F, sums.distance + row);
  if (sums.mass != nullptr) add_row_sums(head.sums, rows, &RowSums::mass, 1.0F, sums.mass + row);
  if (sums.entropy == nullptr) return;
  add_row_sums(head.sums, rows, &RowSums::entropy, -ln_2, sums.entropy + row);
  if (!begin || unit.x.null_key == nullptr) return;
  for (std::int64_t i = first; i < first + rows; ++i) {
    float const* const q = queries.q + i * queries.size.columns;
    sums.entropy[unit.row(queries.places.begin + i)] -= ln_2 * null_key_entropy(unit, q, queries.lse2[i]);
  }
}

/// Sums by key - query go into the bins of their distances.
void fill_histogram(ReadoutUnit const& unit, ReadoutQueries const& queries, std::int64_t keys) {
  float* const bins = unit.sums.histogram + unit.slot(readout_bins);
  std::int64_t const offset = unit.keys.begin - unit.queries.begin - queries.size.length;
  for (std::int64_t n = 1; n < queries.size.length + keys; ++n) {
    auto const distance = static_cast<std::uint64_t>(std::abs(n + offset));
    bins[std::bit_width(distance)] += queries.diagonal[n];
  }
}

ReadoutQueries pack_queries(ReadoutUnit const& unit, Scratch& memory) {
  AttentionReadoutSums const& sums = unit.sums;
  HeadSize const size(unit.shape, unit.queries.count());
  std::int64_t const first = unit.queries.begin;
  float const* const weight = unit.known.row_weight;
  ReadoutQueries queries{size,
                         unit.queries,
                         memory.take(size.length * size.columns),
                         nullptr,
                         memory.take(size.length),
                         weight == nullptr ? nullptr : weight + unit.row(first),
                         nullptr};
  pack_rows(size, unit.x.q + unit.at.query + first * unit.shape.query_stride, unit.shape.query_stride,
            score_factor(size.channels), queries.q);
  if (sums.attribution != nullptr || sums.dv != nullptr || sums.dsummary_value != nullptr) {
    queries.d_o = memory.take(size.length * size.columns);
    pack_rows(size, unit.known.d_o + unit.at.output + first * unit.shape.output_stride,
              unit.shape.output_stride, 1.0F, queries.d_o);
  }
  for (std::int64_t i = 0; i < size.length; ++i)
    queries.lse2[i] = unit.known.lse[unit.row(first + i)] * log2_e;
  if (sums.histogram != nullptr) {
    std::int64_t const count = size.length + padded(unit.keys.count(), panel) + lanes;
    queries.diagonal = memory.take(count);
    std::fill_n(queries.diagonal, count, 0.0F);
  }
  return queries;
}

/// Keys `places` of `k`, and what is summed for them.
ReadoutKeys pack_keys(AttentionShape const& shape, Places places, bool summaries, float const* k,
                      std::int64_t stride, bool with_dv, Scratch& memory) {
  HeadSize const size(shape, places.count());
  ReadoutKeys keys{size,
                   places,
                   summaries,
                   memory.take(size.keys * size.channels),
                   nullptr,
                   memory.take(size.keys),
                   memory.take(size.keys),
                   nullptr};
  pack_panels(size, k + places.begin * stride, stride, keys.panels);
  std::fill_n(keys.received, size.keys, 0.0F);
  std::fill_n(keys.attribution, size.keys, 0.0F);
  if (with_dv) {
    keys.dv = memory.take(size.length * size.columns);
    std::fill_n(keys.dv, size.length * size.columns, 0.0F);
  }
  return keys;
}

/// The sums of a part's columns go where all parts' sums are.
void add_columns(ReadoutUnit const& unit, ReadoutKeys const& keys) {
  AttentionReadoutSums const& sums = unit.sums;
  std::int64_t const first = keys.places.begin;
  std::int64_t const count = keys.size.length;
  if (sums.received != nullptr) add_scaled(1.0F, keys.received, sums.received + unit.column(first), count);
  if (sums.attribution != nullptr)
    add_scaled(1.0F, keys.attribution, sums.attribution + unit.column(first), count);
  if (keys.dv != nullptr) {
    unpack_added_rows(keys.size, keys.dv, 1.0F, sums.dv + unit.at.key + first * unit.shape.key_stride,
                      unit.shape.key_stride);
  }
}

void store_summaries(ReadoutUnit const& unit, ReadoutKeys const& keys) {
  std::int64_t const count = keys.size.length;
  std::int64_t const channels = keys.size.channels;
  if (unit.sums.summary_received != nullptr)
    std::copy_n(keys.received, count, unit.sums.summary_received + unit.slot(count));
  if (keys.dv != nullptr)
    unpack_rows(keys.size, keys.dv, 1.0F, unit.sums.dsummary_value + unit.slot(count * channels), channels);
}

/// What is asked for of keys, or of summaries, which have no distance, no partners and no attribution.
Asked asked_of(ReadoutUnit const& unit, bool summaries) {
  AttentionReadoutSums const& sums = unit.sums;
  bool const weighted = unit.known.row_weight != nullptr;
  if (summaries) return {false, weighted, false, sums.dsummary_value != nullptr, false};
  return {sums.distance != nullptr || sums.mass != nullptr, weighted, sums.attribution != nullptr,
          sums.dv != nullptr || sums.histogram != nullptr, sums.partners != nullptr};
}

/// All queries of the part against its keys and, the first time, the summaries and the null key.
void read_head(ReadoutUnit const& unit, bool accumulate, Scratch memory) {
  AttentionShape const& shape = unit.shape;
  AttentionReadoutSums const& sums = unit.sums;
  ReadoutQueries const queries = pack_queries(unit, memory);
  ReadoutKeys keys = pack_keys(shape, unit.keys, false, unit.x.k + unit.at.key, shape.key_stride,
                               sums.dv != nullptr, memory);
  if (sums.attribution != nullptr) {
    keys.values = memory.take(keys.size.keys * keys.size.channels);
    pack_panels(keys.size, unit.x.v + unit.at.key + unit.keys.begin * shape.key_stride, shape.key_stride,
                keys.values);
  }
  std::int64_t const extra = accumulate ? 0 : shape.summaries;
  ReadoutKeys const summaries =
      pack_keys(shape, {0, extra}, true, unit.x.summary_key + (extra == 0 ? 0 : unit.at.summary_key),
                shape.summary_key_stride, sums.dsummary_value != nullptr, memory);
  RowSums rows[query_block];
  PartnerList partners[query_block];
  ReadoutHead const head{shape,
                         queries,
                         memory.take(query_block * score_row),
                         memory.take(query_block * score_row),
                         memory.take(query_block * score_row),
                         rows,
                         partners,
                         unit.part.first_key >= unit.part.first_query};
  for (std::int64_t first = 0; first < queries.size.length; first += query_block) {
    std::int64_t const count = std::min(query_block, queries.size.length - first);
    std::fill_n(rows, count, RowSums{});
    if (sums.partners != nullptr) {
      for (std::int64_t i = 0; i < count; ++i)
        partners[i] = partners_of(unit, unit.queries.begin + first + i);
    }
    if (extra > 0) read_block(head, summaries, asked_of(unit, true), first, count);
    read_block(head, keys, asked_of(unit, false), first, count);
    finish_rows(unit, head, first, count, !accumulate);
  }
  add_columns(unit, keys);
  if (extra > 0) store_summaries(unit, summaries);
  if (sums.histogram != nullptr) fill_histogram(unit, queries, keys.size.length);
}

/// The slots of a head's ranges are added up in their order.
void gather(ReadoutUnit const& unit, AttentionReadoutTotals const& totals) {
  std::int64_t const summaries = unit.shape.summaries;
  std::int64_t const channels = unit.shape.head_channels;
  auto const add_up = [&](float const* slots, std::int64_t size, std::int64_t n) {
    float total = 0;
    for (std::int64_t r = 0; r < unit.sums.ranges; ++r)
      total += slots[(unit.index * unit.sums.ranges + r) * size + n];
    return total;
  };
  for (std::int64_t n = 0; totals.histogram != nullptr && n < readout_bins; ++n)
    totals.histogram[unit.index * readout_bins + n] = add_up(unit.sums.histogram, readout_bins, n);
  for (std::int64_t g = 0; totals.summary_received != nullptr && g < summaries; ++g)
    totals.summary_received[unit.index * summaries + g] = add_up(unit.sums.summary_received, summaries, g);
  for (std::int64_t n = 0; totals.dsummary_value != nullptr && n < summaries * channels; ++n) {
    float* const row =
        totals.dsummary_value + unit.at.summary_value + n / channels * unit.shape.summary_value_stride;
    row[n % channels] = add_up(unit.sums.dsummary_value, summaries * channels, n);
  }
}

}  // namespace

std::int64_t attention_readout_scratch(AttentionShape const& shape) {
  std::int64_t const rows =
      padded(std::min(attention_range(shape), std::max(shape.queries, shape.keys)), panel);
  std::int64_t const extra = padded(shape.summaries, panel);
  std::int64_t const columns = HeadSize(shape, 0).columns;
  return (5 * rows + 2 * extra) * columns + 6 * rows + 2 * extra + 3 * query_block * score_row + 16 * 32;
}

void attention_readout(AttentionShape const& shape, AttentionOperands const& x, AttentionKnown const& known,
                       AttentionPart const& part, bool accumulate, AttentionReadoutSums const& sums,
                       float* scratch) {
  for (std::int64_t h = 0; h < part.heads; ++h) {
    ReadoutUnit const unit(shape, x, known, part, sums, part.first_head + h);
    if (!accumulate) clear(unit);
    if (!unit.queries.empty()) read_head(unit, accumulate, Scratch{scratch});
  }
}

void attention_readout_finish(AttentionShape const& shape, AttentionOperands const& x,
                              AttentionKnown const& known, AttentionPart const& part,
                              AttentionReadoutSums const& sums, AttentionReadoutTotals const& totals) {
  for (std::int64_t h = 0; h < part.heads; ++h) {
    ReadoutUnit const unit(shape, x, known, part, sums, part.first_head + h);
    if (part.first_query == 0) gather(unit, totals);
    if (sums.partners != nullptr && !unit.queries.empty()) finish_partners(unit);
  }
}

}  // namespace cislens::cpu
