#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/writers/pairs_targets.hpp"

#include "motif_choice.hpp"
#include "pairs_stages.hpp"
#include "pairs_targets.hpp"
#include "target_choice.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

struct Choices {
  std::string sequences, model, motifs, genome, background, output;
  TargetQuestion question;
  SequenceOptions reading;
  PairSearch search;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens pairs --motifs jaspar.meme peaks.fa -o pairs");
  line.example("cislens pairs -m run peaks.narrowPeak -g hg38.fa -o pairs");
  line.example("cislens pairs -m run bound.fa --background unbound.fa -o pairs");
  line.example("cislens pairs -m run promoters.fa --targets bound.tsv -o pairs");
  line.about(
      "Which motifs stand side by side more often than chance, at what gap and orientation: against the same "
      "sites exchanged among sequences of like length and GC. Writes pairs.tsv, pairs.bedpe, "
      "pairs.interact.bed, pairs.graphml, pairs.edges.tsv, pairs.gaps.tsv, pairs.html and params.json to "
      "DIR.");
  line.about(
      "With --background, and with --targets for the records that are negative: which pairs are more of a "
      "pair here, given how frequent their motifs are in either; and which act together, wherever "
      "they stand: both in a sequence do more than each by itself.");
  line.positional("SEQS", choices.sequences,
                  "FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.text("model,m", "DIR", choices.model, "folder that discover wrote: its motifs");
  line.text("motifs", "FILE", choices.motifs, "these motifs: MEME, JASPAR, TRANSFAC, HOMER");
  line.text("background", "SEQS", choices.background, "compare with the pairs of these sequences");
  line.text("targets", "TSV", choices.question.table,
            "targets of SEQS: record name, a column a target; pairs among the positives of each");
  line.text("target", "NAME", choices.question.target,
            "only this one (default: all, each into DIR/targets/NAME); with -m its own motifs");
  line.text("against", "NAME", choices.question.against,
            "with --target: compare with records of this target that lack the first, and leave out those "
            "with both");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  line.flag("mask-lowercase", choices.reading.mask_lowercase, "soft-masked bases hold no sites");
  line.group("Pairs");
  declare_pair_search(line, choices.search, "");
  line.group("Output");
  line.output("output,o", "DIR", choices.output, "folder of the results; made when it is not there");
}

void check_options(Choices const& choices) {
  TargetQuestion const& question = choices.question;
  if (choices.model.empty() == choices.motifs.empty())
    throw UsageError("pairs: give the motifs: either --motifs FILE or -m DIR of a run of discover");
  if (!question.target.empty() && choices.model.empty() && question.table.empty())
    throw UsageError("--target names a target of --targets TSV, or of -m DIR; neither is given");
  if (!question.against.empty() && question.table.empty())
    throw UsageError("--against names a target of --targets TSV, which is not given");
  check_against(question.target, question.against);
  if (!choices.background.empty() && !question.table.empty())
    throw UsageError("use one of --background and --targets: targets say what every sequence is");
  if (choices.background == "-" && choices.sequences == "-")
    throw UsageError("SEQS and --background cannot both be standard input");
  if (!(choices.search.site_p > 0)) throw UsageError("--site-p must be greater than 0");
}

std::vector<MotifMatrix> read_motifs(Choices const& choices, Run& run) {
  std::string const& target = choices.question.target;
  fs::path const found = motif_file(choices.model, target);
  std::error_code ignored;
  if (choices.motifs.empty() && !fs::exists(found, ignored))
    throw InputError(found.string() + ": cannot be read (was the folder written by discover?)");
  bool const of_the_model = choices.question.table.empty();
  if (!target.empty() && of_the_model && found.parent_path() == fs::path(choices.model))
    throw InputError(choices.model + ": has no motifs of target '" + target +
                     "' (its folder targets/ holds those that were read)");
  return chosen_motifs(choices.motifs, choices.model, target, run);
}

std::vector<SequenceRecord> read_sequences(Choices const& choices, std::string const& role,
                                           std::string const& path, Run& run) {
  run.stage("read", "reading " + path);
  if (path != "-") run.input(role, path);
  auto records = load_sequences(path, choices.genome, choices.reading, run.log());
  throw_if_interrupted();
  return records;
}

/// Results of one search go to its folder.
PairTables search(Choices const& choices, std::span<MotifMatrix const> motifs, PairTask const& task,
                  Dataset const& records, Dataset const& background, Run& run, Threads& threads) {
  Dataset const asked = select_records(records, task.records);
  Dataset const others = select_records(background, task.background);
  run.stage("pairs", "looking for pairs of " + counted(motifs.size(), "motif") + " in " +
                         counted(asked.size(), "sequence") +
                         (task.target.empty() ? "" : " of target " + task.target));
  std::vector<std::string> names;
  for (MotifMatrix const& motif : motifs) names.push_back(motif.name);
  PairMaterial const material{.motifs = motifs,
                              .motif_names = names,
                              .bases = asked.bases,
                              .names = asked.names,
                              .origins = asked.origins,
                              .background = others.bases,
                              .background_name = task.background_name};
  PairTables tables = find_pairs(choices.search, material, run, threads);
  run.stage("output", "writing to " + task.folder.string());
  write_pair_tables(tables, task.folder, run.if_exists());
  std::string const title =
      choices.sequences + (task.target.empty() ? "" : ": sequences that are " + task.target);
  write_pair_report(tables, {title, version()}, task.folder / "pairs.html", run.if_exists());
  auto const called =
      std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.called(row); });
  run.log().info(std::to_string(called) + " of " + std::to_string(tables.rows.size()) +
                 " tested pairs called" + (tables.by_both ? ", by occurrence and co-attention" : "") +
                 " (q at most " + format_number(choices.search.options.call_q) + ")");
  if (!tables.background.empty()) {
    auto const more =
        std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.differs(row); });
    auto const together =
        std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.interacts(row); });
    run.log().info(std::to_string(more) + " of them more of a pair than in the background; motifs of " +
                   std::to_string(together) + " of the tested act together, wherever they stand");
  }
  return tables;
}

