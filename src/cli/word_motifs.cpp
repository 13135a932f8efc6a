#include "word_motifs.hpp"

#include "cislens/base/random.hpp"
#include "cislens/data/shuffle.hpp"
#include "cislens/motif/merge.hpp"

#include "target_sides.hpp"

#include <algorithm>

namespace cislens {

namespace {

constexpr std::int64_t most_bases = 2'000'000;
constexpr std::int64_t enough_bases = 200'000;  // of controls, when there are few positives
constexpr std::int64_t few_negatives = 20;      // fewer: positives are told from their shuffles
// A filter may start as a word that is not significant: training decides what becomes of it, and what is
// reported is tested again. On GUE mouse TF 3 (1,904 sequences) E <= 10 gives 8 starts instead of 2.
constexpr double lenient_e = 10;
constexpr int patience = 8;
constexpr std::uint64_t shuffle_stream = 0x776F7264;  // "word"

struct Parts {
  std::vector<Window> fit, holdout;

  /// Every fifth record is held out.
  void add(BasesView bases, std::int64_t record, std::size_t place) {
    (place % 5 == 4 ? holdout : fit).push_back(whole_record(bases, record));
  }
};

std::int64_t bases_of(Dataset const& dataset, std::vector<std::int64_t> const& records) {
  std::int64_t total = 0;
  for (std::int64_t const record : records) total += static_cast<std::int64_t>(dataset.bases[record].size());
  return total;
}

/// Every n-th of the records, so that they have at most about `most` bases.
std::vector<std::int64_t> thin(Dataset const& dataset, std::vector<std::int64_t> const& records,
                               std::int64_t most) {
  auto const step = static_cast<std::size_t>(bases_of(dataset, records) / most + 1);
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < records.size(); i += step) kept.push_back(records[i]);
  return kept;
}

DiscoveryResult word_motifs_of(TrainingRun const& training, std::int64_t target, Run& run, Threads& threads) {
  Dataset const& dataset = training.dataset;
  TargetSides const sides = target_sides(dataset, training.loss, target);
  auto const positives = thin(dataset, in_part(sides.positives, training.parts, Part::train), most_bases);
  auto negatives = in_part(sides.negatives, training.parts, Part::train);
  std::int64_t const wanted = std::max(enough_bases, 4 * bases_of(dataset, positives));
  negatives = thin(dataset, negatives, std::min(most_bases, wanted));
  Parts with;
  Parts without;
  for (std::size_t i = 0; i < positives.size(); ++i) with.add(dataset.bases[positives[i]], positives[i], i);
  bool const shuffles = std::ssize(negatives) < few_negatives;
  std::vector<Bases> shuffled(shuffles ? positives.size() : 0);
  for (std::size_t i = 0; i < shuffled.size(); ++i) {
    Random random(run.seed(), mix(shuffle_stream, static_cast<std::uint64_t>(positives[i])));
    shuffled[i] = shuffle_dinucleotides(dataset.bases[positives[i]], random);
    without.add(shuffled[i], positives[i], i);
  }
  for (std::size_t i = 0; !shuffles && i < negatives.size(); ++i) {
    without.add(dataset.bases[negatives[i]], negatives[i], i);
  }
  DiscoveryInput const input{with.fit, without.fit, with.holdout, without.holdout};
  DiscoveryOptions options;
  options.max_e = lenient_e;
  options.patience = patience;
  // Of many targets only the first few motifs of each find a filter.
  if (auto const targets = static_cast<int>(dataset.target_count()); targets > 1) {
    options.max_motifs = std::max(6, 2 * training.network.config.channels / targets);
    options.patience = 3;
  }
  return discover_motifs(input, options, threads, run.log());
}

}  // namespace

std::vector<DiscoveryResult> find_word_motifs(TrainingRun const& training, Run& run, Threads& threads) {
  std::vector<DiscoveryResult> result;
  std::int64_t const targets = training.dataset.target_count();
  for (std::int64_t t = 0; t < targets; ++t) {
    result.push_back(word_motifs_of(training, t, run, threads));
    run.log().progress("words", static_cast<double>(t + 1), static_cast<double>(targets));
  }
  return result;
}

FilterStarts filter_starts(std::vector<MotifMatrix> const& given, std::vector<DiscoveryResult> const& words,
                           int channels) {
  bool const only_different = !given.empty() || words.size() > 1;
  FilterStarts starts;
  auto const add = [&](MotifMatrix const& motif) {
    if (std::ssize(starts.motifs) >= channels) return;
    auto const known = [&](MotifMatrix const& other) { return same_motif(motif, other); };
    if (!only_different || std::ranges::none_of(starts.motifs, known)) starts.motifs.push_back(motif);
  };
  for (MotifMatrix const& motif : given) add(motif);
  starts.given = starts.motifs.size();
  std::size_t most = 0;
  for (DiscoveryResult const& one : words) most = std::max(most, one.motifs.size());
  for (std::size_t rank = 0; rank < most; ++rank) {
    for (DiscoveryResult const& one : words) {
      if (rank < one.motifs.size()) add(one.motifs[rank].matrix);
    }
  }
  return starts;
}

}  // namespace cislens
