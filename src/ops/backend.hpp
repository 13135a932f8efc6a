#pragma once

#include "cislens/tensor/memory.hpp"

#include <cstdint>

namespace cislens {

// Shapes as plain numbers, for the table below. Letters as in docs/architecture.md; here L counts tokens
// where the name says tokens, bases where it says bases.

/// `sequences` sequences padded to `bases` bases each; a token stands for `pool` bases.
struct StemShape {
  std::int64_t sequences, bases, tokens, channels, width, pool;
  bool exponential;  // activation exp instead of ReLU
};

/// Attention of `sequences` sequences with `heads` heads. In memory a sequence has `queries` rows of q and o,
/// `keys` rows of k and v, and `summaries` rows of summary values; of q and of k and v the first lengths
/// count.
struct AttentionShape {
  std::int64_t sequences, heads, head_channels;
  std::int64_t queries, keys, summaries;
  // Query i sees key j when |i - j| <= reach and i / chunk == j / chunk. attention_everything in both is
  // exact attention.
  std::int64_t reach, chunk;
  // Floats from one row to the next. Gradients have the strides of what they belong to, do has that of o.
  std::int64_t query_stride, key_stride, output_stride;
  std::int64_t summary_key_stride, summary_value_stride;
  bool bf16;  // operands of products may be rounded to bfloat16; the CPU does not
};
inline constexpr std::int64_t attention_everything = std::int64_t{1} << 40;

struct AttentionOperands {
  float const *q, *k, *v;
  float const* null_key;                     // or null
  float const *summary_key, *summary_value;  // or null
  std::int64_t const *query_lengths, *key_lengths;
};

/// The piece of the work that one call does: `heads` heads of sequences, counted sequence after sequence, and
/// of each the rows [first_query, first_query + queries) and keys [first_key, first_key + keys), padding
/// included.
struct AttentionPart {
  std::int64_t first_head, heads;
  std::int64_t first_query, queries;
  std::int64_t first_key, keys;
};

struct AttentionResult {
  float *o, *lse;
  float* entropy;  // or null
};

/// What backward knows: forward's results and the gradients that come in.
struct AttentionUpstream {
  float const *o, *lse;
  float const* entropy;  // null when entropy_gradient is 0
  float const* d_o;
  float entropy_gradient;
};

/// What backward writes. The gradients of the null key and the summaries are sums over queries, which come in
/// parts: `extra` takes those of a part's queries, for each head a slot of (G + 1, 2, D) floats: of every
/// summary, then of the null key, the gradient of its key and that of its value. attention_gather adds slots
/// up.
struct AttentionSums {
  float *dq, *dk, *dv;
  float* extra;               // slot of the part's first head, or null
  std::int64_t extra_stride;  // floats from one head's slot to the next head's
};

/// The slots of all parts, ((B * H), ranges, (G + 1, 2, D)), and the gradients they belong to; null: not
/// wanted.
struct AttentionGather {
  float const* extra;
  std::int64_t ranges;
  float *dnull_key, *dsummary_key;  // += the sum over sequences and ranges
  float* dsummary_value;            // =  the sum over ranges
};

/// What the readout knows besides the operands.
struct AttentionKnown {
  float const* lse;
  float const* d_o;         // null where nothing is asked for that needs it
  float const* row_weight;  // or null
};

/// What the readout writes, in the shapes of AttentionReadout; null: not wanted. Sums over queries that are
/// as small as a histogram come in slots, one for every head and range of queries.
struct AttentionReadoutSums {
  float *received, *attribution;
  float *entropy, *distance, *mass;
  float* dv;
  std::int32_t* partners;
  float *partner_weight, *partner_worth;  // the weights are there when partners are
  std::int64_t partner_count;
  float* histogram;         // (B * H, ranges, readout_bins)
  float* summary_received;  // (B * H, ranges, G)
  float* dsummary_value;    // (B * H, ranges, G, D)
  std::int64_t ranges;
};
inline constexpr std::int64_t readout_bins = 33;
inline constexpr std::int64_t most_partners = 64;

/// Where the slots' sums go; null: not wanted.
struct AttentionReadoutTotals {
  float* histogram;
  float* summary_received;
  float* dsummary_value;
};

struct AttentionEntry;

/// A table of `table_rows` rows that is added to the tokens of each sequence. When `interpolated`, it is
/// stretched over the sequence's own tokens: token i of n reads between two rows at i (R - 1) / (n - 1); else
/// token i reads row i.
struct PositionShape {
  std::int64_t sequences, tokens, channels, table_rows;
  bool interpolated;
};

struct RotaryShape {
  std::int64_t sequences, tokens, heads, head_channels;
  std::int64_t stride;  // floats from one token to the next
};

/// x (rows, in) times a weight (in, out); strides in floats from one row to the next. A residual has no gaps.
struct LinearShape {
  std::int64_t rows, in, out;
  std::int64_t x_stride, weight_stride;  // the second is that of dweight too
  std::int64_t y_stride;                 // of dy in backward
  bool bf16;                             // operands rounded to bfloat16
};

struct HeadShape {
  std::int64_t sequences, tokens, channels, targets, readout_heads;
};

/// One step of AdamW on a stretch of the parameters.
struct AdamWStep {
  float learning_rate, beta1, beta2, epsilon;
  float bias1, bias2;    // 1 - beta^step
  float gradient_scale;  // from clipping
};

/// Everything a device can do for the network, one list for all devices: pointers, integers and floats only,
/// forward beside backward. Pointers in arguments and in the structs above are into the device's memory, the
/// structs themselves are the host's. A device works through calls in their order and may still be at it when
/// they return; only what `memory` copies to the host, and returned numbers, wait. Filled by
/// src/ops/cpu/module.cpp, once for each instruction set; a missing entry does not compile there because the
/// table is built in order. What each function computes is said at its caller in include/cislens/ops.
/// Gradients of parameters are added to (+=) and may be null: then they are not computed. Gradients of
/// activations are set (=).
struct Backend {
  char const* name;
  // What goes through the whole network at a time: at most so many sequences and, when they are more than
  // one, so many tokens, padding included.
  std::int64_t preferred_sequences, preferred_tokens;
  DeviceMemory memory;

