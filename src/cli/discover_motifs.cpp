#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/motif/compare.hpp"
#include "cislens/motif/discovery.hpp"
#include "cislens/motif/enrichment.hpp"
#include "cislens/motif/independent.hpp"
#include "cislens/motif/match.hpp"
#include "cislens/motif/merge.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/seqlets.hpp"
#include "cislens/seqio/motif_database.hpp"

#include "discover_stages.hpp"
#include "faint_motifs.hpp"
#include "whole_sequences.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <utility>

namespace cislens {

namespace {

/// The track of one head (-1: the total) in every readout, minus its mean over the shuffled copies.
HeadTracks tracks_of(PositiveReadouts const& positives, int head) {
  HeadTracks result;
  result.head = head;
  auto const track = [head](RecordReadout const& readout) {
    if (head < 0) return readout.total;
    auto const first = readout.heads.begin() + static_cast<std::ptrdiff_t>(head * readout.total.size());
    return std::vector<float>(first, first + static_cast<std::ptrdiff_t>(readout.total.size()));
  };
  double sum = 0;
  double count = 0;
  for (RecordReadout const& readout : positives.shuffled_readouts) {
    result.shuffled.push_back(track(readout));
    for (float const value : result.shuffled.back()) sum += static_cast<double>(value);
    count += static_cast<double>(readout.total.size());
  }
  for (RecordReadout const& readout : positives.readouts) result.tracks.push_back(track(readout));
  auto const mean = static_cast<float>(count > 0 ? sum / count : 0.0);
  for (auto* const all : {&result.tracks, &result.shuffled}) {
    for (auto& values : *all) {
      for (float& value : values) value -= mean;
    }
  }
  return result;
}

/// Windows around seqlets of records used for fitting, and the same windows of the shuffled copies.
void add_fit_windows(PositiveReadouts const& positives, std::span<Seqlet const> seqlets, int head,
                     std::size_t most, SearchWindows& windows) {
  for (Seqlet const& seqlet : seqlets) {
    if (seqlet.head != head || positives.parts[seqlet.sequence] != Part::train) continue;
    if (windows.fit_positives.size() >= most) return;
    auto const first = static_cast<std::size_t>(seqlet.start);
    auto const count = static_cast<std::size_t>(seqlet.end - seqlet.start);
    auto const cut = [&](std::vector<Bases> const& all) {
      BasesView const whole(all[seqlet.sequence]);
      return Window{whole.subspan(first, count), seqlet.sequence, 1, seqlet.start - std::ssize(whole) / 2};
    };
    windows.fit_positives.push_back(cut(positives.bases));
    windows.fit_controls.push_back(cut(positives.shuffled));
  }
}

std::vector<Seqlet> seqlets_of(DiscoverChoices const& choices, PositiveReadouts const& positives, int heads) {
  SeqletOptions options;
  options.width_bp = choices.seqlet_width;
  options.smooth_bp = std::min(15, choices.seqlet_width);
  options.target_p = choices.seqlet_p;
  return find_seqlets(
      1 + heads, [&](int i) { return tracks_of(positives, i - 1); }, options);
}

/// Of all lists, what tells something beside the others.
std::vector<DiscoveredMotif> independent_of(WholeSequences const& whole, std::vector<HeadMotifs> const& lists,
                                            double max_p, MergeOptions const& same, Run& run,
                                            Threads& threads) {
  std::vector<DiscoveredMotif const*> all;
  std::vector<MotifMatrix> matrices;
  for (HeadMotifs const& list : lists) {
    for (DiscoveredMotif const& motif : list.motifs) {
      all.push_back(&motif);
      matrices.push_back(motif.matrix);
    }
  }
  std::vector<DiscoveredMotif> kept;
  for (IndependentMotif const& motif :
       independent_motifs(matrices, whole.windows.view(), max_p, same, threads))
    kept.push_back(*all[motif.index]);
  for (DiscoveredMotif const* const motif : all) {
    bool const there = std::ranges::any_of(
        kept, [&](DiscoveredMotif const& other) { return same_motif(motif->matrix, other.matrix, same); });
    if (!there) run.log().info("left out, other motifs tell as much: " + motif->consensus);
  }
  return kept;
}

/// A hold-out of few sequences has a smallest p, and every candidate makes it dearer.
void warn_if_nothing_could_be_found(WholeSequences const& whole, int tested, double max_e, Run& run) {
  auto const positives = std::ssize(whole.sets.holdout_positives);
  auto const controls = std::ssize(whole.sets.holdout_controls);
  double const least_e = std::exp(least_log_p(positives, controls)) * std::max(1, tested);
  if (least_e <= max_e) return;
  run.log().warning("no motif can reach E <= " + format_significant(max_e, 2) + ": with " +
                    std::to_string(positives) + " positives and " + std::to_string(controls) +
                    " controls in the hold-out and " + std::to_string(tested) +
                    " candidates the smallest possible E is " + format_significant(least_e, 2) +
                    " (more sequences, or larger --validation and --test)");
}

std::vector<DiscoveredMotif> de_novo(DiscoverChoices const& choices, TrainingRun const& trained,
                                     PositiveReadouts const& positives, std::vector<Seqlet> const& seqlets,
                                     int heads, Run& run, Threads& threads) {
  DiscoveryOptions options;
  options.max_motifs = choices.max_motifs;
  options.max_e = choices.max_e;
  std::vector<HeadMotifs> lists;
  int tested = 0;
  if (!trained.words.empty()) {
    DiscoveryResult const& words = trained.words[static_cast<std::size_t>(positives.target)];
    lists.push_back({-1, words.motifs});
    tested = words.tested;
  }
  for (int head = -1; head < heads; ++head) {
    throw_if_interrupted();
    SearchWindows windows;
    add_fit_windows(positives, seqlets, head, static_cast<std::size_t>(choices.max_read), windows);
    add_holdout(trained, positives, windows);
    run.log().info((head < 0 ? std::string("all heads") : "head " + std::to_string(head)) + ": " +
                   std::to_string(windows.fit_positives.size()) + " seqlets to fit motifs on");
    DiscoveryResult found = discover_motifs(windows.view(), options, threads, run.log());
    tested += found.tested;
    lists.push_back({head, std::move(found.motifs)});
  }
  WholeSequences const whole(trained, positives);
  warn_if_nothing_could_be_found(whole, tested, choices.max_e, run);
  Background const background = estimate_background(positives.bases, true);
  for (HeadMotifs& list : lists) {
    test_all(whole, background, tested, list.motifs, threads);
    std::erase_if(list.motifs,
                  [&](DiscoveredMotif const& motif) { return !(motif.holdout_e <= choices.max_e); });
  }
  MergeOptions merge;
  merge.heads = heads;
  double const max_p = choices.max_e / std::max(1, tested);
  std::vector<DiscoveredMotif> motifs = independent_of(whole, lists, max_p, merge, run, threads);
  add_faint_motifs(choices, whole, background, tested, motifs, run, threads);
  return merge_motifs(std::move(motifs), lists, merge);
}

std::vector<DiscoveredMotif> given(std::vector<MotifMatrix> const& matrices,
                                   PositiveReadouts const& positives) {
  Background const background = estimate_background(positives.bases, true);
  std::vector<DiscoveredMotif> motifs;
  for (MotifMatrix const& matrix : matrices) {
    DiscoveredMotif& motif = motifs.emplace_back();
    motif.consensus = iupac_consensus(matrix);
    motif.information_bits = information_bits(matrix, background);
    motif.matrix = matrix;
  }
  return motifs;
}

std::vector<MotifMatrix> read_motifs(std::string const& role, std::vector<std::string> const& paths,
                                     Run& run) {
  std::vector<MotifMatrix> motifs;
  std::vector<MotifDatabase> databases = read_motif_databases(paths);
  for (std::size_t i = 0; i < databases.size(); ++i) {
    run.input(role, paths[i]);
    for (std::string const& warning : databases[i].warnings) run.log().warning(warning);
    std::ranges::move(databases[i].motifs, std::back_inserter(motifs));
  }
  return motifs;
}

void name_motifs(std::vector<MotifMatrix> const& database, std::vector<DiscoveredMotif>& motifs,
                 Threads& threads) {
  std::vector<MotifMatrix> queries;
  for (DiscoveredMotif const& motif : motifs) queries.push_back(motif.matrix);
  auto matches = compare_to_database(queries, database, CompareOptions{}, threads);
  for (std::size_t i = 0; i < motifs.size(); ++i) {
    matches[i].resize(std::min<std::size_t>(matches[i].size(), 20));
    motifs[i].matches = std::move(matches[i]);
  }
}

}  // namespace

KnownMotifs read_known_motifs(DiscoverChoices const& choices, Run& run) {
  std::vector<std::string> given;
  if (!choices.given_motifs.empty()) given.push_back(choices.given_motifs);
  return {read_motifs("motifs", given, run), read_motifs("motif database", choices.databases, run)};
}

MotifStage find_motifs(DiscoverChoices const& choices, KnownMotifs const& known, TrainingRun const& trained,
                       PositiveReadouts const& positives, Run& run, Threads& threads) {
  NetworkConfig const& config = trained.network.config;
  int const heads = config.blocks * config.heads;
  run.stage("motifs", "looking for motifs in what the heads attend to");
  MotifStage result;
  result.seqlets = seqlets_of(choices, positives, heads);
  if (choices.given_motifs.empty()) {
    result.motifs = de_novo(choices, trained, positives, result.seqlets, heads, run, threads);
  } else {
    result.motifs = given(known.given, positives);
    WholeSequences const whole(trained, positives);
    test_all(whole, estimate_background(positives.bases, true), static_cast<int>(known.given.size()),
             result.motifs, threads);
  }
  if (!choices.databases.empty()) name_motifs(known.database, result.motifs, threads);
  for (DiscoveredMotif const& motif : result.motifs) {
    std::string const name = shown_name(motif.matches, choices.max_match_q);
    run.log().info(motif.matrix.id + " " + motif.consensus + (name.empty() ? "" : " (" + name + ")"));
  }
  return result;
}

}  // namespace cislens
