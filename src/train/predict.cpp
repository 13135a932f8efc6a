#include "cislens/train/predict.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"

#include "sequence_group.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

std::vector<float> predict(Network const& network, Dataset const& dataset,
                           std::span<std::int64_t const> records, Backend const& backend, Threads& threads) {
  NetworkConfig const& config = network.config;
  Weights const weights = bind_weights(config, network.parameters.data());
  std::vector<float> logits(records.size() * static_cast<std::size_t>(config.targets));
  std::vector<Context> contexts;
  for (int i = 0; i < threads.count(); ++i) contexts.emplace_back(backend);
  std::vector<SequenceGroup> groups(contexts.size());
  threads.for_each(static_cast<std::int64_t>(records.size()), [&](std::int64_t item, int worker) {
    throw_if_interrupted();
    Context& context = contexts[static_cast<std::size_t>(worker)];
    SequenceGroup& group = groups[static_cast<std::size_t>(worker)];
    ArenaScope const scope(context.arena());
    fill_batch(dataset, records.subspan(static_cast<std::size_t>(item), 1), 1, Augmentation{}, group.batch);
    SequenceBatch const batch = group.view(config);
    PassOptions const options;
    Activations activations = make_activations(context, config, batch, options);
    forward(context, config, weights, batch, options, activations);
    std::copy_n(activations.logits.data, config.targets, logits.data() + item * config.targets);
  });
  return logits;
}

double transform(Output output, float logit) {
  auto const z = static_cast<double>(logit);
  switch (output) {
    case Output::probability:
      return 1 / (1 + std::exp(-z));
    case Output::rate:
      return std::exp(z);
    case Output::value:
      return z;
  }
  return z;
}

}  // namespace cislens