  void (*stem_forward)(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                       float const* weight, float const* bias, float* y, std::uint8_t* winner,
                       float* scratch);
  void (*stem_backward)(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                        float const* y, std::uint8_t const* winner, float const* dy, float* dweight,
                        float* dbias, float* scratch);
  void (*stem_attribution)(StemShape const& shape, std::uint8_t const* bases, std::int64_t const* lengths,
                           float const* weight, float const* y, std::uint8_t const* winner, float const* dy,
                           float* base_scores, float* scratch);
  /// Floats of scratch memory for a call of stem_forward, stem_backward or stem_attribution.
  std::int64_t (*stem_scratch)(StemShape const& shape);

  void (*linear_forward)(LinearShape const& shape, float const* x, float const* weight, float const* bias,
                         float const* residual, float* y, float* scratch);
  void (*linear_backward)(LinearShape const& shape, float const* x, float const* weight, float const* dy,
                          float* dx, std::int64_t dx_stride, float* dweight, float* dbias, float* scratch);
  /// Floats of scratch memory for a call of linear_forward or linear_backward.
  std::int64_t (*linear_scratch)(LinearShape const& shape);

  void (*layer_norm_forward)(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                             float const* bias, float epsilon, float* y, float* mean, float* rstd);
  void (*layer_norm_backward)(std::int64_t rows, std::int64_t channels, float const* x, float const* gain,
                              float const* mean, float const* rstd, float const* dy, float const* dresidual,
                              float* dx, float* dgain, float* dbias);

  void (*layer_norm_attribution)(std::int64_t rows, std::int64_t channels, float const* gain,
                                 float const* rstd, float const* dy, float const* dresidual, float* dx);
  void (*gelu_forward)(std::int64_t count, float const* x, float* y);
  void (*gelu_backward)(std::int64_t count, float const* x, float const* dy, float* dx);
  void (*gelu_attribution)(std::int64_t count, float const* x, float const* dy, float* dx);
  void (*add)(std::int64_t count, float const* a, float const* b, float* sum);
  /// y += x, and y = x, of matrices; strides in floats.
  void (*add_rows)(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
                   std::int64_t y_stride);
  void (*copy_rows)(std::int64_t rows, std::int64_t columns, float const* x, std::int64_t x_stride, float* y,
                    std::int64_t y_stride);
  /// y = x, `count` times over; and dx += the sum of the `count` stretches of dy.
  void (*repeat_forward)(std::int64_t count, std::int64_t size, float const* x, float* y);
  void (*repeat_backward)(std::int64_t count, std::int64_t size, float const* dy, float* dx);
  void (*dropout)(std::int64_t count, float const* x, float rate, std::uint64_t seed, std::uint64_t first,
                  float* y);

