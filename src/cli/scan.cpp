#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/base/text.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/version.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/model/checkpoint.hpp"

#include "memory_check.hpp"
#include "motif_choice.hpp"
#include "network_options.hpp"
#include "scan_outputs.hpp"
#include "scan_sites.hpp"
#include "scan_space.hpp"
#include "scan_tracks.hpp"
#include "shard.hpp"
#include "site_limits.hpp"
#include "target_choice.hpp"
#include "window_length.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace cislens {

namespace fs = std::filesystem;

namespace {

struct Choices {
  ScanInput input;
  std::string model, target, motifs, shard, folder;
  std::int64_t max_length = 0;
  double site_p = 1e-4;
  Precision precision = Precision::float32;
  bool tracks = true;
  bool attention = false;
  bool per_head = false;
  bool bedgraph = false;
  bool gzip = false;
};

void declare(CommandLine& line, Choices& choices) {
  line.example("cislens scan -m run -g hg38.fa.gz -o scan --gzip");
  line.example("cislens scan -m run promoters.bed -g hg38.fa.gz -o scan");
  line.example("cislens scan -m run -g hg38.fa.gz -o part3 --shard 3-of-8");
  line.about(
      "Reads a genome, regions of it, or sequences with a trained network, both strands, window by window, "
      "and "
      "writes into DIR: sites.bed (binding sites of the motifs), attribution.bw (what each base is worth to "
      "the network), predictions.tsv (a line a window). Overlapping regions are read once.");
  line.optional_positional("SEQS", choices.input.sequences,
                           "FASTA or FASTQ, or BED or narrowPeak with -g; left out: all of -g");
  line.group("Input");
  line.required("model,m", "DIR", choices.model, "folder that train or discover wrote");
  line.text("genome,g", "FASTA", choices.input.genome, "genome, plain or bgzipped");
  line.text("target", "NAME", choices.target, "which target is read (default: the first)");
  line.text("motifs", "FILE", choices.motifs,
            "motifs to look for (default: those of discover, of --target if it has its own)");
  line.number(
      "site-p", "P", choices.site_p, {0.0, 1.0},
      "largest PWM p-value of a site; up to ten times as much for a motif of which no word is so rare");
  declare_max_length(line, choices.max_length);
  declare_precision(line, choices.precision);
  line.text("shard", "I-of-N", choices.shard, "only this part of the work; cislens merge joins the parts");
  line.group("Output");
  line.output("output,o", "DIR", choices.folder, "folder of the outputs");
  line.flag("gzip", choices.gzip, "sites.bed.gz with a tabix index instead of sites.bed");
  line.flag("attention", choices.attention, "also attention.bw: attention that each base receives");
  line.flag("per-head", choices.per_head, "also every track head by head, and the leading head of each site");
  line.flag("bedgraph", choices.bedgraph, "tracks as bedGraph instead of bigWig");
  line.flag_off("no-tracks", choices.tracks, "only sites and predictions, about twice as fast");
}

void check_options(Choices const& choices) {
  if (choices.input.sequences.empty() && choices.input.genome.empty())
    throw UsageError("scan: nothing to scan (give SEQS, or a genome with -g)");
  if (choices.tracks && choices.precision != Precision::float32)
    throw UsageError("--precision bf16 goes with --no-tracks: tracks are computed in float32");
  if (!choices.tracks && (choices.attention || choices.per_head || choices.bedgraph))
    throw UsageError("--no-tracks goes with none of --attention, --per-head, --bedgraph");
}

/// XXH3 of the genome's file, for its length and contigs do not tell it from another; the size of a file that
/// is too large to be summed.
std::string genome_sum(std::string const& path, Run const& run) {
  if (path.empty()) return "";
  auto const& inputs = run.provenance().inputs;
  auto const known = std::ranges::find(inputs, "genome", &InputRecord::role);
  InputRecord const genome = known == inputs.end() ? describe_input("genome", path) : *known;
  return genome.xxh3.empty() ? std::to_string(genome.bytes) : genome.xxh3;
}

/// Everything that decides what the whole of the outputs holds.
std::string describe_run(Choices const& choices, SavedModel const& model, ScanQuestion const& question,
                         std::vector<MotifMatrix> const& motifs, ScanSpace const& space, Run const& run) {
  Checksum sum;
  auto const number = [&](auto value) { sum.add(&value, sizeof value); };
  sum.add(version());
  sum.add(genome_sum(choices.input.genome, run));
  sum.add(space.records_sum());
  sum.add(describe_input("model", (fs::path(choices.model) / "config.json").string()).xxh3);
  sum.add(model.parameters.data(), model.parameters.size() * sizeof(float));
  for (MotifMatrix const& motif : motifs) {
    sum.add(motif.id + "\n");
    for (auto const& row : motif.rows) sum.add(row.data(), sizeof row);
  }
  for (TrackContig const& contig : space.contigs()) sum.add(contig.name + "\n");
  for (TrackContig const& contig : space.contigs()) number(contig.length);
  for (ScanPlace const& place : space.places()) {
    number(place.contig);
    number(place.range.start);
    number(place.range.end);
  }
  number(question.max_length);
  number(question.target);
  number(choices.site_p);
  number(choices.precision);
  number(run.seed());
  for (bool const flag :
       {choices.tracks, choices.attention, choices.per_head, choices.bedgraph, choices.gzip})
    number(flag);
  return sum.text();
}

/// The stretches of a shard: those that begin in its part of the bases.
std::vector<ScanStretch> stretches_of(ScanSpace const& space, Shard shard) {
  std::vector<ScanStretch> stretches = space.stretches();
  std::vector<ScanStretch> own;
  std::int64_t const part = (space.bases() + shard.count - 1) / shard.count;
  std::int64_t before = 0;
  for (ScanStretch const& stretch : stretches) {
    if (before / part + 1 == shard.index) own.push_back(stretch);
    before += stretch.own.length();
  }
  return own;
}

/// A scan with everything that it needs.
struct Scan {
  Network const& network;
  ScanQuestion const& question;
  ScanSpace& space;
  std::optional<SiteFinder> const& finder;
  Backend const& backend;
  Threads& threads;
};

LoadedStretch load(ScanStretch const& stretch, Scan const& scan) {
  RecordWindow const& place = stretch.place.range;
  std::int64_t const overhang = scan.finder ? scan.finder->widest() : 0;
  std::int64_t const reach = window_reach(stretch, scan.question.max_length) + overhang;
  LoadedStretch loaded{
      stretch,
      {std::max(place.start, stretch.own.start - reach), std::min(place.end, stretch.own.end + reach)},
      {},
      {stretch.own.start, std::min(place.end, stretch.own.end + overhang)}};
  loaded.bases = scan.space.read(stretch.place.contig, loaded.loaded);
  return loaded;
}

constexpr std::int64_t bases_at_once = 262'144;

/// Whether reading from one, then the other and again from the first would load long contigs again and again.
bool far_apart(ScanStretch const& before, ScanStretch const& after, ScanSpace const& space) {
  auto const is_long = [&](ScanStretch const& stretch) {
    return space.contigs()[stretch.place.contig].length > bases_at_once;
  };
  return before.place.contig != after.place.contig && (is_long(before) || is_long(after));
}

/// Reads and writes stretches, about `bases_at_once` at a time.
void scan_all(std::vector<ScanStretch> const& stretches, Scan const& scan, ScanOutputs& outputs, Run& run) {
  std::int64_t total = 1;
  for (ScanStretch const& stretch : stretches) total += stretch.own.length();
  std::int64_t done = 0;
  for (std::size_t next = 0; next < stretches.size();) {
    std::vector<LoadedStretch> loaded;
    for (std::int64_t bases = 0; next < stretches.size() && bases < bases_at_once; ++next) {
      if (!loaded.empty() && far_apart(loaded.back().stretch, stretches[next], scan.space)) break;
      bases += stretches[next].own.length();
      loaded.push_back(load(stretches[next], scan));
    }
    auto const readouts = read_stretches(scan.network, scan.question, loaded, scan.backend, scan.threads);
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      throw_if_interrupted();
      std::vector<Site> sites;
      if (scan.finder) {
        sites = scan.finder->find(loaded[i].stretch, scan.space, scan.threads);
        scan.finder->attribute(readouts[i], sites);
      }
      outputs.add(loaded[i], readouts[i], sites);
      done += loaded[i].stretch.own.length();
      run.log().progress("scan", static_cast<double>(done), static_cast<double>(total));
    }
  }
}

