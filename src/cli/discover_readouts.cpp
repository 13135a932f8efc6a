#include "cislens/base/random.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/shuffle.hpp"

#include "discover_stages.hpp"
#include "head_diagnosis.hpp"
#include "target_choice.hpp"
#include "target_sides.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace cislens {

namespace {

constexpr std::uint64_t shuffle_stream = 0x72656164;  // "read"

constexpr std::int64_t few_controls = 20;  // held out; fewer: shuffled copies instead
constexpr std::int64_t many_control_bases = 2'000'000;

/// What is told from what.
TargetSides asked_sides(DiscoverChoices const& choices, TrainingRun const& trained, int target) {
  TargetSides const own = target_sides(trained.dataset, trained.loss, target);
  if (choices.against.empty()) return own;
  int const against = target_index(choices.against, trained.dataset.target_names);
  TargetSides const other = target_sides(trained.dataset, trained.loss, against);
  return opposed_sides(own, other);
}

/// Every n-th control when they are many more than the positives; none when hardly any is held out
/// (with --against there is no other choice).
std::vector<std::int64_t> choose_controls(DiscoverChoices const& choices, TrainingRun const& trained,
                                          TargetSides const& sides) {
  Dataset const& dataset = trained.dataset;
  std::int64_t held_out = 0;
  std::int64_t bases = 0;
  for (std::int64_t const record : sides.negatives) {
    held_out += trained.parts[record] != Part::train ? 1 : 0;
    bases += static_cast<std::int64_t>(dataset.bases[record].size());
  }
  if (held_out < few_controls && choices.against.empty()) return {};
  auto const many = std::ssize(sides.negatives) / std::max<std::int64_t>(1, 4 * std::ssize(sides.positives));
  std::int64_t const step = std::clamp<std::int64_t>(many, 1, bases / many_control_bases + 1);
  std::vector<std::int64_t> controls;
  for (std::int64_t i = 0; i < std::ssize(sides.negatives); i += step) controls.push_back(sides.negatives[i]);
  return controls;
}

void subtract(std::vector<float>& values, std::vector<float> const& others) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= others[i];
}

/// Readouts of the asked target, less those of the one it is read against.
std::vector<RecordReadout> read(PositiveReadouts const& asked, HeadScore score, Network const& network,
                                std::span<Bases const> bases, Backend const& backend, Threads& threads) {
  ReadoutOptions options;
  options.target = asked.target;
  options.score = score;
  auto readouts = read_records(network.config, network.parameters, bases, options, backend, threads);
  // Attention received is the same for all targets.
  if (asked.against < 0 || score == HeadScore::attention) return readouts;
  options.target = asked.against;
  auto const others = read_records(network.config, network.parameters, bases, options, backend, threads);
  for (std::size_t i = 0; i < readouts.size(); ++i) {
    readouts[i].logit -= others[i].logit;
    subtract(readouts[i].total, others[i].total);
    subtract(readouts[i].heads, others[i].heads);
  }
  return readouts;
}

}  // namespace

bool has_positives(TrainingRun const& loaded, int target) {
  return !target_sides(loaded.dataset, loaded.loss, target).positives.empty();
}

void require_positives(DiscoverChoices const& choices, TrainingRun const& loaded, int target) {
  require_sides(asked_sides(choices, loaded, target), choices.training.targets,
                loaded.dataset.target_names[static_cast<std::size_t>(target)], choices.against);
}

std::int64_t readout_bytes(DiscoverChoices const& choices, TrainingRun const& loaded, int target) {
  NetworkConfig const& config = choices.training.network;
  std::vector<std::int64_t> const positives = asked_sides(choices, loaded, target).positives;
  std::int64_t bases = 0;
  std::int64_t copied = 0;  // bases of those whose shuffled copies are read
  for (std::int64_t i = 0; i < std::ssize(positives); ++i) {
    auto const length = std::ssize(loaded.dataset.bases[positives[i]]);
    bases += length;
    copied += i < choices.max_read ? length : 0;
  }
  auto const tracks = 1 + std::int64_t{config.blocks} * config.heads;
  std::int64_t floats = (tracks + 1) * (bases + copied);  // and one that is smoothed
  // The target that it is read against, until it is taken off: then the copies are not there yet.
  if (!choices.against.empty() && choices.score == HeadScore::attribution)
    floats = std::max(floats, tracks * 2 * bases);
  return floats * std::int64_t{sizeof(float)} + 2 * bases;
}

PositiveReadouts read_positives(DiscoverChoices const& choices, TrainingRun const& trained, int target,
                                Run& run, Backend const& backend, Threads& threads) {
  Dataset const& dataset = trained.dataset;
  TargetSides sides = asked_sides(choices, trained, target);
  PositiveReadouts result;
  result.target = target;
  if (!choices.against.empty()) result.against = target_index(choices.against, dataset.target_names);
  result.controls = choose_controls(choices, trained, sides);
  result.records = std::move(sides.positives);
  for (std::int64_t const record : result.records) {
    result.parts.push_back(trained.parts[record]);
    result.bases.push_back(dataset.bases[record]);
  }
  run.stage("readout",
            "reading " + counted(result.records.size(), "positive") + " and their shuffled copies");
  result.shuffled.resize(result.bases.size());
  threads.for_each(static_cast<std::int64_t>(result.bases.size()), [&](std::int64_t i, int) {
    Random random(run.seed(), mix(shuffle_stream, static_cast<std::uint64_t>(result.records[i])));
    result.shuffled[i] = shuffle_dinucleotides(result.bases[i], random);
  });
  result.readouts = read(result, choices.score, trained.network, result.bases, backend, threads);
  auto const copies = std::min(result.shuffled.size(), static_cast<std::size_t>(choices.max_read));
  result.shuffled_readouts = read(result, choices.score, trained.network,
                                  std::span(result.shuffled).first(copies), backend, threads);
  return result;
}

HeadTables describe_heads(TrainingRun const& trained, PositiveReadouts const& positives,
                          std::vector<DiscoveredMotif> const& motifs, std::vector<Site> const& sites,
                          Run& run, Backend const& backend, Threads& threads) {
  constexpr std::int64_t most = 2000;
  bool const held_out = std::any_of(positives.parts.begin(), positives.parts.end(),
                                    [](Part part) { return part == Part::test; });
  std::vector<std::int64_t> candidates;  // indices of positives
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
    std::int64_t const positive = candidates[chosen];
    auto site = std::lower_bound(sites.begin(), sites.end(), positive, by_sequence);
    for (; site != sites.end() && site->sequence == positive; ++site) {
      question.sites.push_back(*site);
      question.sites.back().sequence = std::ssize(question.looked_at);
    }
    question.looked_at.push_back(positives.bases[positive]);
  }
  for (DiscoveredMotif const& motif : motifs) question.motif_ids.push_back(motif.matrix.id);
  for (std::int64_t const record : trained.test)
    question.labels.push_back(trained.dataset.target(record, positives.target));
  return diagnose_heads(question, backend, threads);
}

}  // namespace cislens
