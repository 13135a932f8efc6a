#include "cislens/model/network.hpp"
#include "cislens/ops/dense.hpp"

#include "network_case.hpp"
#include "support/network_backends.hpp"

#include <cmath>

namespace cislens {
namespace {

using namespace test;

using Initialisation = OnNetworkBackend;

/// Mean square of what multi-head attention adds to the residual stream: heads side by side times W_O.
double output_variance(Context& context, NetworkConfig const& config, std::uint64_t seed) {
  ContextScope const scope(context);
  Tensor const parameters = initial_parameters(config, seed);
  DeviceCopy<float const> const block(context.memory(), parameters.values());
  Weights const weights = bind_weights(config, block.data());
  Random random(seed, 77);
  std::vector<std::vector<std::uint8_t>> sequences(1);
  for (int i = 0; i < 200; ++i) sequences[0].push_back(static_cast<std::uint8_t>(random.below(4)));
  NetworkInput const input(config, sequences, {1}, 0);
  SequenceBatch const batch = on_device(context, input.batch());
  Activations a = make_activations(context, config, batch, PassOptions{});
  forward(context, config, weights, batch, PassOptions{}, a);
  View const output = context.arena().matrix(batch.token_rows(), config.channels);
  linear_forward(context, a.blocks[0].attended, weights.blocks[0].out, {}, {}, output);
  double squares = 0;
  for (float const value : values_of(context, output))
    squares += static_cast<double>(value) * static_cast<double>(value);
  return squares / static_cast<double>(output.rows * output.columns);
}

/// With weights of variance 1 / C, q . k / sqrt(D) has variance 1 whatever D is: heads do not change the
/// output's scale. Networks are independent, so the mean of n of them scatters by s / sqrt(n); the means of
/// two numbers of heads differ by more than four such deviations once in 16,000 times.
TEST_P(Initialisation, TheVarianceOfAttentionDoesNotDependOnTheHeads) {
  constexpr int networks = 24;
  struct Mean {
    double value, square_error;
  };
  std::vector<Mean> means;
  for (int const heads : {1, 2, 4, 8, 16, 32}) {
    NetworkConfig config;
    config.pool = 1;
    config.heads = heads;
    config.positions = Positions::none;
    double sum = 0;
    double squares = 0;
    for (int n = 0; n < networks; ++n) {
      double const variance = output_variance(context, config, static_cast<std::uint64_t>(1000 * heads + n));
      sum += variance;
      squares += variance * variance;
    }
    double const mean = sum / networks;
    means.push_back({mean, (squares / networks - mean * mean) / (networks - 1)});
    RecordProperty("variance_" + std::to_string(heads), std::to_string(mean));
  }

  for (Mean const& one : means) {
    double const error = std::sqrt(one.square_error + means.front().square_error);
    EXPECT_NEAR(one.value, means.front().value, 4 * error + 1e-12);
    EXPECT_LT(error, 0.2 * one.value);  // the test could tell a factor of two
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Initialisation, ::testing::ValuesIn(network_backends()),
                         network_test_name);

}  // namespace
}  // namespace cislens
