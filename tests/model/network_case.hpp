#pragma once

#include "cislens/base/random.hpp"
#include "cislens/model/network.hpp"

#include "golden_network.hpp"

#include <vector>

namespace cislens::test {

inline NetworkConfig additive_config() {
  NetworkConfig config;
  config.targets = 2;
  config.channels = 16;
  config.filter_width = 7;
  config.heads = 2;
  config.ffn_channels = 0;
  config.head = HeadKind::additive;
  return config;
}

inline NetworkConfig pooled_config() {
  NetworkConfig config = additive_config();
  config.blocks = 2;
  config.ffn_channels = 32;
  config.head = HeadKind::pooled;
  config.readout_heads = 2;
  return config;
}

/// Random sequences, the same for the same seed.
inline std::vector<std::vector<std::uint8_t>> random_sequences(std::vector<std::int64_t> const& lengths) {
  std::vector<std::vector<std::uint8_t>> sequences;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    Random random(5, s);
    auto& one = sequences.emplace_back(static_cast<std::size_t>(lengths[s]));
    for (auto& base : one) base = static_cast<std::uint8_t>(random.below(4));
  }
  return sequences;
}

/// Parameters at which nothing is zero or one by its start: biases, gains and null keys count.
inline std::vector<float> lively_parameters(NetworkConfig const& config) {
  Tensor block = initial_parameters(config, 3);
  ParameterLayout const layout = layout_of(config);
  Random random(4, 0);
  for (ParameterEntry const& entry : layout.entries) {
    for (std::int64_t i = 0; i < entry.rows * entry.columns; ++i)
      block.values()[entry.offset + i] += static_cast<float>(0.2 * random.normal());
  }
  return block.values();
}

/// q, k and v of a block where the host can read them.
inline AttentionInput qkv_on_host(Context& context, NetworkConfig const& config,
                                  BlockActivations const& block) {
  ConstView const qkv = on_host(context, block.qkv);
  AttentionInput input;
  input.q = qkv.column_range(0, config.channels);
  input.k = qkv.column_range(config.channels, config.channels);
  input.v = qkv.column_range(2 * std::int64_t{config.channels}, config.channels);
  return input;
}

}  // namespace cislens::test
