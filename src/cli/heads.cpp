#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/output_file.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/windows.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/model/checkpoint.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/sites.hpp"
#include "cislens/readout/partners.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/seqio/targets.hpp"

#include "head_diagnosis.hpp"
#include "motif_choice.hpp"
#include "site_limits.hpp"
#include "target_choice.hpp"
#include "window_length.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

struct Choices {
  std::string sequences, model, genome, background, targets, target, motifs, output, partners;
  std::int64_t max_records = 2000;
  std::int64_t max_length = 0;
  std::int64_t partner_count = 1000;
  double site_p = 1e-4;
  SequenceOptions reading;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens heads -m run held_out.fa -o heads.tsv");
  line.example("cislens heads -m run bound.fa --background unbound.fa -o heads.tsv");
  line.example("cislens heads -m run bound.fa -o heads.tsv --partners partners.tsv");
  line.about(
      "Writes a line a head: how sharp and how far it looks, whether another head says the same, what the "
      "network loses without it, and the motif at whose sites it looks. Beside TSV: .distance.tsv (distance "
      "profiles), .cka.tsv (similarity of all heads), .motifs.tsv (attention at the sites of every motif).");
  line.positional("SEQS", choices.sequences,
                  "positives: FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.required("model,m", "DIR", choices.model, "folder that train or discover wrote");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.text("background", "SEQS", choices.background,
            "negatives: importance is the loss without a head, not the change of the logit");
  line.text("targets", "TSV", choices.targets, "labels of SEQS instead: record name, a column a target");
  line.text("target", "NAME", choices.target, "which target is read (default: the first)");
  line.text("motifs", "FILE", choices.motifs,
            "motifs to look at (default: those of discover, of --target if it has its own)");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  declare_max_length(line, choices.max_length);
  line.number("max-records", "N", choices.max_records, {1, 1'000'000'000},
              "so many sequences (or windows of long ones), of each class, drawn by --seed");
  line.number(
      "site-p", "P", choices.site_p, {0.0, 1.0},
      "largest PWM p-value of a site; up to ten times as much for a motif of which no word is so rare");
  line.group("Output");
  line.output("output,o", "TSV", choices.output,
              "where the table goes; '-': standard output, without the tables beside it");
  line.optional_output(
      "partners", "TSV", choices.partners,
      "also lists which token looks at which: the entries of attention worth most to the target");
  line.number("partner-count", "N", choices.partner_count, {1, 1'000'000'000}, "so many, with --partners");
}

void check_options(Choices const& choices) {
  if (!choices.background.empty() && !choices.targets.empty())
    throw UsageError("--background and --targets both say what the labels are; give one of them");
  if (choices.partners == "-")
    throw UsageError("--partners needs a file name: standard output takes the table");
  if (choices.output == "-" || choices.partners.empty()) return;
  for (fs::path const& path : head_table_paths(choices.output)) {
    if (is_same_output(path, choices.partners))
      throw UsageError("--partners " + choices.partners + ": a table beside -o is written there");
  }
}

/// What is read, window by window, and its labels.
struct Material {
  Dataset dataset;
  std::vector<float> labels;  ///< of every record of the data set; NaN: not known
  std::vector<std::string> record_names;
  std::vector<std::int64_t> records;  ///< index into record_names: whose window it is
  std::vector<std::int64_t> starts;   ///< of the window, in the record
};

/// Adds the windows of the records that hold a known base, at most `max_records` of them.
void add_windows(Dataset const& records, std::vector<float> const& labels, Choices const& choices,
                 std::int64_t max_length, std::int64_t pool, Run& run, Material& material) {
  std::vector<std::pair<std::int64_t, RecordWindow>> windows;
  std::int64_t blank = 0;
  for (std::int64_t i = 0; i < records.size(); ++i) {
    WindowPlan const plan(std::ssize(records.bases[i]), max_length, pool);
    for (std::int64_t w = 0; w < plan.count(); ++w) {
      BasesView const bases = BasesView(records.bases[i]).subspan(plan[w].start, plan[w].length());
      if (all_unknown(bases)) {
        ++blank;
      } else {
        windows.push_back({i, plan[w]});
      }
    }
  }
  if (blank > 0) run.log().warning("sequences of N only, left out: " + std::to_string(blank));
  std::int64_t const first_record = std::ssize(material.record_names);
  material.record_names.insert(material.record_names.end(), records.names.begin(), records.names.end());
  for (std::int64_t const at : sample(std::ssize(windows), choices.max_records, run.seed())) {
    auto const& [record, window] = windows[at];
    auto const first = records.bases[record].begin();
    material.dataset.bases.emplace_back(first + window.start, first + window.end);
    bool const whole = window.length() == std::ssize(records.bases[record]);
    material.dataset.names.push_back(
        records.names[record] +
        (whole ? "" : ":" + std::to_string(window.start) + "-" + std::to_string(window.end)));
    material.labels.push_back(labels[record]);
    material.records.push_back(first_record + record);
    material.starts.push_back(window.start);
  }
}

std::vector<float> labels_from(std::string const& path, std::string const& target, Dataset const& records) {
  TargetTable const table = read_targets(path);
  std::size_t const columns = table.target_names.size();
  auto const found = std::find(table.target_names.begin(), table.target_names.end(), target);
  if (found == table.target_names.end())
    throw InputError(path + ": has no column '" + target + "' (choose another with --target)");
  auto const column = static_cast<std::size_t>(found - table.target_names.begin());
  std::vector<float> labels;
  bool any = false;
  for (std::string const& name : records.names) {
    auto const row = table.rows.find(name);
    labels.push_back(row == table.rows.end() ? std::numeric_limits<float>::quiet_NaN()
                                             : table.values[row->second * columns + column]);
    any = any || row != table.rows.end();
  }
  if (!any) throw InputError(path + ": no record of the sequences has a line (names must be the same)");
  return labels;
}

Material read_material(Choices const& choices, SavedModel const& model, int target, Run& run) {
  std::int64_t const max_length = window_length(model, choices.max_length);
  auto const load = [&](std::string const& path) {
    Dataset records = encode_records(load_sequences(path, choices.genome, choices.reading, run.log()));
    throw_if_interrupted();
    log_long_records(records, max_length, run);
    return records;
  };
  auto const same = [](Dataset const& records, float label) {
    return std::vector<float>(records.bases.size(), label);
  };
  Material material;
  Dataset const positives = load(choices.sequences);
  float const unknown = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> const labels = choices.targets.empty()
                                        ? same(positives, choices.background.empty() ? unknown : 1.0F)
                                        : labels_from(choices.targets, model.target_names[target], positives);
  add_windows(positives, labels, choices, max_length, model.config.pool, run, material);
  if (material.dataset.bases.empty())
    throw InputError(choices.sequences + ": no sequence holds a known base");
  if (choices.background.empty()) return material;
  Dataset const negatives = load(choices.background);
  add_windows(negatives, same(negatives, 0), choices, max_length, model.config.pool, run, material);
  return material;
}

/// Those that attention is described on, as indices: with binary labels the positives, else all.
std::vector<std::size_t> looked_at(Choices const& choices, SavedModel const& model,
                                   Material const& material) {
  std::vector<std::size_t> result;
  bool const labelled = !choices.background.empty() || !choices.targets.empty();
  for (std::size_t i = 0; i < material.labels.size(); ++i) {
    if (!labelled || model.loss != LossKind::binary || material.labels[i] > 0.5F) result.push_back(i);
  }
  if (result.empty()) throw InputError(choices.targets + ": no sequence is positive for this target");
  return result;
}

/// What the command finds out.
struct Findings {
  HeadTables tables;
  std::string partners;  ///< the table of --partners
};

/// The table of --partners; records that were looked at are its sources.
std::string list_partners(Choices const& choices, Network const& network, int target,
                          Material const& material, std::vector<std::size_t> const& looked_at,
                          Backend const& backend, Threads& threads) {
  std::vector<PartnerSource> sources;
  for (std::size_t const i : looked_at)
    sources.push_back({material.dataset.bases[i], material.records[i], material.starts[i]});
  return format_head_partners(best_partners(network.config, network.parameters, sources, target,
                                            choices.partner_count, backend, threads),
                              material.record_names);
}

Findings diagnose(Choices const& choices, SavedModel const& model, Network const& network, int target,
                  Run& run) {
  std::vector<MotifMatrix> const motifs = chosen_motifs(choices.motifs, choices.model, choices.target, run);
  run.stage("read", "reading " + choices.sequences);
  Material const material = read_material(choices, model, target, run);
  std::vector<std::size_t> const looks = looked_at(choices, model, material);
  Backend const& backend = run.backend();
  Threads threads(run.threads());
  HeadQuestion question{.network = network,
                        .loss = model.loss,
                        .target = target,
                        .looked_at = {},
                        .sites = {},
                        .motif_ids = {},
                        .dataset = material.dataset,
                        .records = sample(material.dataset.size(), material.dataset.size(), run.seed()),
                        .labels = material.labels,
                        .seed = run.seed()};
  for (std::size_t const i : looks) question.looked_at.push_back(material.dataset.bases[i]);
  run.stage("heads", "describing " + counted(network.config.blocks * network.config.heads, "head") + " on " +
                         counted(looks.size(), "sequence"));
  if (!motifs.empty()) {
    ScanOptions scan;
    scan.p_limit = choices.site_p;
    scan.short_motifs = true;
    Scanner const scanner(motifs, estimate_background(question.looked_at, true), scan);
    question.sites = find_sites(scanner, question.looked_at, threads);
    for (MotifMatrix const& motif : motifs) question.motif_ids.push_back(motif.id);
    tell_site_limits(scanner, question.motif_ids, run.log());
  }
  Findings findings{diagnose_heads(question, backend, threads), {}};
  if (choices.partners.empty()) return findings;
  run.stage("partners", "listing what tokens look at");
  findings.partners = list_partners(choices, network, target, material, looks, backend, threads);
  return findings;
}

}  // namespace

void run_heads(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_options(choices);
  if (choices.partners.empty()) line.refuse_given({"partner-count"}, "needs --partners");
  Run run(line);
  OutputFile output(choices.output, run.if_exists());
  if (choices.output != "-") {
    for (fs::path const& path : head_table_paths(choices.output)) check_free(path, run.if_exists());
  }
  std::optional<OutputFile> partner_output;
  if (!choices.partners.empty()) partner_output.emplace(choices.partners, run.if_exists());
  SavedModel model = load_model(choices.model);
  int const target = target_index(choices.target, model.target_names);
  choices.reading.mask_lowercase = model.mask_lowercase;
  Network const network{model.config, std::move(model.parameters)};
  auto const [tables, partners] = diagnose(choices, model, network, target, run);
  for (std::string const& warning : head_warnings(tables)) run.log().warning(warning);
  output.stream() << format_heads_tsv(tables.rows);
  output.commit();
  if (choices.output != "-") write_head_tables_beside(tables, choices.output, run.if_exists());
  if (!partner_output) return;
  partner_output->stream() << partners;
  partner_output->commit();
}

}  // namespace cislens
