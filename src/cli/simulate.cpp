#include "cislens/data/simulate.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/known_motifs.hpp"
#include "cislens/seqio/motif_database.hpp"

#include "fasta_output.hpp"
#include "simulate_output.hpp"
#include "simulate_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cislens {

namespace {

struct Choices {
  SimulateOptions options;
  std::string prefix;
  std::int64_t positives = 2000;
  std::int64_t negatives = 0;
  std::string motif_file;
  std::string motif_names;
  std::int64_t motif_count = 0;
  bool no_motifs = false;
  PairChoices pairs;
};

struct WeightedMotifs {
  std::vector<MotifMatrix> motifs;
  std::vector<double> weights;
};

void declare(CommandLine& line, Choices& choices) {
  std::int64_t const most = 1'000'000'000;
  line.example("cislens simulate -o demo");
  line.example("cislens simulate -o bench --motif-count 20 --length 300 --max-sites 6");
  line.example("cislens simulate -o ets --motif-names GABPA:3,SP1 --negatives 2000");
  line.example("cislens simulate -o null --no-motifs");
  line.example("cislens simulate -o pairs --pairs 40 --length 300 --negatives 2000");
  line.about(
      "Writes PREFIX.fa (positives), PREFIX.neg.fa (background, when asked for), PREFIX.truth.bed (every "
      "planted site; "
      "score: 1000 times its log-odds over the best possible), PREFIX.motifs.meme (what was planted) and "
      "PREFIX.params.json. Sites never overlap. With --pairs, motifs stand side by side in pairs, and "
      "PREFIX.pairs.tsv (the list) and PREFIX.truth.bedpe (every planted pair) say which.");
  line.group("Output");
  line.output("output,o", "PREFIX", choices.prefix, "beginning of the names of all files");
  line.group("Sequences");
  line.number("positives", "N", choices.positives, {1, most}, "sequences with planted sites");
  line.number("negatives", "N", choices.negatives, {0, most}, "sequences of background alone");
  line.number("length", "BP", choices.options.length, {1, most}, "bases of every sequence");
  line.number("gc", "SHARE", choices.options.gc, {0.05, 0.95},
              "G and C in the background, which is of order 1");
  line.number("min-sites", "N", choices.options.min_sites, {0, 1000}, "fewest sites in a positive");
  line.number("max-sites", "N", choices.options.max_sites, {0, 1000}, "most sites in a positive");
  line.group("Motifs");
  line.text("motifs", "FILE", choices.motif_file,
            "plant these (MEME, JASPAR, TRANSFAC or HOMER) instead of the built-in ones");
  line.text("motif-names", "LIST", choices.motif_names,
            "plant only these, by id, separated by commas; NAME:3 comes three times as often as NAME");
  line.number("motif-count", "N", choices.motif_count, {0, 100'000}, "plant only the first N; 0: all");
  line.flag("no-motifs", choices.no_motifs, "plant nothing: a set in which nothing is to be found");
  declare_pairs(line, choices.pairs);
}

/// Options of free sites say nothing about pairs.
void check_with_pairs(Choices const& choices) {
  SimulateOptions const usual;
  bool const free_sites = choices.options.gc != usual.gc || choices.options.min_sites != usual.min_sites ||
                          choices.options.max_sites != usual.max_sites || choices.no_motifs;
  if (free_sites) {
    throw UsageError(
        "simulate: --pairs has a recipe of its own: --gc, --min-sites, --max-sites and --no-motifs do not go "
        "with it (use --min-pairs and --max-pairs)");
  }
  if (choices.motif_names.find(':') != std::string::npos)
    throw UsageError(
        "simulate: --pairs draws all its pairs alike: weights in --motif-names do not go with it");
}

void check(Choices const& choices) {
  if (choices.options.min_sites > choices.options.max_sites) {
    throw UsageError("simulate: --min-sites is greater than --max-sites");
  }
  bool const picks = !choices.motif_file.empty() || !choices.motif_names.empty() || choices.motif_count > 0;
  if (choices.no_motifs && picks) throw UsageError("simulate: --no-motifs leaves no motifs to choose from");
  if (!choices.motif_names.empty() && choices.motif_count > 0) {
    throw UsageError("simulate: use one of --motif-names and --motif-count");
  }
  if (!choices.pairs.list.empty()) check_with_pairs(choices);
  std::filesystem::path const prefix = choices.prefix;
  if (choices.prefix == "-" || prefix.filename().empty()) {
    throw UsageError("simulate: -o takes the beginning of file names, as in out/demo");
  }
}

/// "NAME" or "NAME:WEIGHT"; a ':' that is no weight belongs to the name ("POU5F1::SOX2").
std::pair<std::string, double> read_pick(std::string_view text) {
  std::size_t const colon = text.rfind(':');
  if (double weight = 0; colon != std::string_view::npos && parse_number(text.substr(colon + 1), weight)) {
    if (!(weight > 0 && std::isfinite(weight))) {
      throw UsageError("simulate: --motif-names: the weight in '" + std::string(text) +
                       "' is not greater than 0");
    }
    return {std::string(text.substr(0, colon)), weight};
  }
  return {std::string(text), 1.0};
}

WeightedMotifs pick_by_name(std::vector<MotifMatrix> const& motifs, std::string const& names) {
  WeightedMotifs picked;
  for (std::string_view const part : split(names, ',')) {
    auto const [name, weight] = read_pick(trim(part));
    auto const motif = std::ranges::find(motifs, name, &MotifMatrix::id);
    if (motif == motifs.end()) {
      std::vector<std::string> ids;
      for (MotifMatrix const& candidate : motifs) ids.push_back(candidate.id);
      throw UsageError("simulate: there is no motif '" + name + "'" + nearest_hint(name, ids));
    }
    if (std::ranges::count(picked.motifs, name, &MotifMatrix::id) > 0) {
      throw UsageError("simulate: --motif-names has " + name + " twice; use " + name + ":2 for more of it");
    }
    picked.motifs.push_back(*motif);
    picked.weights.push_back(weight);
  }
  return picked;
}

WeightedMotifs choose_motifs(Choices const& choices, Run& run) {
  if (choices.no_motifs) return {};
  std::vector<MotifMatrix> motifs = known_motifs();
  if (!choices.motif_file.empty()) {
    MotifDatabase database = read_motif_database(choices.motif_file);
    for (std::string const& warning : database.warnings) run.log().warning(warning);
    run.input("motifs", choices.motif_file);
    motifs = std::move(database.motifs);
  }
  if (!choices.motif_names.empty()) return pick_by_name(motifs, choices.motif_names);
  if (choices.motif_count > static_cast<std::int64_t>(motifs.size())) {
    throw UsageError("simulate: --motif-count: there are only " + counted(motifs.size(), "motif"));
  }
  if (choices.motif_count > 0) motifs.resize(static_cast<std::size_t>(choices.motif_count));
  std::vector<double> weights(motifs.size(), 1.0);
  return {std::move(motifs), std::move(weights)};
}

/// @returns the number of planted sites
std::int64_t write_positives(Simulator const& simulator, std::int64_t count, FastaOutput& fasta,
                             OutputFile& truth, Log& log) {
  std::int64_t sites = 0;
  for (std::int64_t number = 0; number < count; ++number) {
    SimulatedSequence const sequence = simulator.positive(number);
    std::string const name = simulated_record_name("pos_", number, count);
    fasta.write(name, sequence.bases);
    for (PlantedSite const& site : sequence.sites) {
      truth.stream() << planted_site_line(name, site, simulator.motifs()[site.motif],
                                          simulator.best_log_odds_bits(site.motif));
    }
    sites += static_cast<std::int64_t>(sequence.sites.size());
    if (number % 1024 == 0)
      log.progress("positives", static_cast<double>(number), static_cast<double>(count));
  }
  return sites;
}

void write_negatives(Simulator const& simulator, std::int64_t count, FastaOutput& fasta, Log& log) {
  for (std::int64_t number = 0; number < count; ++number) {
    fasta.write(simulated_record_name("neg_", number, count), simulator.negative(number));
    if (number % 1024 == 0)
      log.progress("negatives", static_cast<double>(number), static_cast<double>(count));
  }
}

void write_all(Choices const& choices, Simulator const& simulator, Run& run) {
  std::string const& prefix = choices.prefix;
  check_free(prefix + ".motifs.meme", run.if_exists());
  run.check_params(prefix + ".params.json");
  FastaOutput positives(prefix + ".fa", run.if_exists());
  OutputFile truth(prefix + ".truth.bed", run.if_exists());
  std::optional<FastaOutput> negatives;
  if (choices.negatives > 0) negatives.emplace(prefix + ".neg.fa", run.if_exists());

  run.stage("simulate", "writing " + counted(choices.positives, "positive") + " and " +
                            counted(choices.negatives, "negative"));
  std::int64_t const sites = write_positives(simulator, choices.positives, positives, truth, run.log());
  if (negatives) write_negatives(simulator, choices.negatives, *negatives, run.log());
  truth.commit();
  positives.commit();
  if (negatives) negatives->commit();
  double const gc = choices.options.gc;
  write_planted_motifs(simulator.motifs(), {(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2},
                       prefix + ".motifs.meme", run.if_exists());
  run.log().info("planted " + counted(sites, "site") + " of " + counted(simulator.motifs().size(), "motif"));
  run.metric("sites", static_cast<double>(sites));
  run.write_params(prefix + ".params.json");
}

}  // namespace

void run_simulate(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check(choices);
  if (choices.pairs.list.empty()) {
    line.refuse_given({"min-pairs", "max-pairs", "pair-gap", "pair-gap-fixed", "pair-strands",
                       "pair-positives", "pair-negatives"},
                      "needs --pairs");
  }

  Run run(line);
  choices.options.seed = run.seed();
  WeightedMotifs planted = choose_motifs(choices, run);
  if (!choices.pairs.list.empty()) {
    PairChoices& pairs = choices.pairs;
    pairs.prefix = choices.prefix;
    pairs.positives = choices.positives;
    pairs.negatives = choices.negatives;
    pairs.options.length = choices.options.length;
    pairs.options.seed = run.seed();
    simulate_pairs(pairs, std::move(planted.motifs), run);
    return;
  }
  Simulator const simulator(choices.options, std::move(planted.motifs), std::move(planted.weights));
  write_all(choices, simulator, run);
}

}  // namespace cislens
