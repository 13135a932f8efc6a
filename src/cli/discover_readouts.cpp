#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/shuffle.hpp"

#include "discover_stages.hpp"
#include "head_diagnosis.hpp"
#include "target_choice.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

constexpr std::uint64_t shuffle_stream = 0x72656164;  // "read"

/// The smallest value that counts as positive.
float positive_limit(TrainingRun const& trained, int target) {
  if (trained.loss == LossKind::binary) return 0.5F;
  std::vector<float> values;
  for (std::int64_t i = 0; i < trained.dataset.size(); ++i) {
    float const value = trained.dataset.target(i, target);
    if (!std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return 0;
  auto const quarter = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 3 / 4);
  std::nth_element(values.begin(), quarter, values.end());
  return *quarter;
}

}  // namespace

void check_target(DiscoverChoices const& choices, TrainingRun const& loaded) {
  int const target = target_index(choices.target, loaded.dataset.target_names);
  float const limit = positive_limit(loaded, target);
  for (std::int64_t i = 0; i < loaded.dataset.size(); ++i) {
    if (loaded.dataset.target(i, target) >= limit) return;
  }
  throw InputError(choices.training.targets + ": no sequence is positive for target " +
                   loaded.dataset.target_names[target] + " (choose another with --target)");
}

PositiveReadouts read_positives(DiscoverChoices const& choices, TrainingRun const& trained, Run& run,
                                Backend const& backend, Threads& threads) {
  Dataset const& dataset = trained.dataset;
  PositiveReadouts result;
  result.target = target_index(choices.target, dataset.target_names);
  float const limit = positive_limit(trained, result.target);
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    if (!(dataset.target(i, result.target) >= limit)) continue;
    result.records.push_back(i);
    result.parts.push_back(trained.parts[i]);
    result.bases.push_back(dataset.bases[i]);
  }
  run.stage("readout",
            "reading " + std::to_string(result.records.size()) + " positives and their shuffled copies");
  result.shuffled.resize(result.bases.size());
  threads.for_each(static_cast<std::int64_t>(result.bases.size()), [&](std::int64_t i, int) {
    Random random(run.seed(), mix(shuffle_stream, static_cast<std::uint64_t>(result.records[i])));
    result.shuffled[i] = shuffle_dinucleotides(result.bases[i], random);
  });
  ReadoutOptions options;
  options.target = result.target;
  options.score = choices.score;
  Network const& network = trained.network;
  result.readouts = read_records(network.config, network.parameters, result.bases, options, backend, threads);
  auto const copies = std::min(result.shuffled.size(), static_cast<std::size_t>(choices.max_read));
  result.shuffled_readouts =
      read_records(network.config, network.parameters, std::span(result.shuffled).first(copies), options,
                   backend, threads);
  return result;
}

HeadTables describe_heads(TrainingRun const& trained, PositiveReadouts const& positives,
                          std::vector<DiscoveredMotif> const& motifs, std::vector<Site> const& sites,
                          Run& run, Backend const& backend, Threads& threads) {
  constexpr std::int64_t most = 2000;
  bool const held_out = std::any_of(positives.parts.begin(), positives.parts.end(),
                                    [](Part part) { return part == Part::test; });
  std::vector<std::int64_t> candidates;
  for (std::int64_t i = 0; i < std::ssize(positives.records); ++i) {
    if (!held_out || positives.parts[i] == Part::test) candidates.push_back(i);
  }
  HeadQuestion question{.network = trained.network,
                        .loss = trained.loss,
                        .target = positives.target,
                        .looked_at = {},
                        .sites = {},
                        .motif_ids = {},
                        .dataset = trained.dataset,
                        .records = trained.test,
                        .labels = {},
                        .seed = run.seed()};
  auto const by_sequence = [](Site const& a, std::int64_t b) { return a.sequence < b; };
  for (std::int64_t const chosen : sample(std::ssize(candidates), most, run.seed())) {
    std::int64_t const record = candidates[chosen];
    auto site = std::lower_bound(sites.begin(), sites.end(), record, by_sequence);
    for (; site != sites.end() && site->sequence == record; ++site) {
      question.sites.push_back(*site);
      question.sites.back().sequence = std::ssize(question.looked_at);
    }
    question.looked_at.push_back(positives.bases[record]);
  }
  for (DiscoveredMotif const& motif : motifs) question.motif_ids.push_back(motif.matrix.id);
  for (std::int64_t const record : trained.test)
    question.labels.push_back(trained.dataset.target(record, positives.target));
  return diagnose_heads(question, backend, threads);
}

}  // namespace cislens
