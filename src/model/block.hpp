#pragma once

#include "cislens/model/network.hpp"

namespace cislens {

/// What every block of a pass shares.
struct BlockPass {
  Context& context;
  NetworkConfig const& config;
  SequenceBatch const& batch;
  PassOptions const& options;
  ConstView angles;
  int index;  ///< number of the block, for its dropout's stream
};

/// Where in its stream a pass's dropout of x begins.
inline std::uint64_t first_element(PassOptions const& options, ConstView x) {
  return static_cast<std::uint64_t>(options.dropout_row * x.columns);
}

/// The buffer that becomes block.output: one of the block's others.
View& output_buffer(NetworkConfig const& config, BlockActivations& block);

/// Heads side by side (block.attended) from what the block's attention reads.
/// @param x  (rows, C) the norm of the block's input, or the input itself (post-norm)
void attend(BlockPass const& pass, BasicBlockWeights<float const> const& weights, ConstView x,
            BlockActivations& block);

/// @param x            as in `attend`
/// @param[out] dx      (rows, C), from block.dattended
void attend_backward(BlockPass const& pass, BasicBlockWeights<float const> const& weights,
                     BlockActivations& block, ConstView x, float entropy_gradient, View dx,
                     BasicBlockWeights<float> const& gradient);

void block_forward(BlockPass const& pass, BasicBlockWeights<float const> const& weights,
                   BlockActivations& block);

/// @param[in,out] dx  (rows, C) gradient of the block's output; becomes the gradient of its input
/// @param dprojected  (rows, C) gradient of W_O's output where it is not that of the block's output (additive
/// head), or empty
void block_backward(BlockPass const& pass, BasicBlockWeights<float const> const& weights,
                    BlockActivations& block, float entropy_gradient, ConstView dprojected, View dx,
                    BasicBlockWeights<float> const& gradient);

}  // namespace cislens
