#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/build_dataset.hpp"
#include "cislens/seqio/load_sequences.hpp"

#include "motif_choice.hpp"
#include "pairs_stages.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

struct Choices {
  std::string sequences, model, target, motifs, genome, output;
  SequenceOptions reading;
  PairSearch search;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens pairs --motifs jaspar.meme peaks.fa -o pairs");
  line.example("cislens pairs -m run peaks.narrowPeak -g hg38.fa -o pairs");
  line.about(
      "Which motifs stand side by side more often than chance, at what gap and orientation: against the same "
      "sites exchanged among sequences of like length and GC. Writes pairs.tsv, pairs.bedpe, "
      "pairs.interact.bed, pairs.graphml, pairs.edges.tsv, pairs.html and params.json to DIR.");
  line.positional("SEQS", choices.sequences,
                  "FASTA or FASTQ, or BED or narrowPeak with -g; '-': standard input");
  line.group("Input");
  line.text("model,m", "DIR", choices.model, "folder that discover wrote: its motifs");
  line.text("target", "NAME", choices.target, "with -m: motifs of this target, of a run that read several");
  line.text("motifs", "FILE", choices.motifs, "these motifs: MEME, JASPAR, TRANSFAC, HOMER");
  line.text("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.flag("center", choices.reading.center, "take --width bases around each summit or middle");
  line.number("width", "BP", choices.reading.width, {0, 1'000'000'000}, "with --center");
  line.flag("mask-lowercase", choices.reading.mask_lowercase, "soft-masked bases hold no sites");
  line.group("Pairs");
  declare_pair_search(line, choices.search, "");
  line.group("Output");
  line.required("output,o", "DIR", choices.output, "folder of the results; made when it is not there");
}

void check_options(Choices const& choices) {
  if (choices.model.empty() == choices.motifs.empty())
    throw UsageError("pairs: give the motifs: either --motifs FILE or -m DIR of a run of discover");
  if (!choices.target.empty() && choices.model.empty())
    throw UsageError("--target names a target of -m DIR, which is not given");
  if (!(choices.search.site_p > 0)) throw UsageError("--site-p must be greater than 0");
}

}  // namespace

void run_pairs(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_options(choices);
  Run run(line);
  fs::path const folder = choices.output;
  run.output_folder(folder);
  for (fs::path const& path : pair_table_paths(folder)) check_free(path, run.if_exists());
  check_free(folder / "pairs.html", run.if_exists());
  run.check_params(folder / "params.json");
  fs::path const found = motif_file(choices.model, choices.target);
  if (choices.motifs.empty() && !fs::exists(found))
    throw InputError(found.string() + ": cannot be read (was the folder written by discover?)");
  if (!choices.target.empty() && found.parent_path() == fs::path(choices.model))
    throw InputError(choices.model + ": has no motifs of target '" + choices.target +
                     "' (its folder targets/ holds those that were read)");
  std::vector<MotifMatrix> const motifs = chosen_motifs(choices.motifs, choices.model, choices.target, run);
  run.stage("read", "reading " + choices.sequences);
  if (choices.sequences != "-") run.input("sequences", choices.sequences);
  Dataset const records =
      encode_records(load_sequences(choices.sequences, choices.genome, choices.reading, run.log()));
  throw_if_interrupted();

  run.stage("pairs", "looking for pairs of " + std::to_string(motifs.size()) + " motifs in " +
                         std::to_string(records.size()) + " sequences");
  PairMaterial material{motifs, {}, records.bases, records.names, records.origins};
  for (MotifMatrix const& motif : motifs) material.motif_names.push_back(motif.name);
  Threads threads(run.threads());
  PairTables const tables = find_pairs(choices.search, material, run, threads);

  run.stage("output", "writing to " + folder.string());
  write_pair_tables(tables, folder, run.if_exists());
  write_pair_report(tables, {choices.sequences, version()}, folder / "pairs.html", run.if_exists());
  auto const called =
      std::ranges::count_if(tables.rows, [&](PairRow const& row) { return tables.called(row); });
  run.metric("pairs_tested", static_cast<double>(tables.rows.size()));
  run.metric("pairs_called", static_cast<double>(called));
  run.write_params(folder / "params.json");
  run.log().info(std::to_string(called) + " of " + std::to_string(tables.rows.size()) +
                 " tested pairs called (q at most " + format_number(choices.search.options.call_q) + ")");
}

}  // namespace cislens
