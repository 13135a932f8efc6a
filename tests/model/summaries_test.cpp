#include "cislens/model/network.hpp"

#include "network_case.hpp"
#include "slope.hpp"
#include "support/guarded.hpp"
#include "support/network_backends.hpp"

#include <cmath>
#include <numeric>

namespace cislens {
namespace {

using namespace test;

using Summaries = OnNetworkBackend;

NetworkConfig with_attention(NetworkConfig config, char const* mode) {
  config.attention = parse_attention(mode).span;
  config.summaries = parse_attention(mode).summaries;
  return config;
}

std::vector<float> logits_of(Context& context, NetworkConfig const& config,
                             std::vector<float> const& parameters,
                             std::vector<std::vector<std::uint8_t>> const& sequences) {
  ContextScope const scope(context);
  std::vector<float> const targets(sequences.size() * static_cast<std::size_t>(config.targets));
  NetworkInput const input(config, sequences, targets, 0);
  SequenceBatch const batch = on_device(context, input.batch());
  DeviceCopy<float const> const block(context.memory(), parameters);
  Activations a = make_activations(context, config, batch, PassOptions{});
  forward(context, config, bind_weights(config, block.data()), batch, PassOptions{}, a);
  return values_of(context, a.logits);
}

TEST_P(Summaries, EveryModesGradientIsTheSlopeOfItsLoss) {
  for (char const* mode : {"local:3", "local:1+global:1", "local:4+global:3", "chunk:5"}) {
    expect_slope(context, with_attention(pooled_config(), mode), LossKind::binary, PassOptions{}, 0, mode);
    expect_slope(context, with_attention(additive_config(), mode), LossKind::binary,
                 PassOptions{false, true, 0, 0}, 0.01F, std::string(mode) + ", additive, entropy");
  }
}

TEST_P(Summaries, AWindowThatHoldsAllIsExact) {
  auto const sequences = random_sequences({40, 23});
  for (char const* mode : {"local:40", "chunk:64"}) {
    auto const parameters = lively_parameters(pooled_config());
    auto const exact = logits_of(context, pooled_config(), parameters, sequences);
    auto const wide = logits_of(context, with_attention(pooled_config(), mode), parameters, sequences);
    EXPECT_TRUE(close(wide, as<double>(exact), 1e-5 * largest_of(as<double>(exact)))) << mode;
  }
}

/// What the last token's heads hold when the first base is A, and when it is C: with one block and a pool of
/// 1 only attention carries it there.
double heard_far_away(Context& context, char const* mode) {
  NetworkConfig config = with_attention(pooled_config(), mode);
  config.blocks = 1;
  config.pool = 1;
  auto sequences = random_sequences({200});
  auto const parameters = lively_parameters(config);
  DeviceCopy<float const> const block(context.memory(), parameters);
  Weights const weights = bind_weights(config, block.data());
  std::vector<float> heads[2];
  for (std::uint8_t const base : {std::uint8_t{0}, std::uint8_t{1}}) {
    sequences[0][0] = base;
    ContextScope const scope(context);
    NetworkInput const input(config, sequences, {1, 0}, 0);
    SequenceBatch const batch = on_device(context, input.batch());
    Activations a = make_activations(context, config, batch, PassOptions{});
    forward(context, config, weights, batch, PassOptions{}, a);
    heads[base] = values_of(context, a.blocks[0].attended.row_range(199, 1));
  }
  double difference = 0;
  for (std::size_t c = 0; c < heads[0].size(); ++c)
    difference += std::abs(static_cast<double>(heads[0][c] - heads[1][c]));
  return difference;
}

TEST_P(Summaries, ChunksHearOfEachOtherThroughThemAlone) {
  EXPECT_EQ(heard_far_away(context, "local:8"), 0);
  EXPECT_EQ(heard_far_away(context, "chunk:16"), 0);
  EXPECT_GT(heard_far_away(context, "local:8+global:2"), 1e-4);
  EXPECT_GT(heard_far_away(context, "exact"), 1e-4);
}

/// A'_ij = A_ij + sum_g A_ig alpha_gj: attention is linear in the sequence's own values, summaries or not, so
/// the additive head's identity holds with A'.
TEST_P(Summaries, TheAdditiveLogitIsTheSumOfItsTerms) {
  NetworkConfig const config = with_attention(additive_config(), "local:4+global:3");
  auto const parameters = lively_parameters(config);
  NetworkInput const input(config, random_sequences({60, 33}), {1, 0, 1, 1}, 0);
  ContextScope const scope(context);
  SequenceBatch const batch = on_device(context, input.batch());
  DeviceCopy<float const> const copy(context.memory(), parameters);
  Activations a = make_activations(context, config, batch, PassOptions{});

  forward(context, config, bind_weights(config, copy.data()), batch, PassOptions{}, a);

  Weights const w = bind_weights(config, parameters.data());
  AttentionInput const in = qkv_on_host(context, config, a.blocks[0]);
  ConstView const lse = on_host(context, a.blocks[0].lse);
  ConstView const summary_lse = on_host(context, a.blocks[0].summary_lse);
  ConstView const tokens_in = on_host(context, a.input);
  ConstView const logits = on_host(context, a.logits);
  std::int64_t const depth = config.head_channels();
  auto const score = [&](float const* x, float const* y) {
    double sum = 0;
    for (std::int64_t d = 0; d < depth; ++d) sum += static_cast<double>(x[d]) * static_cast<double>(y[d]);
    return sum / std::sqrt(static_cast<double>(depth));
  };
  // What a value is worth in a head: v_j . u_t, u = W_O pair.
  auto const worth = [&](float const* value, std::int64_t head, std::int64_t target) {
    double sum = 0;
    for (std::int64_t d = 0; d < depth; ++d) {
      for (std::int64_t c = 0; c < config.channels; ++c) {
        sum += static_cast<double>(value[d]) * static_cast<double>(w.blocks[0].out.row(head * depth + d)[c]) *
               static_cast<double>(w.pair.row(c)[target]);
      }
    }
    return sum;
  };
  for (std::int64_t s = 0; s < batch.count(); ++s) {
    std::int64_t const tokens = batch.token_lengths[s];
    std::int64_t const first = s * batch.padded_tokens;
    for (std::int64_t t = 0; t < config.targets; ++t) {
      double logit = static_cast<double>(w.bias.data[t]);
      double magnitude = std::abs(logit);
      auto const add = [&](double term) {
        logit += term;
        magnitude += std::abs(term);
      };
      for (std::int64_t i = 0; i < tokens; ++i) {
        for (std::int64_t c = 0; c < config.channels; ++c)
          add(static_cast<double>(tokens_in.row(first + i)[c]) * static_cast<double>(w.token.row(c)[t]));
      }
      for (std::int64_t h = 0; h < config.heads; ++h) {
        for (std::int64_t i = 0; i < tokens; ++i) {
          float const* const q = in.q.row(first + i) + h * depth;
          auto const row_lse = static_cast<double>(lse.row(s * config.heads + h)[i]);
          for (std::int64_t j = 0; j < tokens; ++j) {
            float const* const k = in.k.row(first + j) + h * depth;
            double weight = std::abs(i - j) <= config.attention.width ? std::exp(score(q, k) - row_lse) : 0;
            for (std::int64_t g = 0; g < config.summaries; ++g) {
              double const to_summary =
                  std::exp(score(q, w.blocks[0].summary_key.row(g) + h * depth) - row_lse);
              double const from_token =
                  std::exp(score(w.blocks[0].summary_query.row(g) + h * depth, k) -
                           static_cast<double>(summary_lse.row(s * config.heads + h)[g]));
              weight += to_summary * from_token;
            }
            add(weight * worth(in.v.row(first + j) + h * depth, h, t));
          }
        }
      }
      EXPECT_NEAR(static_cast<double>(logits.row(s)[t]), logit, 1e-5 * magnitude);
    }
  }
}

TEST_P(Summaries, OnlyInputsGivesTheSameGradientBitForBit) {
  NetworkConfig const config = with_attention(pooled_config(), "local:4+global:3");
  auto const parameters = lively_parameters(config);
  NetworkInput const input(config, random_sequences({40, 23, 31}), {1, 0, 1, 1, 0, 1}, 4);
  PassOptions options{false, true, 0.2F, 5};

  NetworkRun const all(context, config, parameters, input, LossKind::binary, options, 0.1F);
  options.keep = Keep::inputs;
  NetworkRun const inputs(context, config, parameters, input, LossKind::binary, options, 0.1F);

  EXPECT_TRUE(same_bits(inputs.logits, all.logits));
  EXPECT_TRUE(same_bits(inputs.gradient, all.gradient));
}

INSTANTIATE_TEST_SUITE_P(Backends, Summaries, ::testing::ValuesIn(network_backends()), network_test_name);

}  // namespace
}  // namespace cislens
