#include "cislens/train/predict.hpp"

#include "cislens/model/memory_plan.hpp"
#include "cislens/tensor/device_block.hpp"

#include "predictor.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

/// What `predict` and `predict_windows` run on.
struct Team {
  Team(Network const& network, std::int64_t bases, Backend const& backend, Threads& threads)
      : workers(backend, threads),
        block(memory_of(backend), network.parameters),
        limits(fitting_pass(backend, network.config, bases, {false, false, 0, 0, Keep::nothing}, 0)),
        predictor(network.config, block.data(), limits, workers) {
    for (int i = 0; i < workers.count(); ++i) workers[i].set_precision(network.precision);
  }

  Workers workers;
  DeviceCopy<float const> block;
  PassLimits limits;
  Predictor predictor;
};

/// A window of a record.
struct Place {
  std::int64_t record;
  RecordWindow window;
};

}  // namespace

std::vector<float> predict(Network const& network, Dataset const& dataset,
                           std::span<std::int64_t const> records, Backend const& backend, Threads& threads) {
  std::int64_t longest = 1;
  for (std::int64_t const record : records)
    longest = std::max(longest, std::ssize(dataset.bases[static_cast<std::size_t>(record)]));
  Team team(network, longest, backend, threads);
  std::vector<float> logits;
  team.predictor.run(
      static_cast<std::int64_t>(records.size()),
      [&](std::int64_t item) { return BasesView(dataset.bases[static_cast<std::size_t>(records[item])]); },
      false, logits);
  return logits;
}

void predict_windows(Network const& network, std::span<Bases const> records, std::int64_t max_length,
                     Backend const& backend, Threads& threads, WindowSink const& sink) {
  constexpr std::size_t windows_at_once = 4096;
  std::int64_t const targets = network.config.targets;
  std::int64_t longest = 1;
  for (Bases const& record : records) longest = std::max(longest, std::min(max_length, std::ssize(record)));
  Team team(network, longest, backend, threads);
  std::vector<Place> places;
  std::vector<float> logits;
  auto const hand_out = [&] {
    auto const bases_of = [&](std::int64_t item) {
      Place const& place = places[static_cast<std::size_t>(item)];
      return BasesView(records[place.record]).subspan(place.window.start, place.window.length());
    };
    team.predictor.run(static_cast<std::int64_t>(places.size()), bases_of, true, logits);
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
