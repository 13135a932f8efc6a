#pragma once

#include "cislens/model/config.hpp"
#include "cislens/ops/stem.hpp"
#include "cislens/tensor/context.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// What one block leaves behind for its backward pass. Rows are the batch's B * P tokens. Blocks share
/// buffers where `Keep` allows it.
struct BlockActivations {
  View input;                              // (rows, C) residual stream
  View normed1, mean1, rstd1;              // (rows, C), (1, rows)
  View qkv;                                // (rows, 3 C), q and k turned by their positions
  View attended;                           // (rows, C) heads side by side, before W_O
  View lse, entropy;                       // (B * H, P)
  Mirrored<std::int64_t> summary_lengths;  // (B) all G
  View summary_query;                      // (B * G, C) the same for every sequence
  View summary_value;                      // (B * G, C) what the summaries took from the whole sequence
  View summary_lse;                        // (B * H, G)
  View projected;  // (rows, C) W_O's output when it is needed by itself (additive head, dropout)
  View middle;     // (rows, C) residual stream after attention
  View normed2, mean2, rstd2;
  View hidden, activated;  // (rows, F)
  View last;               // (rows, C) residual stream after the feed-forward layer
  View output;             // (rows, C) what the next block reads: one of the views above
  View dattended, dqkv;    // gradients kept for the readout; without one shared by all blocks
};

/// Everything between bases and logits, in memory of the context, of the device but for the host's side of
/// lengths: valid until it is given back (ContextScope).
struct Activations {
  View tokens;                     // (rows, C) stem, before positions
  std::span<std::uint8_t> winner;  // rows * C
  View angles;                     // (P, D) rotary
  View input;                      // (rows, C) what the first block reads
  std::vector<BlockActivations> blocks;
  View final_normed, final_mean, final_rstd;
  View head_sums;      // (B, 2 C) additive head
  View alpha, pooled;  // (B * R, P), (B * R, C) pooled head
  View logits;         // (B, T)
  View dtokens;        // (rows, C) gradient at the stem's output, set by backward
};

/// What stays in memory after `forward`.
enum class Keep {
  everything,  ///< each block's activations, for `backward` and the readout
  inputs,   ///< each block's input; `backward` makes the rest again, block by block: the same gradients, bit
            ///< for bit, for about a third more time
  nothing,  ///< logits only: no `backward`
};

/// How activations are made and used.
struct PassOptions {
  bool keep_gradients = false;  ///< every block keeps its own dattended and dqkv
  bool want_entropy = false;    ///< row entropies are computed
  float dropout = 0;            ///< 0 outside training
  std::uint64_t dropout_seed = 0;
  Keep keep = Keep::everything;
  /// Number of the pass's first row among those that share its dropout seed: passes over parts of a batch
  /// drop what one pass over all of it would.
  std::int64_t dropout_row = 0;
};

/// @throws ShapeError  keep_gradients without Keep::everything
Activations make_activations(Context& context, NetworkConfig const& config, SequenceBatch const& batch,
                             PassOptions const& options);

}  // namespace cislens
