#include "training_data.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/data/negatives.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/seqio/genome.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/seqio/targets.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

namespace {

std::vector<SequenceRecord> read(std::string const& role, std::string const& path,
                                 TrainingChoices const& choices, Run& run) {
  SequenceOptions reading = choices.reading;
  reading.genome_is_for_more = choices.negatives == Negatives::genomic;
  auto records = load_sequences(path, choices.genome, reading, run.log());
  run.input(role, path);
  throw_if_interrupted();
  return records;
}

Dataset with_negatives(Dataset const& positives, TrainingChoices const& choices, Run& run, Threads& threads) {
  if (choices.negatives == Negatives::shuffled) {
    return with_shuffled_negatives(positives, choices.copies, run.seed(), threads);
  }
  Genome genome(choices.genome, run.log());
  GenomicNegativeOptions options;
  options.copies = choices.copies;
  options.mask_lowercase = choices.reading.mask_lowercase;
  options.seed = run.seed();
  return with_genomic_negatives(positives, genome, options, run.log());
}

/// Whether all known targets are such.
template <typename Holds>
bool all_targets(Dataset const& dataset, Holds holds) {
  return std::all_of(dataset.targets.begin(), dataset.targets.end(),
                     [&](float y) { return std::isnan(y) || holds(y); });
}

LossKind choose_loss(Dataset const& dataset, TrainingChoices const& choices) {
  LossKind const loss = choices.loss.value_or(usual_loss(dataset));
  if (loss == LossKind::binary && !all_targets(dataset, [](float y) { return y >= 0 && y <= 1; })) {
    throw InputError(choices.targets + ": --loss binary takes targets from 0 to 1 (use another loss)");
  }
  if (loss == LossKind::poisson && !all_targets(dataset, [](float y) { return y >= 0; })) {
    throw InputError(choices.targets + ": --loss poisson takes no targets below 0 (use --loss squared)");
  }
  return loss;
}

}  // namespace

LossKind usual_loss(Dataset const& dataset) {
  if (all_targets(dataset, [](float y) { return y == 0 || y == 1; })) return LossKind::binary;
  if (all_targets(dataset, [](float y) { return y >= 0 && y == std::floor(y); })) return LossKind::poisson;
  return LossKind::squared;
}

void load_training_data(TrainingChoices const& choices, Run& run, Threads& threads, TrainingRun& result) {
  auto const records = read("sequences", choices.sequences, choices, run);
  if (!choices.genome.empty()) run.input("genome", choices.genome);
  DatasetOptions const options;
  if (!choices.targets.empty()) {
    TargetTable const table = read_targets(choices.targets);
    run.input("targets", choices.targets);
    result.dataset = build_dataset(records, choices.sequences, table, options, run.log());
    result.positives = result.dataset.size();
  } else if (!choices.background.empty()) {
    auto const background = read("background", choices.background, choices, run);
    result.dataset =
        build_dataset(records, choices.sequences, background, choices.background, options, run.log());
    result.positives = std::count(result.dataset.targets.begin(), result.dataset.targets.end(), 1.0F);
  } else {
    Dataset const positives = build_dataset(records, choices.sequences, {}, "", options, run.log());
    result.positives = positives.size();
    result.dataset = with_negatives(positives, choices, run, threads);
    result.shuffled = choices.negatives == Negatives::shuffled;
  }
  result.loss = choose_loss(result.dataset, choices);
}

std::int64_t median_length(Dataset const& dataset) {
  std::vector<std::int64_t> lengths;
  for (Bases const& bases : dataset.bases) lengths.push_back(static_cast<std::int64_t>(bases.size()));
  auto const middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  return middle == lengths.end() ? 0 : *middle;
}

std::int64_t longest_length(Dataset const& dataset) {
  std::size_t longest = 0;
  for (Bases const& bases : dataset.bases) longest = std::max(longest, bases.size());
  return static_cast<std::int64_t>(longest);
}

}  // namespace cislens
