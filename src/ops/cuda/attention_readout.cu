#include "cislens/ops/attention.hpp"

#include "attention_readout.cuh"
#include "functions.hpp"
#include "launch.cuh"
#include "warp.cuh"

#include <stdexcept>

namespace cislens::cuda {
namespace {

constexpr int block_warps = 8;
constexpr int block_threads = block_warps * warp_size;

// A number as the products see it.
__device__ float operand(float x, bool bf16) { return bf16 ? __bfloat162float(__float2bfloat16_rn(x)) : x; }

// a . b by a warp.
__device__ float warp_dot(float const* a, float const* b, std::int64_t count) {
  float total = 0;
  for (std::int64_t d = threadIdx.x % warp_size; d < count; d += warp_size) total += a[d] * b[d];
  return warp_sum(total);
}

// A part's rows of partners get their weights and worths.
struct PartnersJob {
  AttentionShape shape;
  float const *v, *lse, *d_o;
  AttentionReadoutSums sums;
  std::int64_t first_head, rows;
};

// One warp a query: it takes its partners one after the other. Padding has empty lists, like places of a list
// that no key came to.
__global__ void __launch_bounds__(block_threads) finish_partners_kernel(PartnersJob const job) {
  std::int64_t const row_in_part = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (row_in_part >= job.rows) return;
  HeadPlace const at(job.shape, job.first_head + row_in_part / job.shape.queries);
  std::int64_t const query = row_in_part % job.shape.queries;
  std::int64_t const count = job.sums.partner_count;
  std::int64_t const first = (at.row + query) * count;
  for (std::int64_t n = first; n < first + count; ++n) {
    std::int32_t const key = job.sums.partners[n];
    float weight = 0;
    float worth = 0;
    if (key >= 0) {
      weight = exp2f(job.sums.partner_weight[n] - job.lse[at.row + query] * log2_e);
      if (job.sums.partner_worth != nullptr) {
        worth = weight * warp_dot(job.d_o + at.output + query * job.shape.output_stride,
                                  job.v + at.key + key * job.shape.key_stride, job.shape.head_channels);
      }
    }
    __syncwarp();  // all lanes have read the score
    if (threadIdx.x % warp_size != 0) continue;
    job.sums.partner_weight[n] = weight;
    if (job.sums.partner_worth != nullptr) job.sums.partner_worth[n] = worth;
  }
}

// A thread owns one number of one head's totals: the slots of its ranges, added up in their order.
// @param rows, columns  of a head's slot; totals have `stride` floats from row to row of a head
struct TotalsJob {
  float const* slots;
  std::int64_t first_head, heads, ranges, rows, columns;
  float* to;
  std::int64_t heads_of_a_sequence, sequence_stride, head_stride, stride;
};

__global__ void __launch_bounds__(block_threads) totals_kernel(TotalsJob const job) {
  std::int64_t const size = job.rows * job.columns;
  std::int64_t const i = std::int64_t{blockIdx.x} * block_threads + threadIdx.x;
  if (i >= job.heads * size) return;
  std::int64_t const head = job.first_head + i / size;
  std::int64_t const n = i % size;
  float total = 0;
  for (std::int64_t r = 0; r < job.ranges; ++r) total += job.slots[(head * job.ranges + r) * size + n];
  job.to[head / job.heads_of_a_sequence * job.sequence_stride +
         head % job.heads_of_a_sequence * job.head_stride + n / job.columns * job.stride + n % job.columns] =
      total;
}

void add_up(AttentionShape const& shape, AttentionPart const& part, std::int64_t ranges, float const* slots,
            float* to, std::int64_t rows, std::int64_t columns, std::int64_t sequence_stride,
            std::int64_t head_stride, std::int64_t stride) {
  if (to == nullptr) return;
  launch(totals_kernel, blocks_for(part.heads * rows * columns, block_threads), block_threads, 0,
         TotalsJob{slots, part.first_head, part.heads, ranges, rows, columns, to, shape.heads,
                   sequence_stride, head_stride, stride});
}

struct EntriesJob {
  AttentionShape shape;
  float const *q, *k, *v, *lse, *d_o;
  std::int64_t const *query_lengths, *key_lengths;
  float factor;
  std::int64_t count;
  AttentionEntry const* entries;
  float *weight, *worth;
};

// One warp an entry. Operands of the score are rounded as they were when lse was computed.
__global__ void __launch_bounds__(block_threads) entries_kernel(EntriesJob const job) {
  std::int64_t const n = std::int64_t{blockIdx.x} * block_warps + threadIdx.x / warp_size;
  if (n >= job.count) return;
  AttentionEntry const entry = job.entries[n];
  HeadPlace const at(job.shape, entry.sequence * job.shape.heads + entry.head);
  Sight const seen =
      span_of(job.shape, static_cast<int>(entry.query), static_cast<int>(job.key_lengths[entry.sequence]));
  float weight = 0;
  float worth = 0;
  if (entry.query < job.query_lengths[entry.sequence] && seen.sees(static_cast<int>(entry.key))) {
    float const* const q = job.q + at.query + entry.query * job.shape.query_stride;
    float const* const k = job.k + at.key + entry.key * job.shape.key_stride;
    float score = 0;
    for (std::int64_t d = threadIdx.x % warp_size; d < job.shape.head_channels; d += warp_size)
      score += operand(job.factor * q[d], job.shape.bf16) * operand(k[d], job.shape.bf16);
    weight = exp2f(warp_sum(score) - job.lse[at.row + entry.query] * log2_e);
    if (job.worth != nullptr) {
      worth = weight * warp_dot(job.d_o + at.output + entry.query * job.shape.output_stride,
                                job.v + at.key + entry.key * job.shape.key_stride, job.shape.head_channels);
    }
  }
  if (threadIdx.x % warp_size != 0) return;
  job.weight[n] = weight;
  if (job.worth != nullptr) job.worth[n] = worth;
}

}  // namespace

std::int64_t attention_readout_scratch(AttentionShape const& shape) {
  return packed_floats(shape, true) + histogram_floats(shape);
}

void attention_readout(AttentionShape const& shape, AttentionOperands const& x, AttentionKnown const& known,
                       AttentionPart const& part, bool accumulate, AttentionReadoutSums const& sums,
                       float* scratch) {
  if (accumulate || part.first_query != 0 || part.first_key != 0 || part.queries != shape.queries ||
      part.keys != shape.keys)
    throw std::logic_error("attention_readout on the GPU takes whole heads");
  bool const of_queries = sums.entropy != nullptr || sums.distance != nullptr || sums.mass != nullptr ||
                          sums.histogram != nullptr || sums.partners != nullptr;
  bool const with_d_o = sums.attribution != nullptr || sums.dv != nullptr || sums.dsummary_value != nullptr;
  bool const of_keys = with_d_o || sums.received != nullptr || sums.summary_received != nullptr;
  if (!of_queries && !of_keys) return;
  for_precision_and_channels(shape, [&]<typename Element, int Channels>() {
    ScratchPieces pieces(scratch);
    ReadoutJob<Element> const job{shape,
                                  pack_heads<Element>(shape, x, part, with_d_o ? known.d_o : nullptr, pieces),
                                  x.query_lengths,
                                  x.key_lengths,
                                  known.lse,
                                  known.row_weight,
                                  sums,
                                  part.first_head,
                                  part.heads,
                                  0};
    if (of_queries) read_queries<Element, Channels>(job, pieces.take(histogram_floats(shape)));
    if (of_keys) read_keys<Element, Channels>(job);
  });
}

void attention_readout_finish(AttentionShape const& shape, AttentionOperands const& x,
                              AttentionKnown const& known, AttentionPart const& part,
                              AttentionReadoutSums const& sums, AttentionReadoutTotals const& totals) {
  std::int64_t const summaries = shape.summaries;
  std::int64_t const channels = shape.head_channels;
  add_up(shape, part, sums.ranges, sums.histogram, totals.histogram, 1, readout_bins,
         shape.heads * readout_bins, readout_bins, 0);
  add_up(shape, part, sums.ranges, sums.summary_received, totals.summary_received, 1, summaries,
         shape.heads * summaries, summaries, 0);
  add_up(shape, part, sums.ranges, sums.dsummary_value, totals.dsummary_value, summaries, channels,
         summaries * shape.summary_value_stride, channels, shape.summary_value_stride);
  if (sums.partners == nullptr) return;
  std::int64_t const rows = part.heads * shape.queries;
  launch(finish_partners_kernel, blocks_for(rows, block_warps), block_threads, 0,
         PartnersJob{shape, x.v, known.lse, known.d_o, sums, part.first_head, rows});
}

void attention_entries(AttentionShape const& shape, AttentionOperands const& x, AttentionKnown const& known,
                       std::int64_t count, AttentionEntry const* entries, float* weight, float* worth) {
  float const factor = log2_e / std::sqrt(static_cast<float>(shape.head_channels));
  launch(entries_kernel, blocks_for(count, block_warps), block_threads, 0,
         EntriesJob{shape, x.q, x.k, x.v, known.lse, known.d_o, x.query_lengths, x.key_lengths, factor, count,
                    entries, weight, worth});
}

}  // namespace cislens::cuda
