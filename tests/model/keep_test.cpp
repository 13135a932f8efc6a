#include "cislens/base/errors.hpp"
#include "cislens/model/network.hpp"

#include "network_case.hpp"
#include "support/guarded.hpp"
#include "support/network_backends.hpp"

#include <limits>

namespace cislens {
namespace {

using namespace test;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

using Keeping = OnNetworkBackend;

/// Every way a block may end, with three blocks where there may be as many.
std::vector<NetworkConfig> variants() {
  std::vector<NetworkConfig> configs{additive_config()};
  for (NormPlacement const norm : {NormPlacement::pre, NormPlacement::post}) {
    for (int const ffn : {0, 32}) {
      for (Positions const positions : {Positions::rotary, Positions::learned}) {
        NetworkConfig config = pooled_config();
        config.blocks = 3;
        config.norm = norm;
        config.ffn_channels = ffn;
        config.positions = positions;
        configs.push_back(config);
      }
    }
  }
  configs.push_back(pooled_config());
  configs.back().blocks = 0;
  return configs;
}

NetworkInput input_of(NetworkConfig const& config) {
  return {config, random_sequences({40, 23, 31}), {1, 0, nan, 1, 0, 1}, 4};
}

TEST_P(Keeping, OnlyInputsGivesTheSameGradientBitForBit) {
  for (NetworkConfig const& config : variants()) {
    for (float const dropout : {0.0F, 0.3F}) {
      auto const parameters = lively_parameters(config);
      PassOptions options{false, true, dropout, 7, Keep::everything};

      NetworkRun const all(context, config, parameters, input_of(config), LossKind::binary, options, 0.01F);
      options.keep = Keep::inputs;
      NetworkRun const inputs(context, config, parameters, input_of(config), LossKind::binary, options,
                              0.01F);

      EXPECT_TRUE(same_bits(inputs.logits, all.logits));
      EXPECT_TRUE(same_bits(inputs.gradient, all.gradient));
    }
  }
}

TEST_P(Keeping, NothingGivesTheSameLogitsBitForBit) {
  for (NetworkConfig const& config : variants()) {
    auto const parameters = lively_parameters(config);
    NetworkInput const input = input_of(config);
    NetworkRun const all(context, config, parameters, input, LossKind::binary, PassOptions{}, 0);
    ContextScope const scope(context);
    SequenceBatch const batch = on_device(context, input.batch());
    PassOptions const options{false, false, 0, 0, Keep::nothing};
    DeviceCopy<float const> const block(context.memory(), parameters);
    Weights const weights = bind_weights(config, block.data());
    Activations a = make_activations(context, config, batch, options);

    forward(context, config, weights, batch, options, a);

    EXPECT_TRUE(same_bits(values_of(context, a.logits), all.logits));
    EXPECT_THROW(backward(context, config, weights, batch, options, a.logits, 0, a, nullptr), ShapeError);
  }
}

/// What make_activations takes of a fresh arena for one sequence of 20,000 bases.
std::size_t bytes_kept(Context const& like, NetworkConfig const& config, Keep keep) {
  Context context(like.backend());
  NetworkInput const input(config, random_sequences({20000}), {1, 0}, 0);
  SequenceBatch const batch = input.batch();
  make_activations(context, config, batch, PassOptions{false, false, 0, 0, keep});
  return context.arena().capacity_bytes();
}

TEST_P(Keeping, LessIsKeptOfManyBlocks) {
  NetworkConfig config = pooled_config();
  config.blocks = 8;

  auto const everything = bytes_kept(context, config, Keep::everything);
  auto const inputs = bytes_kept(context, config, Keep::inputs);
  auto const nothing = bytes_kept(context, config, Keep::nothing);
  config.blocks = 1;
  auto const nothing_of_one = bytes_kept(context, config, Keep::nothing);

  EXPECT_LT(inputs, everything / 3);
  EXPECT_LT(nothing, inputs / 2);
  EXPECT_EQ(nothing, nothing_of_one);
}

TEST_P(Keeping, GradientsOfBlocksNeedEverything) {
  NetworkConfig const config = pooled_config();
  SequenceBatch const batch = input_of(config).batch();

  EXPECT_THROW(make_activations(context, config, batch, PassOptions{true, false, 0, 0, Keep::inputs}),
               ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Keeping, ::testing::ValuesIn(network_backends()), network_test_name);

}  // namespace
}  // namespace cislens
