#include "cislens/model/network.hpp"

#include "network_case.hpp"
#include "reference/loss.hpp"
#include "reference/network.hpp"
#include "slope.hpp"
#include "support/derived_limit.hpp"
#include "support/guarded.hpp"
#include "support/network_backends.hpp"

#include <limits>
#include <numeric>

namespace cislens {
namespace {

using namespace test;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<std::vector<std::uint8_t>> golden_sequences(Golden const& golden) {
  std::vector<std::vector<std::uint8_t>> sequences;
  auto const& bases = golden.at("input.bases");
  for (std::int64_t s = 0; s < bases.shape[0]; ++s) {
    auto const first = bases.values.begin() + s * bases.shape[1];
    sequences.emplace_back(first, first + static_cast<std::int64_t>(golden.at("input.lengths").values[s]));
  }
  return sequences;
}

std::vector<float> golden_parameters(NetworkConfig const& config, Golden const& golden) {
  ParameterLayout const layout = layout_of(config);
  std::vector<float> block(static_cast<std::size_t>(layout.size));
  for (ParameterEntry const& entry : layout.entries) {
    auto const& values = golden.at("parameter." + entry.name).values;
    EXPECT_EQ(static_cast<std::int64_t>(values.size()), entry.rows * entry.columns) << entry.name;
    for (std::size_t i = 0; i < values.size(); ++i) block[entry.offset + i] = static_cast<float>(values[i]);
  }
  return block;
}

/// The reference network in float on the golden input: its distance from PyTorch in double is what float may
/// cost.
struct FloatReference {
  std::vector<float> logits;
  reference::Parameters<float> gradients;

