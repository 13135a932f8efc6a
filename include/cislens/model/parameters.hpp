#pragma once

#include "cislens/model/config.hpp"
#include "cislens/tensor/tensor.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// One named matrix in the parameter block.
struct ParameterEntry {
  std::string name;  ///< "block0.qkv.weight", as in model.safetensors
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t offset = 0;  ///< floats from the start of the block, a multiple of 16
  bool decays = false;      ///< weight decay applies: matrices yes, biases and gains no
  double initial_deviation =
      0;  ///< normal with this standard deviation at first; 0: constant `initial_value`
  double initial_value = 0;
};

/// All parameters of a network lie in one block of floats, in this order.
struct ParameterLayout {
  std::vector<ParameterEntry> entries;
  std::int64_t size = 0;   ///< floats, with the gaps that alignment leaves (always zero)
  std::int64_t count = 0;  ///< parameters
};

/// Views into a block with the layout of a config; what a config does not have is empty.
template <typename T>
struct BasicBlockWeights {
  BasicView<T> norm1_gain, norm1_bias;      // (1, C)
  BasicView<T> qkv, qkv_bias;               // (C, 3 C), (1, 3 C)
  BasicView<T> null_key;                    // (H, D)
  BasicView<T> summary_query, summary_key;  // (G, C)
  BasicView<T> out, out_bias;               // (C, C), (1, C)
  BasicView<T> norm2_gain, norm2_bias;      // (1, C)
  BasicView<T> ffn1, ffn1_bias;             // (C, F), (1, F)
  BasicView<T> ffn2, ffn2_bias;             // (F, C), (1, C)
};

template <typename T>
struct BasicWeights {
  BasicView<T> stem, stem_bias;  // (4 K, C), (1, C)
  BasicView<T> positions;        // (learned positions, C)
  std::vector<BasicBlockWeights<T>> blocks;
  BasicView<T> final_gain, final_bias;  // (1, C)
  BasicView<T> token, pair;             // (C, T) additive head
  BasicView<T> query, value;            // (R, C), (R C, T) pooled head
  BasicView<T> bias;                    // (1, T)
};
using Weights = BasicWeights<float const>;
using MutableWeights = BasicWeights<float>;

/// Names, shapes and places (in floats, each aligned) of the parameters that this network has.
/// @pre check(config) passes
ParameterLayout layout_of(NetworkConfig const& config);

/// @param block  layout_of(config).size floats
Weights bind_weights(NetworkConfig const& config, float const* block);
MutableWeights bind_weights(NetworkConfig const& config, float* block);

/// A fresh parameter block: matrices normal with variance 1 / inputs, so that no layer's output depends on
/// the number of heads; gains 1, biases 0. Parameter n of entry e is a pure function of (seed, e, n).
Tensor initial_parameters(NetworkConfig const& config, std::uint64_t seed);

}  // namespace cislens
