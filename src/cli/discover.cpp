#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"

#include "discover_stages.hpp"
#include "memory_check.hpp"
#include "network_options.hpp"
#include "pairs_stages.hpp"
#include "target_choice.hpp"

#include <algorithm>
#include <filesystem>

namespace cislens {

namespace fs = std::filesystem;

namespace {

void declare(CommandLine& line, DiscoverChoices& choices) {
  TrainingChoices& training = choices.training;
  line.example("cislens discover peaks.fa --motif-db jaspar.meme -o out");
  line.example("cislens discover peaks.narrowPeak -g hg38.fa --center --width 200 -o out");
  line.example("cislens discover bound.fa --background unbound.fa -o out");
  line.example("cislens discover promoters.fa --targets bound.tsv -o out");
  line.about(
      "Trains a network to tell SEQS from background, reads its attention heads, and writes to DIR: "
      "report.html, motifs.meme, motifs.tsv, sites.bed, seqlets.bed, heads*.tsv, pairs.* (unless "
      "--no-pairs), records.tsv, predictions.tsv, metrics.tsv, training.tsv, the model and params.json. "
      "With several --targets those of each are in DIR/targets/NAME.");
  declare_training_input(line, training);
  line.group("Motifs and sites");
  line.list("motif-db", "FILE", choices.databases,
            "known motifs to name what is found: MEME, JASPAR, TRANSFAC, HOMER");
  line.text("motifs", "FILE", choices.given_motifs, "look for these motifs instead of new ones");
  line.text("target", "NAME", choices.target,
            "read this target only (default: all, each into DIR/targets/NAME)");
  line.text("against", "NAME", choices.against,
            "with --target: what sequences of that target have and those of this one lack");
  line.number("max-motifs", "N", choices.max_motifs, {1, 1000},
              "stop after so many, for all heads together and for each");
  line.number("max-e", "E", choices.max_e, {0.0, 1e6}, "largest hold-out E of a motif");
  line.number("max-match-q", "Q", choices.max_match_q, {0.0, 1.0},
              "largest q of a database name that is shown");
  line.number("seqlet-p", "P", choices.seqlet_p, {0.0, 1.0}, "largest p-value of a seqlet");
  line.number("seqlet-width", "BP", choices.seqlet_width, {5, 201}, "width of a seqlet, odd");
  line.number(
      "site-p", "P", choices.site_p, {0.0, 1.0},
      "largest PWM p-value of a site; up to ten times as much for a motif of which no word is so rare");
  line.number("max-read", "N", choices.max_read, {20, 1'000'000'000},
              "most seqlets, and shuffled copies, that are used");
  line.choice("head-score", {{"attribution", HeadScore::attribution}, {"attention", HeadScore::attention}},
              choices.score, "what heads are read by");
  line.group("Pairs");
  line.flag_off("no-pairs", choices.with_pairs, "do not look for pairs of motifs");
  declare_pair_search(line, choices.pairs, "pair-");
  line.group("Output");
  line.output("output,o", "DIR", training.folder, "folder of the results; made when it is not there");
  declare_network(line, training);
  declare_training(line, training);
}

/// @throws UsageError  a value that no range of the command line can express
void check_options(DiscoverChoices const& choices) {
  if (choices.seqlet_width % 2 == 0) {
    throw UsageError("--seqlet-width " + std::to_string(choices.seqlet_width) + " is not odd");
  }
  if (!(choices.max_e > 0)) throw UsageError("--max-e must be greater than 0");
  if (choices.training.validation_share + choices.training.test_share <= 0)
    throw UsageError(
        "--validation 0 --test 0: motifs are tested on validation and test records, so there must be some");
  check_against(choices.target, choices.against);
}

/// The targets to read, each with its folder.
struct TargetPlan {
  std::vector<int> targets;
  std::vector<fs::path> folders;
  bool overview = false;  ///< there are several, each in a folder of its own
};

TargetPlan plan_targets(DiscoverChoices const& choices, TrainingRun const& loaded, Run& run) {
  fs::path const folder = choices.training.folder;
  std::vector<std::string> const& names = loaded.dataset.target_names;
  TargetPlan plan;
  if (!choices.target.empty() || names.size() == 1) {
    plan.targets = {target_index(choices.target, names)};
    plan.folders = {folder};
    if (!choices.against.empty()) target_index(choices.against, names, "--against");
    require_positives(choices, loaded, plan.targets.front());
    return plan;
  }
  plan.overview = true;
  std::vector<std::string> const folders = target_folders(names);
  for (int t = 0; t < static_cast<int>(names.size()); ++t) {
    if (!has_positives(loaded, t)) {
      run.log().warning("target '" + names[static_cast<std::size_t>(t)] +
                        "' has no positives: it is not read");
      continue;
    }
    plan.targets.push_back(t);
    plan.folders.push_back(folder / "targets" / folders[static_cast<std::size_t>(t)]);
  }
  return plan;
}

/// Targets are read one after the other.
void check_readouts(DiscoverChoices const& choices, TrainingRun const& loaded,
                    std::vector<int> const& targets, Run& run) {
  std::int64_t most = 0;
  for (int const target : targets) most = std::max(most, readout_bytes(choices, loaded, target));
  check_readout_memory(choices.training.memory_limit, most, run);
}

}  // namespace

void run_discover(CommandLine& line) {
  DiscoverChoices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_options(choices);
  check_training_options(line, choices.training);
  if (!choices.with_pairs) {
    line.refuse_given({"pair-site-p", "max-gap", "permutations", "min-expected", "alike", "pair-network",
                       "pair-controls", "pair-q"},
                      "does not go with --no-pairs");
  }
  Run run(line);
  Ranks ranks = join_ranks(choices.training, run);
  fs::path const folder = choices.training.folder;
  if (ranks.first()) {
    prepare_training(choices.training, run);
    check_target_outputs(choices, folder, run.if_exists());
  }
  Backend const& backend = run.backend();
  Threads threads(run.threads());
  bool const provenance = line.common().provenance;

  KnownMotifs const known = read_known_motifs(choices, run);
  TrainingRun trained = load_training(choices.training, run, threads);
  TargetPlan const plan = plan_targets(choices, trained, run);
  if (ranks.first()) {
    if (plan.overview) {
      check_free(folder / "targets.tsv", run.if_exists());
      if (choices.with_pairs) check_free(folder / "pairs.targets.tsv", run.if_exists());
    }
    for (fs::path const& one : plan.folders) {
      run.output_folder(one);
      check_target_outputs(choices, one, run.if_exists());
    }
    check_readouts(choices, trained, plan.targets, run);
  }
  run_training(choices.training, run, backend, threads, ranks, trained);
  if (!ranks.first()) return;
  std::vector<TargetFindings> findings;
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    if (plan.overview)
      run.log().info("target " + trained.dataset.target_names[static_cast<std::size_t>(plan.targets[i])]);
    findings.push_back(find_in_target(choices, known, trained, plan.targets[i], plan.folders[i], provenance,
                                      run, backend, threads));
  }
  write_training(choices.training, trained, provenance, run);
  if (plan.overview) write_overview(choices, trained, findings, provenance, run);
  run.write_params(folder / "params.json");
  finish_training(choices.training);
}

}  // namespace cislens
