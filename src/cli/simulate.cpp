#include "cislens/data/simulate.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/known_motifs.hpp"
#include "cislens/seqio/motif_database.hpp"
#include "cislens/writers/meme.hpp"

#include "fasta_output.hpp"

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
  line.about(
      "Writes PREFIX.fa (positives), PREFIX.neg.fa (background, when asked for), PREFIX.truth.bed (every "
      "planted site; "
      "score: 1000 times its log-odds over the best possible), PREFIX.motifs.meme (what was planted) and "
      "PREFIX.params.json. Sites never overlap.");
  line.group("Output");
  line.required("output,o", "PREFIX", choices.prefix, "beginning of the names of all files");
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
      auto const nearest = std::ranges::min_element(
          motifs, {}, [&](MotifMatrix const& candidate) { return edit_distance(candidate.id, name); });
      throw UsageError("simulate: there is no motif '" + name + "'; the nearest is " + nearest->id);
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
    throw UsageError("simulate: --motif-count: there are only " + std::to_string(motifs.size()) + " motifs");
  }
  if (choices.motif_count > 0) motifs.resize(static_cast<std::size_t>(choices.motif_count));
  std::vector<double> weights(motifs.size(), 1.0);
  return {std::move(motifs), std::move(weights)};
}

/// "pos_0042" of 2,000: all names have the same length, so that every sort keeps their order.
std::string record_name(char const* kind, std::int64_t number, std::int64_t count) {
  std::string const digits = std::to_string(number + 1);
  return std::string(kind) + std::string(std::to_string(count).size() - digits.size(), '0') + digits;
}

std::string bed_lines(std::string const& record, std::vector<PlantedSite> const& sites,
                      Simulator const& simulator) {
  std::string lines;
  for (PlantedSite const& site : sites) {
    double const share = site.log_odds_bits / simulator.best_log_odds_bits(site.motif);
    int const score = static_cast<int>(std::lround(1000 * std::clamp(share, 0.0, 1.0)));
    lines += record + '\t' + std::to_string(site.start) + '\t' + std::to_string(site.end) + '\t' +
             simulator.motifs()[site.motif].id + '\t' + std::to_string(score) + '\t' + site.strand + '\n';
  }
  return lines;
}

/// @returns the number of planted sites
std::int64_t write_positives(Simulator const& simulator, std::int64_t count, FastaOutput& fasta,
                             OutputFile& truth, Log& log) {
  std::int64_t sites = 0;
  for (std::int64_t number = 0; number < count; ++number) {
    SimulatedSequence const sequence = simulator.positive(number);
    std::string const name = record_name("pos_", number, count);
    fasta.write(name, sequence.bases);
    truth.stream() << bed_lines(name, sequence.sites, simulator);
    sites += static_cast<std::int64_t>(sequence.sites.size());
    if (number % 1024 == 0)
      log.progress("positives", static_cast<double>(number), static_cast<double>(count));
  }
  return sites;
}

void write_negatives(Simulator const& simulator, std::int64_t count, FastaOutput& fasta, Log& log) {
  for (std::int64_t number = 0; number < count; ++number) {
    fasta.write(record_name("neg_", number, count), simulator.negative(number));
    if (number % 1024 == 0)
      log.progress("negatives", static_cast<double>(number), static_cast<double>(count));
  }
}

void write_motifs(Simulator const& simulator, double gc, std::string const& path, IfExists if_exists) {
  std::vector<MemeMotif> motifs;
  for (MotifMatrix const& matrix : simulator.motifs()) motifs.push_back({matrix, std::nan("")});
  write_meme(motifs, {(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2}, path, if_exists);
}

void write_all(Choices const& choices, Simulator const& simulator, Run& run) {
  std::string const& prefix = choices.prefix;
  check_free(prefix + ".motifs.meme", run.if_exists());
  run.check_params(prefix + ".params.json");
  FastaOutput positives(prefix + ".fa", run.if_exists());
  OutputFile truth(prefix + ".truth.bed", run.if_exists());
  std::optional<FastaOutput> negatives;
  if (choices.negatives > 0) negatives.emplace(prefix + ".neg.fa", run.if_exists());

  run.stage("simulate", "writing " + std::to_string(choices.positives) + " positives and " +
                            std::to_string(choices.negatives) + " negatives");
  std::int64_t const sites = write_positives(simulator, choices.positives, positives, truth, run.log());
  if (negatives) write_negatives(simulator, choices.negatives, *negatives, run.log());
  truth.commit();
  positives.commit();
  if (negatives) negatives->commit();
  write_motifs(simulator, choices.options.gc, prefix + ".motifs.meme", run.if_exists());
  run.log().info("planted " + std::to_string(sites) + " sites of " +
                 std::to_string(simulator.motifs().size()) + " motifs");
  run.metric("sites", static_cast<double>(sites));
  run.write_params(prefix + ".params.json");
}

}  // namespace

void run_simulate(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check(choices);

  Run run(line);
  choices.options.seed = run.seed();
  WeightedMotifs planted = choose_motifs(choices, run);
  Simulator const simulator(choices.options, std::move(planted.motifs), std::move(planted.weights));
  write_all(choices, simulator, run);
}

}  // namespace cislens
