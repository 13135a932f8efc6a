#pragma once

#include "cislens/base/random.hpp"
#include "cislens/ops/load.hpp"
#include "cislens/train/trainer.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace cislens::test {

/// Random sequences of 60 to 69 bases; every other one is a positive and holds `motif` somewhere, on either
/// strand.
inline Dataset motif_dataset(std::int64_t count, std::string const& motif) {
  Dataset dataset;
  dataset.target_names = {"bound"};
  Bases const forward = encode_bases(motif);
  Bases const reverse = reverse_complement(forward);
  for (std::int64_t i = 0; i < count; ++i) {
    Random random(11, static_cast<std::uint64_t>(i));
    Bases bases(static_cast<std::size_t>(60 + i % 10));
    for (auto& base : bases) base = static_cast<std::uint8_t>(random.below(4));
    Bases const& site = random.below(2) == 0 ? forward : reverse;
    auto const place = static_cast<std::int64_t>(random.below(bases.size() - site.size()));
    if (i % 2 == 1) std::copy(site.begin(), site.end(), bases.begin() + place);
    dataset.names.push_back("r" + std::to_string(i));
    dataset.origins.push_back({dataset.names.back(), 0, static_cast<std::int64_t>(bases.size()), '+'});
    dataset.bases.push_back(std::move(bases));
    dataset.targets.push_back(static_cast<float>(i % 2));
  }
  return dataset;
}

inline NetworkConfig small_config() {
  NetworkConfig config;
  config.channels = 64;
  config.heads = 2;
  config.filter_width = 11;
  config.ffn_channels = 64;
  config.readout_heads = 2;
  return config;
}

/// A data set with its first records for training, the rest for validation, and everything a run needs.
struct TrainingCase {
  Dataset dataset;
  NetworkConfig config = small_config();
  TrainOptions options;
  std::vector<std::int64_t> records;
  TrainInput input;
  Backend const* backend = &load_cpu_backend("auto");
  Log log{{.quiet = true, .json = false}};

  TrainingCase(Dataset data, std::int64_t training)
      : dataset(std::move(data)), records(dataset.bases.size()) {
    std::iota(records.begin(), records.end(), 0);
    std::span<std::int64_t const> const all(records);
    input.dataset = &dataset;
    input.train = all.first(static_cast<std::size_t>(training));
    input.validation = all.subspan(static_cast<std::size_t>(training));
    options.epochs = 3;
    options.batch_size = 16;
  }

  TrainState run(int thread_count) {
    TrainState state = initial_state(config, options.seed);
    run(thread_count, state);
    return state;
  }
  void run(int thread_count, TrainState& state) {
    Threads threads(thread_count);
    train(config, input, options, *backend, threads, log, state);
  }
};

}  // namespace cislens::test
