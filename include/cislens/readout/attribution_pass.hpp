#pragma once

#include "cislens/model/network.hpp"
#include "cislens/ops/attention.hpp"

#include <cstdint>
#include <vector>

namespace cislens {

/// What the pass leaves for one block.
struct BlockAttribution {
  AttentionReadout readout;  ///< what was asked for, and dv (P, C)
  std::vector<View> heads;  ///< H views (P, C): the gradient that each head sends to the block's input tokens
};

/// What is asked of a block's attention beside attributions.
struct LookRequest {
  bool received = false;      ///< readout.received
  bool distances = false;     ///< readout.distance and readout.histogram
  std::int64_t partners = 0;  ///< readout.partners and partner_weight, so many a query
  bool heads = true;          ///< BlockAttribution::heads by head; else one of all together, in less time
};

/// From one logit of one sequence back to the tokens, with the attention weights A, the pooling weights, the
/// norms' rstd and GELU's Phi held constant: the network is then linear in its tokens, and the logit is the
/// sum over tokens of gradient * token, plus what the biases add. For the additive head this is exact by
/// construction. With summaries, what tokens receive and are worth through them is counted too.
/// @param values  W_V of every head of every block as (C, D), see value_weights
/// @return one entry a block; arena memory
/// @param[out] dtokens  (P, C)
/// Source: the rules of attention-aware layer-wise relevance propagation, Ali et al. 2022, arXiv:2202.07304.
std::vector<BlockAttribution> attribution_pass(Context& context, NetworkConfig const& config,
                                               Weights const& weights,
                                               std::vector<std::vector<float>> const& values,
                                               SequenceBatch const& batch, Activations const& activations,
                                               int target, LookRequest const& looks, View dtokens);

/// W_V of every head of every block as a matrix of its own, (C, D).
std::vector<std::vector<float>> value_weights(NetworkConfig const& config, Weights const& weights);

}  // namespace cislens