std::vector<std::int64_t> all_of(Dataset const& records) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < records.size(); ++i) numbers.push_back(i);
  return numbers;
}

void check_outputs(Choices const& choices, std::vector<fs::path> const& folders, Run& run) {
  fs::path const folder = choices.output;
  run.output_folder(folder);
  for (fs::path const& one : folders) {
    run.output_folder(one);
    for (fs::path const& path : pair_table_paths(one)) check_free(path, run.if_exists());
    check_free(one / "pairs.html", run.if_exists());
  }
  if (folders.size() > 1) {
    check_free(folder / "pairs.targets.tsv", run.if_exists());
    check_free(folder / "pairs.html", run.if_exists());
  }
  run.check_params(folder / "params.json");
}

void count_pairs(std::vector<PairTargetResult> const& results, Run& run) {
  std::int64_t tested = 0;
  std::int64_t called = 0;
  std::int64_t differ = 0;
  std::int64_t together = 0;
  for (PairTargetResult const& result : results) {
    for (PairRow const& row : result.tables.rows) {
      ++tested;
      called += result.tables.called(row) ? 1 : 0;
      differ += result.tables.differs(row) ? 1 : 0;
      together += result.tables.interacts(row) ? 1 : 0;
    }
  }
  run.metric("pairs_tested", static_cast<double>(tested));
  run.metric("pairs_called", static_cast<double>(called));
  run.metric("pairs_more_than_background", static_cast<double>(differ));
  run.metric("pairs_that_act_together", static_cast<double>(together));
}

}  // namespace

void run_pairs(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_options(choices);
  Run run(line);
  fs::path const folder = choices.output;
  std::optional<TargetTable> table;
  if (!choices.question.table.empty()) {
    table = read_targets(choices.question.table);
    run.input("targets", choices.question.table);
  }
  std::vector<fs::path> folders{folder};
  if (table) folders = task_folders(choices.question, *table, folder);
  check_outputs(choices, folders, run);
  std::vector<MotifMatrix> const motifs = read_motifs(choices, run);
  auto const sequences = read_sequences(choices, "sequences", choices.sequences, run);
  DatasetOptions options;
  options.min_sequences = 1;
  Dataset const records = table ? build_dataset(sequences, choices.sequences, *table, options, run.log())
                                : encode_records(sequences);
  Dataset background;
  if (!choices.background.empty())
    background = encode_records(read_sequences(choices, "background", choices.background, run));
  std::vector<PairTask> tasks{{"", folder, all_of(records), all_of(background), choices.background}};
  if (table) tasks = target_tasks(choices.question, records, folders, run);

  Threads threads(run.threads());
  std::vector<PairTargetResult> results;
  for (PairTask const& task : tasks) {
    results.push_back({task.target, task.folder.lexically_relative(folder).generic_string(),
                       search(choices, motifs, task, records, table ? records : background, run, threads)});
  }
  if (folders.size() > 1)
    write_pair_targets(results, {choices.sequences, version()}, folder, run.if_exists());
  count_pairs(results, run);
  run.write_params(folder / "params.json");
}

}  // namespace cislens
