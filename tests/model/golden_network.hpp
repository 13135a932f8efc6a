#pragma once

#include "cislens/model/network.hpp"
#include "cislens/ops/loss.hpp"

#include "support/golden.hpp"
#include "support/network_backends.hpp"

#include <string>
#include <vector>

namespace cislens::test {

/// A batch of sequences for the network, padded with N to `padded_bases`.
struct NetworkInput {
  std::vector<std::uint8_t> bases;
  std::vector<std::int64_t> lengths, token_lengths;
  std::int64_t padded_bases = 0;
  std::vector<float> targets;

  NetworkInput(NetworkConfig const& config, std::vector<std::vector<std::uint8_t>> const& sequences,
               std::vector<float> known_targets, std::int64_t padding)
      : targets(std::move(known_targets)), pool_(config.pool) {
    for (auto const& one : sequences)
      padded_bases = std::max(padded_bases, static_cast<std::int64_t>(one.size()) + padding);
    for (auto const& one : sequences) {
      bases.insert(bases.end(), one.begin(), one.end());
      bases.insert(bases.end(), static_cast<std::size_t>(padded_bases) - one.size(), std::uint8_t{4});
      lengths.push_back(static_cast<std::int64_t>(one.size()));
      token_lengths.push_back(config.tokens(lengths.back()));
    }
  }
  SequenceBatch batch() const {
    return {bases, lengths, token_lengths, padded_bases, (padded_bases + pool_ - 1) / pool_};
  }

 private:
  std::int64_t pool_;
};

/// Forward, loss and backward of a network on one batch.
struct NetworkRun {
  std::vector<float> logits;
  double mean_loss = 0;
  std::vector<float> gradient;  // the whole parameter block

  NetworkRun(Context& context, NetworkConfig const& config, std::vector<float> const& parameters,
             NetworkInput const& input, LossKind kind, PassOptions const& options, float entropy_gradient)
      : gradient(parameters.size()) {
    ContextScope const scope(context);
    SequenceBatch const batch = on_device(context, input.batch());
    DeviceCopy<float const> const block(context.memory(), parameters);
    Weights const weights = bind_weights(config, block.data());
    Activations activations = make_activations(context, config, batch, options);
    forward(context, config, weights, batch, options, activations);
    logits = values_of(context, activations.logits);
    ConstView const targets(input.targets.data(), batch.count(), config.targets);
    auto const known = static_cast<double>(known_entries(targets));
    View const dlogits = context.host_arena().matrix(batch.count(), config.targets);
    ConstView const z(logits.data(), batch.count(), config.targets);
    mean_loss = loss(kind, z, targets, 1 / known, dlogits) / known;
    DeviceCopy<float> const sums(context.memory(), gradient);
    MutableWeights const g = bind_weights(config, sums.data());
    backward(context, config, weights, batch, options, on_device(context, dlogits), entropy_gradient,
             activations, &g);
    sums.download();
    if (!options.want_entropy) return;
    for (auto const& own : activations.blocks) {
      for (float const entropy : values_of(context, own.entropy))
        mean_loss += static_cast<double>(entropy_gradient) * static_cast<double>(entropy);
    }
  }
};

}  // namespace cislens::test
