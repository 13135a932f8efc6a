#include "cislens/train/predict.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"

#include "sequence_group.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// What one thread needs to run sequences through the network.
struct Worker {
  explicit Worker(Backend const& backend) : context(backend) {}

  Context context;
  SequenceGroup group;
};

/// The other strand of the one sequence in a batch.
void turn(Batch& batch) {
  std::reverse(batch.bases.begin(), batch.bases.end());
  std::transform(batch.bases.begin(), batch.bases.end(), batch.bases.begin(), complement);
}

/// logits (T) += half of what the network says about the batch's one sequence.
void add_half(Worker& worker, NetworkConfig const& config, Weights const& weights, float* logits) {
  ArenaScope const scope(worker.context.arena());
  SequenceBatch const batch = worker.group.view(config);
  PassOptions const options;
  Activations activations = make_activations(worker.context, config, batch, options);
  forward(worker.context, config, weights, batch, options, activations);
  for (int t = 0; t < config.targets; ++t) logits[t] += 0.5F * activations.logits.data[t];
}

}  // namespace

std::vector<float> predict(Network const& network, Dataset const& dataset,
                           std::span<std::int64_t const> records, Backend const& backend, Threads& threads) {
  NetworkConfig const& config = network.config;
  Weights const weights = bind_weights(config, network.parameters.data());
  std::vector<float> logits(records.size() * static_cast<std::size_t>(config.targets));
  std::vector<Worker> workers;
  for (int i = 0; i < threads.count(); ++i) workers.emplace_back(backend);
  threads.for_each(static_cast<std::int64_t>(records.size()), [&](std::int64_t item, int index) {
    throw_if_interrupted();
    Worker& worker = workers[static_cast<std::size_t>(index)];
    float* const own = logits.data() + item * config.targets;
    fill_batch(dataset, records.subspan(static_cast<std::size_t>(item), 1), 1, Augmentation{},
               worker.group.batch);
    add_half(worker, config, weights, own);
    turn(worker.group.batch);
    add_half(worker, config, weights, own);
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
