#include "cislens/train/predict.hpp"

#include "cislens/base/interrupt.hpp"
#include "cislens/model/network.hpp"
#include "cislens/ops/load.hpp"

#include "groups.hpp"
#include "sequence_group.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace cislens {

namespace {

/// What one thread needs to run sequences through the network.
struct Worker {
  explicit Worker(Backend const& backend) : context(backend) {}

  Context context;
  SequenceGroup group;
  std::vector<std::int64_t> strands;  // that are in the group
};

/// Puts a sequence, or its other strand, behind those of the batch, which are as long.
void add_strand(BasesView bases, bool turned, Batch& batch) {
  batch.length = std::ssize(bases);
  if (turned) {
    std::transform(bases.rbegin(), bases.rend(), std::back_inserter(batch.bases), complement);
  } else {
    batch.bases.insert(batch.bases.end(), bases.begin(), bases.end());
  }
  batch.lengths.push_back(batch.length);
  batch.size += 1;
}

void clear(Batch& batch) {
  batch.size = 0;
  batch.bases.clear();
  batch.lengths.clear();
}

/// A network and one worker a thread.
class Predictor {
 public:
  Predictor(Network const& network, Backend const& backend, Threads& threads)
      : config_(network.config),
        weights_(bind_weights(network.config, network.parameters.data())),
        preferred_(preferred_sequences(backend)),
        threads_(threads) {
    for (int i = 0; i < threads.count(); ++i) {
      workers_.emplace_back(backend).context.set_precision(network.precision);
    }
  }

  /// @param sequence    sequence(i) is the bases of item i
  /// @param[out] logits  (items, T); of an item without a known base NaN when `blank_is_nan`
  template <typename Sequence>
  void run(std::int64_t items, Sequence const& sequence, bool blank_is_nan, std::vector<float>& logits) {
    auto const targets = static_cast<std::size_t>(config_.targets);
    strand_logits_.assign(2 * static_cast<std::size_t>(items) * targets,
                          std::numeric_limits<float>::quiet_NaN());
    std::vector<Group> const groups = groups_of(2 * items, sequence);
    threads_.for_each(std::ssize(groups), [&](std::int64_t index, int worker_index) {
      throw_if_interrupted();
      Worker& worker = workers_[static_cast<std::size_t>(worker_index)];
      clear(worker.group.batch);
      worker.strands.clear();
      Group const group = groups[static_cast<std::size_t>(index)];
      for (std::int64_t strand = group.first; strand < group.first + group.count; ++strand) {
        BasesView const bases = sequence(strand / 2);
        if (blank_is_nan && all_unknown(bases)) continue;
        add_strand(bases, strand % 2 == 1, worker.group.batch);
        worker.strands.push_back(strand);
      }
      if (!worker.strands.empty()) read(worker);
    });
    logits.resize(static_cast<std::size_t>(items) * targets);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      std::size_t const forward = 2 * (i / targets) * targets + i % targets;
      logits[i] = 0.5F * strand_logits_[forward] + 0.5F * strand_logits_[forward + targets];
    }
  }

 private:
  /// Strands 2 i and 2 i + 1 are those of item i. Neighbours of one length share a pass: a sequence's bits do
  /// not depend on the others in it. Long ones go alone, and small sets are dealt to all threads.
  template <typename Sequence>
  std::vector<Group> groups_of(std::int64_t strands, Sequence const& sequence) const {
    std::int64_t const fair = (strands + threads_.count() - 1) / threads_.count();
    std::vector<Group> groups;
    std::int64_t length = -1, most = 0;
    for (std::int64_t strand = 0; strand < strands; ++strand) {
      if (std::ssize(sequence(strand / 2)) == length && groups.back().count < most) {
        groups.back().count += 1;
        continue;
      }
      length = std::ssize(sequence(strand / 2));
      most = std::min(fair, group_size(config_, length, preferred_));
      groups.push_back({strand, 1});
    }
    return groups;
  }

  void read(Worker& worker) {
    ArenaScope const scope(worker.context.arena());
    SequenceBatch const batch = worker.group.view(config_);
    PassOptions const options{false, false, 0, 0, Keep::nothing};
    Activations activations = make_activations(worker.context, config_, batch, options);
    forward(worker.context, config_, weights_, batch, options, activations);
    for (std::int64_t i = 0; i < std::ssize(worker.strands); ++i)
      std::copy_n(activations.logits.row(i), config_.targets,
                  strand_logits_.data() + worker.strands[i] * config_.targets);
  }

  NetworkConfig const& config_;
  Weights const weights_;
  std::int64_t const preferred_;  // sequences of a pass
  Threads& threads_;
  std::vector<Worker> workers_;
  std::vector<float> strand_logits_;  // (2 items, T)
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
