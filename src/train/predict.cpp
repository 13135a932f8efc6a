#include "cislens/train/predict.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"

#include "sequence_group.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

/// What one thread needs to run sequences through the network.
struct Worker {
  explicit Worker(Backend const& backend) : context(backend) {}

  Context context;
  SequenceGroup group;
};

/// Puts one sequence into the batch.
void fill_one(BasesView bases, Batch& batch) {
  batch.size = 1;
  batch.length = static_cast<std::int64_t>(bases.size());
  batch.bases.assign(bases.begin(), bases.end());
  batch.lengths.assign(1, batch.length);
}

/// The other strand of the one sequence in a batch.
void turn(Batch& batch) {
  std::reverse(batch.bases.begin(), batch.bases.end());
  std::transform(batch.bases.begin(), batch.bases.end(), batch.bases.begin(), complement);
}

/// logits (T) += half of what the network says about the batch's one sequence.
void add_half(Worker& worker, NetworkConfig const& config, Weights const& weights, float* logits) {
  ArenaScope const scope(worker.context.arena());
  SequenceBatch const batch = worker.group.view(config);
  PassOptions const options{false, false, 0, 0, Keep::nothing};
  Activations activations = make_activations(worker.context, config, batch, options);
  forward(worker.context, config, weights, batch, options, activations);
  for (int t = 0; t < config.targets; ++t) logits[t] += 0.5F * activations.logits.data[t];
}

/// A network and one worker a thread.
class Predictor {
 public:
  Predictor(Network const& network, Backend const& backend, Threads& threads)
      : config_(network.config),
        weights_(bind_weights(network.config, network.parameters.data())),
        threads_(threads) {
    for (int i = 0; i < threads.count(); ++i) {
      workers_.emplace_back(backend).context.set_precision(network.precision);
    }
  }

  /// @param sequence    sequence(i) is the bases of item i
  /// @param[out] logits  (items, T); of an item without a known base NaN when `blank_is_nan`
  template <typename Sequence>
  void run(std::int64_t items, Sequence const& sequence, bool blank_is_nan, std::vector<float>& logits) {
    logits.assign(static_cast<std::size_t>(items * config_.targets), 0.0F);
    threads_.for_each(items, [&](std::int64_t item, int index) {
      throw_if_interrupted();
      BasesView const bases = sequence(item);
      float* const own = logits.data() + item * config_.targets;
      if (blank_is_nan && std::ranges::all_of(bases, [](std::uint8_t base) { return base == base_n; })) {
        std::fill_n(own, config_.targets, std::numeric_limits<float>::quiet_NaN());
        return;
      }
      Worker& worker = workers_[static_cast<std::size_t>(index)];
      fill_one(bases, worker.group.batch);
      add_half(worker, config_, weights_, own);
      turn(worker.group.batch);
      add_half(worker, config_, weights_, own);
    });
  }

 private:
  NetworkConfig const& config_;
  Weights const weights_;
  Threads& threads_;
  std::vector<Worker> workers_;
};

/// A window of a record.
struct Place {
  std::int64_t record;
  RecordWindow window;
};

}  // namespace

std::vector<float> predict(Network const& network, Dataset const& dataset,
                           std::span<std::int64_t const> records, Backend const& backend, Threads& threads) {
  Predictor predictor(network, backend, threads);
  std::vector<float> logits;
  predictor.run(
      static_cast<std::int64_t>(records.size()),
      [&](std::int64_t item) { return BasesView(dataset.bases[static_cast<std::size_t>(records[item])]); },
      false, logits);
  return logits;
}

void predict_windows(Network const& network, std::span<Bases const> records, std::int64_t max_length,
                     Backend const& backend, Threads& threads, WindowSink const& sink) {
  constexpr std::size_t windows_at_once = 4096;
  std::int64_t const targets = network.config.targets;
  Predictor predictor(network, backend, threads);
  std::vector<Place> places;
  std::vector<float> logits;
  auto const hand_out = [&] {
    auto const bases_of = [&](std::int64_t item) {
      Place const& place = places[static_cast<std::size_t>(item)];
      return BasesView(records[place.record]).subspan(place.window.start, place.window.length());
    };
    predictor.run(static_cast<std::int64_t>(places.size()), bases_of, true, logits);
    for (std::size_t i = 0; i < places.size(); ++i) {
      sink(places[i].record, places[i].window, std::span(logits).subspan(i * targets, targets));
    }
    places.clear();
  };
  for (std::int64_t record = 0; record < static_cast<std::int64_t>(records.size()); ++record) {
    auto const length = static_cast<std::int64_t>(records[record].size());
    WindowPlan const plan(length, max_length, network.config.pool);
    for (std::int64_t i = 0; i < plan.count(); ++i) {
      places.push_back({record, plan[i]});
      if (places.size() == windows_at_once) hand_out();
    }
  }
  hand_out();
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
