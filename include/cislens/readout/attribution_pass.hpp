#pragma once

#include "cislens/model/network.hpp"
#include "cislens/ops/attention.hpp"
#include "cislens/tensor/device_block.hpp"

#include <cstdint>
#include <vector>

namespace cislens {

/// What the pass leaves for one block.
struct BlockAttribution {
  AttentionReadout readout;  ///< what was asked for, and dv (B * P, C)
  std::vector<View> heads;   ///< H views (B * P, C): the gradient that each head sends to the block's input
                             ///< tokens
};

/// What is asked of a block's attention beside attributions.
struct LookRequest {
  bool received = false;      ///< readout.received
  bool distances = false;     ///< readout.distance and readout.histogram
  std::int64_t partners = 0;  ///< readout.partners and partner_weight, so many a query
  bool heads = true;          ///< BlockAttribution::heads by head; else one of all together, in less time
};

/// W_V of every head of every block as a matrix of its own, and that of all heads of a block, in the device's
/// memory.
class ValueWeights {
 public:
  ValueWeights(Context& context, NetworkConfig const& config, Weights const& weights);

  ConstView head(int block, int head) const { return matrix(block, head); }  ///< (C, D)
  ConstView all_heads(int block) const { return matrix(block, heads_); }     ///< (C, C)

 private:
  View matrix(int block, int index) const;

  int heads_;
  std::int64_t channels_;
  DeviceBlock values_;
};

/// From one logit of each sequence back to the tokens, with the attention weights A, the pooling weights, the
/// norms' rstd and GELU's Phi held constant: the network is then linear in its tokens, and the logit is the
/// sum over tokens of gradient * token, plus what the biases add. For the additive head this is exact by
/// construction. With summaries, what tokens receive and are worth through them is counted too.
/// @return one entry a block; memory of the context
/// @param[out] dtokens  (B * P, C)
/// Source: the rules of attention-aware layer-wise relevance propagation, Ali et al. 2022, arXiv:2202.07304.
std::vector<BlockAttribution> attribution_pass(Context& context, NetworkConfig const& config,
                                               Weights const& weights, ValueWeights const& values,
                                               SequenceBatch const& batch, Activations const& activations,
                                               int target, LookRequest const& looks, View dtokens);

}  // namespace cislens
