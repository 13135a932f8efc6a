#pragma once

#include "cislens/model/activations.hpp"
#include "cislens/model/parameters.hpp"
#include "cislens/ops/attention.hpp"

namespace cislens {

/// Bases to logits (activations.logits). A sequence's logits do not depend on the others in the batch, bit
/// for bit: an element of a product adds up in one order whatever rows are computed with it.
void forward(Context& context, NetworkConfig const& config, Weights const& weights,
             SequenceBatch const& batch, PassOptions const& options, Activations& activations);

/// Gradient of the loss that has `dlogits` (B, T), after `forward` with the same arguments. Sets
/// activations.dtokens and the blocks' dattended and dqkv.
/// @param entropy_gradient  d(loss)/d(row entropy), the same for every row and head; needs
/// options.want_entropy
/// @param gradient  parameter gradients are added to it; null: only activations' gradients are computed
void backward(Context& context, NetworkConfig const& config, Weights const& weights,
              SequenceBatch const& batch, PassOptions const& options, ConstView dlogits,
              float entropy_gradient, Activations& activations, MutableWeights const* gradient);

/// Queries, keys and values of a block, as the attention ops take them. @pre forward has run
AttentionInput attention_input(NetworkConfig const& config, BasicBlockWeights<float const> const& weights,
                               SequenceBatch const& batch, BlockActivations const& block);

/// The block's summaries as queries that look at the whole sequence: cross-attention that made
/// block.summary_value. @pre forward has run; config.summaries > 0
AttentionInput summary_input(NetworkConfig const& config, SequenceBatch const& batch,
                             BlockActivations const& block);

}  // namespace cislens