ScanFiles files_of(Choices const& choices, SavedModel const& model, int target, bool sites) {
  return {.folder = choices.folder,
          .format = choices.bedgraph ? TrackFormat::bedgraph : TrackFormat::bigwig,
          .gzip = choices.gzip,
          .sites = sites,
          .attribution = choices.tracks,
          .attention = choices.attention,
          .heads = choices.per_head,
          .blocks = model.config.blocks,
          .heads_a_block = model.config.heads,
          .output = output_of(model.loss),
          .target = model.target_names[static_cast<std::size_t>(target)]};
}

void name_inputs(Choices const& choices, Run& run) {
  run.input("model", (fs::path(choices.model) / "model.safetensors").string());
  if (!choices.input.sequences.empty()) run.input("sequences", choices.input.sequences);
  if (!choices.input.genome.empty()) run.input("genome", choices.input.genome);
}

}  // namespace

void run_scan(CommandLine& line) {
  Choices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_options(choices);
  Shard const shard = choices.shard.empty() ? Shard{} : parse_shard(choices.shard);
  Run run(line);
  SavedModel model = load_model(choices.model);
  int const target = target_index(choices.target, model.target_names);
  choices.input.mask_lowercase = model.mask_lowercase;
  ScanQuestion const question{target, window_length(model, choices.max_length), choices.tracks,
                              choices.attention, choices.per_head};
  std::vector<MotifMatrix> motifs = chosen_motifs(choices.motifs, choices.model, choices.target, run);
  run.output_folder(choices.folder);
  run.check_params(fs::path(choices.folder) / "params.json");
  run.stage("read",
            "reading " + (choices.input.sequences.empty() ? choices.input.genome : choices.input.sequences));
  name_inputs(choices, run);
  ScanSpace space(choices.input, run.log());
  std::string const described =
      choices.shard.empty() ? "" : describe_run(choices, model, question, motifs, space, run);
  ScanFiles const files = files_of(choices, model, target, !motifs.empty());
  Network const network{model.config, std::move(model.parameters), choices.precision};
  Backend const& backend = run.backend();
  Threads threads(run.threads());
  std::int64_t longest = 0;
  for (ScanPlace const& place : space.places()) longest = std::max(longest, place.range.length());
  check_prediction_memory("", network.config, std::min(longest, question.max_length), backend, threads, run);

  std::optional<SiteFinder> finder;
  if (!motifs.empty()) finder.emplace(std::move(motifs), ScanSiteOptions{choices.site_p, run.seed()}, space);
  if (finder && question.attribution) finder->measure_null(network, question, space, backend, threads);
  if (finder) tell_site_limits(finder->scanner(), finder->ids(), run.log());
  if (!finder) run.log().warning("there are no motifs, so no sites.bed (give some with --motifs)");
  ScanOutputs outputs(files, space, finder ? finder->ids() : std::vector<std::string>{}, run.if_exists());
  auto const stretches = stretches_of(space, shard);
  run.stage("scan", "scanning " + std::to_string(space.bases()) + " bases at " +
                        std::to_string(space.places().size()) + " places, windows of up to " +
                        std::to_string(question.max_length) + " bp");
  scan_all(stretches, {network, question, space, finder, backend, threads}, outputs, run);
  run.stage("write", "writing tracks and indices");
  std::vector<std::string> const names = outputs.names();
  outputs.commit();
  if (!choices.shard.empty())
    write_shard_note({shard, described, run.isa(), space.longest_contig(), names}, choices.folder,
                     run.if_exists());
  run.metric("sites", static_cast<double>(outputs.sites()));
  run.metric("windows", static_cast<double>(outputs.windows()));
  run.log().info(counted(outputs.sites(), "site") + ", " + counted(outputs.windows(), "window"));
  run.write_params(fs::path(choices.folder) / "params.json");
}

}  // namespace cislens
