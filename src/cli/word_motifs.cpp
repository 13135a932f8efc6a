#include "word_motifs.hpp"

#include "cislens/base/random.hpp"
#include "cislens/data/shuffle.hpp"

#include <algorithm>

namespace cislens {

namespace {

constexpr std::int64_t most_bases = 1'000'000;
// A filter may start as a word that is not significant: training decides what becomes of it, and what is
// reported is tested again. On GUE mouse TF 3 (1,904 sequences) E <= 10 gives 8 starts instead of 2.
constexpr double lenient_e = 10;
constexpr int patience = 8;
constexpr std::uint64_t shuffle_stream = 0x776F7264;  // "word"

struct Parts {
  std::vector<Window> fit, holdout;

  /// Every fifth record is held out.
  void add(BasesView bases, std::int64_t record, std::size_t place) {
    (place % 5 == 4 ? holdout : fit).push_back({bases, record, 1});
  }
};

bool is_positive(TrainingRun const& training, std::int64_t record) {
  if (training.loss != LossKind::binary) return true;
  for (std::int64_t t = 0; t < training.dataset.target_count(); ++t) {
    if (training.dataset.target(record, t) > 0.5F) return true;
  }
  return false;
}

/// Every n-th of the records, so that they have at most about `most_bases` bases.
std::vector<std::int64_t> thin(Dataset const& dataset, std::vector<std::int64_t> const& records) {
  std::int64_t total = 0;
  for (std::int64_t const record : records) total += static_cast<std::int64_t>(dataset.bases[record].size());
  auto const step = static_cast<std::size_t>(total / most_bases + 1);
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < records.size(); i += step) kept.push_back(records[i]);
  return kept;
}

}  // namespace

DiscoveryResult find_word_motifs(TrainingRun const& training, Run& run, Threads& threads) {
  Dataset const& dataset = training.dataset;
  std::vector<std::int64_t> positives;
  std::vector<std::int64_t> negatives;
  for (std::int64_t const record : records_of(training.parts, Part::train)) {
    (is_positive(training, record) ? positives : negatives).push_back(record);
  }
  bool const has_negatives = training.positives < dataset.size();
  positives = thin(dataset, positives);
  if (has_negatives) negatives = thin(dataset, negatives);
  Parts with;
  Parts without;
  for (std::size_t i = 0; i < positives.size(); ++i) with.add(dataset.bases[positives[i]], positives[i], i);
  std::vector<Bases> shuffled(has_negatives ? 0 : positives.size());
  for (std::size_t i = 0; i < shuffled.size(); ++i) {
    Random random(run.seed(), mix(shuffle_stream, static_cast<std::uint64_t>(positives[i])));
    shuffled[i] = shuffle_dinucleotides(dataset.bases[positives[i]], random);
    without.add(shuffled[i], positives[i], i);
  }
  for (std::size_t i = 0; has_negatives && i < negatives.size(); ++i) {
    without.add(dataset.bases[negatives[i]], negatives[i], i);
  }
  DiscoveryInput const input{with.fit, without.fit, with.holdout, without.holdout};
  DiscoveryOptions options;
  options.max_e = lenient_e;
  options.patience = patience;
  return discover_motifs(input, options, threads, run.log());
}

}  // namespace cislens