  void (*positions_forward)(PositionShape const& shape, std::int64_t const* lengths, float const* table,
                            float* x);
  void (*positions_backward)(PositionShape const& shape, std::int64_t const* lengths, float const* dx,
                             float* dtable);
  void (*rotary)(RotaryShape const& shape, float const* angles, float direction, float* x);
  /// All keys of the part's queries: `part.first_key` and `part.keys` are not used. However the queries are
  /// split into parts, every row has the same bits.
  void (*attention_forward)(AttentionShape const& shape, AttentionOperands const& x,
                            AttentionPart const& part, AttentionResult const& result, float* scratch);
  /// What the part's queries and keys give each other. Its rows of dq, dk and dv are set, or added to when
  /// `accumulate`; its extra slots are only written when not.
  void (*attention_backward)(AttentionShape const& shape, AttentionOperands const& x,
                             AttentionUpstream const& upstream, AttentionPart const& part, bool accumulate,
                             AttentionSums const& sums, float* scratch);
  void (*attention_gather)(AttentionShape const& shape, AttentionGather const& gather);
  /// Rows of queries and of keys that a part of backward should have: the same for any number of threads,
  /// because it decides the order of sums. At least 1.
  std::int64_t (*attention_range)(AttentionShape const& shape);
  /// Floats of scratch memory for a call of attention_forward or attention_backward.
  std::int64_t (*attention_scratch)(AttentionShape const& shape);
  /// What the part's queries and keys give each other, in parts as those of backward. Rows and columns of the
  /// sums are set, or added to when `accumulate`; summaries and null key are seen when not.
  void (*attention_readout)(AttentionShape const& shape, AttentionOperands const& x,
                            AttentionKnown const& known, AttentionPart const& part, bool accumulate,
                            AttentionReadoutSums const& sums, float* scratch);
  /// After all parts: partners get their weights and worths, and heads of parts whose first query is 0 their
  /// totals.
  void (*attention_readout_finish)(AttentionShape const& shape, AttentionOperands const& x,
                                   AttentionKnown const& known, AttentionPart const& part,
                                   AttentionReadoutSums const& sums, AttentionReadoutTotals const& totals);
  void (*attention_entries)(AttentionShape const& shape, AttentionOperands const& x,
                            AttentionKnown const& known, std::int64_t count, AttentionEntry const* entries,
                            float* weight, float* worth);
  std::int64_t (*attention_readout_scratch)(AttentionShape const& shape);

  void (*additive_forward)(HeadShape const& shape, std::int64_t const* lengths, float const* token,
                           float const* pair, float const* token_weight, float const* pair_weight,
                           float const* bias, float* sums, float* logits);
  void (*additive_backward)(HeadShape const& shape, std::int64_t const* lengths, float const* token_weight,
                            float const* pair_weight, float const* sums, float const* dlogits, float* dtoken,
                            float* dpair, float* dtoken_weight, float* dpair_weight, float* dbias);
  void (*pooled_forward)(HeadShape const& shape, std::int64_t const* lengths, float const* x,
                         float const* query, float const* value, float const* bias, float* weights,
                         float* pooled, float* logits);
  void (*pooled_backward)(HeadShape const& shape, std::int64_t const* lengths, float const* x,
                          float const* query, float const* value, float const* weights, float const* pooled,
                          float const* dlogits, float* dx, float* dquery, float* dvalue, float* dbias);
  /// dx_i = sum_r weights_ri value_r of one target: what the logit gives back to token i when the weights are
  /// held constant; 0 in padding.
  void (*pooled_attribution)(HeadShape const& shape, std::int64_t const* lengths, float const* value,
                             float const* weights, std::int64_t target, float* dx);

  double (*sum_of_squares)(std::int64_t count, float const* x);
  /// @param decay  each parameter's own weight decay
  void (*adamw)(AdamWStep const& step, std::int64_t count, float const* decay, float const* gradient,
                float* parameter, float* first_moment, float* second_moment);
};

/// The one symbol of a backend module.
using BackendFunction = Backend const* (*)();
inline constexpr char const* backend_symbol = "cislens_backend";

}  // namespace cislens