  FloatReference(Golden const& golden, NetworkConfig const& c) {
    reference::Parameters<float> parameters;
    for (auto const& [name, tensor] : golden) {
      if (name.starts_with("parameter.")) parameters[name.substr(10)] = as<float>(tensor.values);
    }
    auto const head =
        c.head == HeadKind::additive ? reference::HeadKind::additive : reference::HeadKind::pooled;
    reference::Network<float> const network({{c.channels, c.filter_width, c.pool, false},
                                             c.heads,
                                             c.blocks,
                                             c.ffn_channels,
                                             c.readout_heads,
                                             c.targets,
                                             c.rotary_base,
                                             1e-5,
                                             head},
                                            parameters);
    std::vector<reference::Trace<float>> traces;
    for (auto const& sequence : golden_sequences(golden)) {
      traces.push_back(network.forward(sequence));
      logits.insert(logits.end(), traces.back().logits.begin(), traces.back().logits.end());
    }
    auto const d =
        reference::mean_loss(reference::Loss::binary_cross_entropy, logits, golden.at("input.targets").values)
            .dlogits;
    for (std::size_t s = 0; s < traces.size(); ++s) {
      auto const first = d.begin() + static_cast<std::int64_t>(s) * c.targets;
      network.backward(traces[s], {first, first + c.targets}, gradients);
    }
  }
};

using Network = OnNetworkBackend;

void expect_golden(Context& context, NetworkConfig const& config, std::string const& file) {
  Golden const golden = read_golden(std::string(CISLENS_TEST_DATA) + "/golden/" + file);
  auto const parameters = golden_parameters(config, golden);
  auto const targets = as<float>(golden.at("input.targets").values);
  NetworkInput const input(config, golden_sequences(golden), targets, 3);

  NetworkRun const run(context, config, parameters, input, LossKind::binary, PassOptions{}, 0);

  FloatReference const single(golden, config);
  EXPECT_TRUE(matches(run.logits, golden.at("output.logits").values, single.logits, 0));
  auto const& exact_loss = golden.at("output.loss").values;
  EXPECT_NEAR(run.mean_loss, exact_loss[0],
              derived_limit(golden.at("output.logits").values, single.logits, 0));
  for (ParameterEntry const& entry : layout_of(config).entries) {
    auto const first = run.gradient.begin() + entry.offset;
    std::vector<float> const gradient(first, first + entry.rows * entry.columns);
    auto const& exact = golden.at("gradient." + entry.name).values;
    // Softmax and GELU pass the exponential's and erf's accuracy on, relative to the gradients they multiply.
    double const floor = (exp2_accuracy + erf_accuracy) * largest_of(exact);
    EXPECT_TRUE(matches(gradient, exact, single.gradients.at(entry.name), floor)) << entry.name;
  }
}

TEST_P(Network, AdditiveAgreesWithPyTorchInEveryGradient) {
  expect_golden(context, additive_config(), "additive.txt");
}
TEST_P(Network, PooledAgreesWithPyTorchInEveryGradient) {
  expect_golden(context, pooled_config(), "pooled.txt");
}

TEST_P(Network, EveryVariantsGradientIsTheSlopeOfItsLoss) {
  for (Positions const positions :
       {Positions::rotary, Positions::sinusoidal, Positions::learned, Positions::none}) {
    for (NormPlacement const norm : {NormPlacement::pre, NormPlacement::post}) {
      NetworkConfig config = pooled_config();
      config.positions = positions;
      config.norm = norm;
      config.learned_positions = 9;
      config.exponential = true;
      config.null_key = positions != Positions::none;
      expect_slope(context, config, LossKind::binary, PassOptions{}, 0,
                   std::string(name_of(positions)) + ", " + std::string(name_of(norm)));
      config.ffn_channels = 0;
      expect_slope(context, config, LossKind::squared, PassOptions{}, 0,
                   std::string(name_of(positions)) + ", " + std::string(name_of(norm)) + ", no feed-forward");
    }
  }
}

TEST_P(Network, DropoutsGradientIsTheSlopeOfItsLoss) {
  PassOptions const options{false, false, 0.3F, 99};
  for (NormPlacement const norm : {NormPlacement::pre, NormPlacement::post}) {
    NetworkConfig config = pooled_config();
    config.norm = norm;
    expect_slope(context, config, LossKind::binary, options, 0, "dropout");
  }
  expect_slope(context, additive_config(), LossKind::binary, options, 0, "dropout, additive");
}

TEST_P(Network, EntropysGradientIsTheSlopeOfItsSum) {
  PassOptions const options{false, true, 0, 0};
  expect_slope(context, pooled_config(), LossKind::binary, options, 0.01F, "entropy");
  expect_slope(context, additive_config(), LossKind::binary, options, -0.01F, "entropy, additive");
}

/// logit_t = b_t + sum_i w_t . h_i + sum_heads sum_ij A_ij (u_t . v_j), u = W_O pair, with A dense from q, k
/// and lse.
TEST_P(Network, TheAdditiveLogitIsTheSumOfItsTerms) {
  NetworkConfig const config = additive_config();
  auto const parameters = lively_parameters(config);
  NetworkInput const input(config, random_sequences({60, 33}), {1, 0, 1, 1}, 0);
  SequenceBatch const batch = on_device(context, input.batch());
  DeviceCopy<float const> const copy(context.memory(), parameters);
  Activations a = make_activations(context, config, batch, PassOptions{});

  forward(context, config, bind_weights(config, copy.data()), batch, PassOptions{}, a);

  Weights const w = bind_weights(config, parameters.data());
  AttentionInput const in = qkv_on_host(context, config, a.blocks[0]);
  ConstView const lse = on_host(context, a.blocks[0].lse);
  ConstView const tokens_in = on_host(context, a.input);
  ConstView const logits = on_host(context, a.logits);
  std::int64_t const depth = config.head_channels();
  auto const product = [&](float const* x, float const* y) {
    return std::inner_product(x, x + depth, y, 0.0, std::plus<>(), [](float p, float q) {
      return static_cast<double>(p) * static_cast<double>(q);
    });
  };
  for (std::int64_t s = 0; s < batch.count(); ++s) {
    for (std::int64_t t = 0; t < config.targets; ++t) {
      double logit = static_cast<double>(w.bias.data[t]);
      double magnitude = std::abs(logit);
      for (std::int64_t i = 0; i < batch.token_lengths[s]; ++i) {
        std::int64_t const row = s * batch.padded_tokens + i;
        for (std::int64_t c = 0; c < config.channels; ++c) {
          double const term =
              static_cast<double>(tokens_in.row(row)[c]) * static_cast<double>(w.token.row(c)[t]);
          logit += term;
          magnitude += std::abs(term);
        }
        for (std::int64_t h = 0; h < config.heads; ++h) {
          for (std::int64_t j = 0; j < batch.token_lengths[s]; ++j) {
            std::int64_t const key = s * batch.padded_tokens + j;
            double const score =
                product(in.q.row(row) + h * depth, in.k.row(key) + h * depth) / std::sqrt(depth);
            double const weight = std::exp(score - static_cast<double>(lse.row(s * config.heads + h)[i]));
            double worth = 0;
            for (std::int64_t d = 0; d < depth; ++d) {
              double u = 0;
              for (std::int64_t c = 0; c < config.channels; ++c) {
                u += static_cast<double>(w.blocks[0].out.row(h * depth + d)[c]) *
                     static_cast<double>(w.pair.row(c)[t]);
              }
              worth += u * static_cast<double>(in.v.row(key)[h * depth + d]);
            }
            logit += weight * worth;
            magnitude += std::abs(weight * worth);
          }
        }
      }
      EXPECT_NEAR(static_cast<double>(logits.row(s)[t]), logit, 1e-5 * magnitude);
    }
  }
}

/// More padding changes nothing but the order of additions inside a product, never what is added.
TEST_P(Network, PaddingChangesNoGradient) {
  for (NetworkConfig const& config : {pooled_config(), additive_config()}) {
    auto const parameters = lively_parameters(config);
    auto const sequences = random_sequences({40, 23, 31});
    std::vector<float> const targets{1, 0, nan, 1, 0, 1};
    NetworkRun const tight(context, config, parameters, {config, sequences, targets, 0}, LossKind::binary,
                           PassOptions{}, 0);
    NetworkRun const loose(context, config, parameters, {config, sequences, targets, 39}, LossKind::binary,
                           PassOptions{}, 0);

    double const rounding = 1e-5;  // a few hundred additions in another order
    EXPECT_TRUE(
        close(loose.logits, as<double>(tight.logits), rounding * largest_of(as<double>(tight.logits))));
    for (ParameterEntry const& entry : layout_of(config).entries) {
      auto const part = [&](NetworkRun const& run) {
        auto const first = run.gradient.begin() + entry.offset;
        return std::vector<float>(first, first + entry.rows * entry.columns);
      };
      EXPECT_TRUE(close(part(loose), as<double>(part(tight)), rounding * largest_of(as<double>(part(tight)))))
          << entry.name;
    }
  }
}

/// predict puts sequences together as it likes: no bit may depend on the others, nor on padding.
TEST_P(Network, ASequenceHasTheSameLogitsInAnyBatch) {
  NetworkConfig local = pooled_config();
  local.attention = {AttentionSpan::Kind::local, 3};
  local.summaries = 2;
  for (NetworkConfig config : {pooled_config(), additive_config(), local}) {
    config.channels = 48;
    auto const parameters = lively_parameters(config);
    std::vector<std::int64_t> const lengths{40, 23, 31, 7, 150, 149, 40};
    auto const sequences = random_sequences(lengths);
    for (std::int64_t const padding : {0, 39}) {
      NetworkRun const together(context, config, parameters,
                                {config, sequences, std::vector<float>(2 * lengths.size()), padding},
                                LossKind::binary, PassOptions{}, 0);
      for (std::size_t s = 0; s < sequences.size(); ++s) {
        NetworkRun const alone(context, config, parameters, {config, {sequences[s]}, {0, 0}, 0},
                               LossKind::binary, PassOptions{}, 0);
        EXPECT_EQ(alone.logits[0], together.logits[2 * s]) << lengths[s] << " bases";
        EXPECT_EQ(alone.logits[1], together.logits[2 * s + 1]) << lengths[s] << " bases";
      }
    }
  }
}

TEST_P(Network, TheSameBitsEveryTime) {
  NetworkConfig const config = pooled_config();
  auto const parameters = lively_parameters(config);
  NetworkInput const input(config, random_sequences({40, 23, 31}), {1, 0, 1, 1, 0, 1}, 0);
  PassOptions const options{false, true, 0.2F, 5};

  NetworkRun const first(context, config, parameters, input, LossKind::binary, options, 0.1F);
  NetworkRun const second(context, config, parameters, input, LossKind::binary, options, 0.1F);

  EXPECT_TRUE(same_bits(first.logits, second.logits));
  EXPECT_TRUE(same_bits(first.gradient, second.gradient));
}

INSTANTIATE_TEST_SUITE_P(Backends, Network, ::testing::ValuesIn(network_backends()), network_test_name);

}  // namespace
}  // namespace cislens
