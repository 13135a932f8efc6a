#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/cli/commands.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/seqio/fetch_regions.hpp"

#include "extract_stages.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cislens {

namespace {

constexpr std::int64_t longest = 1'000'000'000;

void declare_regions(CommandLine& line, ExtractChoices& choices) {
  PromoterOptions& promoters = choices.promoters;
  line.group("Promoters");
  line.choice("level", {{"gene", AnnotationLevel::gene}, {"transcript", AnnotationLevel::transcript}},
              choices.annotation.level, "what of GTF or GFF3 begins at a TSS");
  line.list("feature", "TYPES", choices.types,
            "types in column 3 that count, by commas, instead of the usual");
  line.list("biotype", "NAMES", choices.biotypes, "only these biotypes, as protein_coding, by commas");
  line.list("attribute", "KEY=VALUES", choices.attributes,
            "only features whose attribute has one of these values, by commas");
  line.number("upstream", "BP", promoters.upstream_bp, {0, longest}, "bases before the TSS");
  line.number("downstream", "BP", promoters.downstream_bp, {0, longest}, "bases from the TSS on");
  line.choice("tss", {{"all", TssRule::all}, {"unique", TssRule::unique}, {"merged", TssRule::merged}},
              promoters.tss, "every TSS, each place once, or overlapping promoters of a strand as one");
  line.choice("contig-ends", {{"drop", ContigEnds::drop}, {"clip", ContigEnds::clip}}, promoters.ends,
              "what becomes of regions that reach past the end of a contig");
  line.flag("bed-tss", choices.bed_tss, "REGIONS is BED whose 5' ends are TSS: take promoters");
  line.group("Regions");
  line.flag("center", choices.center, "BED: take --width bases around each summit or middle");
  line.number("width", "BP", choices.width, {0, longest}, "with --center");
  line.list("blacklist", "BED", choices.blacklists, "leave out regions that touch one of these");
  line.text("mappable", "BED", choices.mappable, "places that reads can be mapped to");
  line.number("min-mappable", "SHARE", choices.min_mappable, {0, 1}, "least share of a region in --mappable");
  line.number("max-n", "SHARE", choices.max_n, {0, 1}, "leave out regions with a greater share of N");
}

void declare_reads(CommandLine& line, ExtractChoices& choices) {
  SignalOptions& signal = choices.signal;
  line.group("Reads");
  line.number("min-mapq", "Q", signal.min_mapq, {0, 255}, "least mapping quality");
  line.number("require-flags", "N", signal.required_flags, {0, 65535}, "SAM flags that must all be set");
  line.number(
      "exclude-flags", "N", signal.excluded_flags, {0, 65535},
      "SAM flags none of which may be set; 3844: unmapped, secondary, failed, duplicate, supplementary");
  line.flag("keep-duplicates", choices.keep_duplicates, "takes 1024 out of --exclude-flags");
  line.list("read-group", "ID", signal.read_groups, "only reads of this group");
  line.number("extend", "BP", signal.extend_bp, {0, 1'000'000},
              "reads reach at least so far from their 5' end");
  line.flag("atac-shift", choices.atac_shift, "+4 on the forward, -5 on the reverse strand");
  line.number("shift-forward", "BP", signal.shift_forward_bp, {-10'000, 10'000}, "moves reads on +");
  line.number("shift-reverse", "BP", signal.shift_reverse_bp, {-10'000, 10'000}, "moves reads on -");
  line.number("max-fragment", "BP", signal.max_fragment_bp, {1, 1'000'000},
              "longer fragments do not count (--unit fragment)");
  line.flag("allow-cram", choices.allow_cram, "trust CRAM files where HTSlib has known faults with them");
  line.flag("allow-remote", choices.allow_remote, "alignments may be URLs");
}

void declare_signal(CommandLine& line, ExtractChoices& choices) {
  SignalOptions& signal = choices.signal;
  line.group("Signal");
  line.list("bam", "FILE", choices.alignments, "BAM, CRAM or SAM: a column of targets");
  line.list("name", "NAME", choices.names,
            "of the column of the --bam at the same place; default: the file's");
  line.choice("signal",
              {{"count", SignalKind::count}, {"cuts", SignalKind::cuts}, {"coverage", SignalKind::coverage}},
              signal.kind, "overlapping reads, 5' ends, or mean depth");
  line.choice("unit", {{"read", SignalUnit::read}, {"fragment", SignalUnit::fragment}}, signal.unit,
              "mates count twice, or a proper pair once");
  line.choice("strand",
              {{"both", StrandRule::both}, {"same", StrandRule::same}, {"opposite", StrandRule::opposite}},
              signal.strand, "reads of which strand, as seen from the region");
  line.choice(
      "columns",
      {{"file", ColumnRule::file}, {"sample", ColumnRule::sample}, {"read-group", ColumnRule::read_group}},
      signal.columns, "a column for each of these");
  line.list("control", "FILE", choices.controls, "input or IgG: one for all --bam, or one for each");
  line.choice("control-by", {{"log2-ratio", ControlRule::log2_ratio}, {"subtract", ControlRule::subtract}},
              choices.control_rule, "how a control enters, scaled by library size");
  line.flag("cpm", choices.per_million, "per million reads that pass the filters");
  line.flag("log2", choices.log2, "log2(1 + value)");
  line.number("at-least", "X", choices.at_least, {0, 1e30}, "1 for values of at least X, else 0; 0: off");
  line.list("peaks", "BED", choices.peaks, "0/1 column: does a peak touch the region");
  line.number(
      "peaks-within", "BP", choices.peaks_within, {-1, 1'000'000'000},
      "1 only where a peak's summit or middle is so near the region's middle, NA where a peak touches "
      "the region elsewhere; -1: off");
}

void declare_consensus(CommandLine& line, ExtractChoices& choices) {
  ConsensusOptions& calls = choices.calls;
  line.group("Consensus");
  line.flag("consensus", choices.consensus,
            "also PREFIX.NAME.fa for every --bam: the sample's own sequences, N where its reads do not tell");
  line.number("min-depth", "N", calls.min_depth, {1, 1'000'000}, "least reads at a base, deletions counted");
  line.number("min-agreement", "SHARE", calls.min_fraction, {0.5, 1}, "least share of them that agree");
  line.number("min-base-quality", "Q", calls.min_base_quality, {0, 93}, "bases below it do not count");
}

void declare(CommandLine& line, ExtractChoices& choices) {
  line.example("cislens extract genes.gff3.gz -g genome.fa -o promoters");
  line.example("cislens extract gencode.gtf.gz -g hg38.fa --biotype protein_coding -o p");
  line.example("cislens extract peaks.narrowPeak -g hg38.fa --bam chip.bam --cpm -o p");
  line.about(
      "Writes PREFIX.fa, PREFIX.bed, PREFIX.regions.tsv (ids), with --bam or --peaks PREFIX.targets.tsv for "
      "discover and train, and PREFIX.params.json. Promoters are sorted by place; BED regions keep their "
      "order.");
  line.positional("REGIONS", choices.regions,
                  "GTF or GFF3 (promoters), BED or narrowPeak; '-': standard input");
  line.group("Input and output");
  line.required("genome,g", "FASTA", choices.genome, "genome of the regions, plain or bgzipped");
  line.output("output,o", "PREFIX", choices.prefix, "beginning of the names of all files");
  declare_regions(line, choices);
  declare_signal(line, choices);
  declare_reads(line, choices);
  declare_consensus(line, choices);
}

/// Options that do nothing without others. What is for annotation alone shows when REGIONS is looked at.
void check_given(CommandLine const& line, ExtractChoices& choices) {
  if (choices.alignments.empty()) {
    line.refuse_given(
        {"name",       "signal",       "unit",       "strand",        "columns",       "cpm",
         "log2",       "at-least",     "min-mapq",   "require-flags", "exclude-flags", "keep-duplicates",
         "read-group", "extend",       "atac-shift", "shift-forward", "shift-reverse", "max-fragment",
         "allow-cram", "allow-remote", "consensus"},
        "needs --bam");
  }
  if (choices.controls.empty()) line.refuse_given({"control-by"}, "needs --control");
  if (choices.signal.unit != SignalUnit::fragment)
    line.refuse_given({"max-fragment"}, "needs --unit fragment");
  if (!choices.consensus)
    line.refuse_given({"min-depth", "min-agreement", "min-base-quality"}, "needs --consensus");
  if (!choices.center) line.refuse_given({"width"}, "needs --center");
  if (choices.mappable.empty()) line.refuse_given({"min-mappable"}, "needs --mappable");
  choices.annotation_option = line.first_given({"level", "feature", "biotype", "attribute"});
  choices.promoter_option = line.first_given({"upstream", "downstream", "tss"});
}

/// Regions with more N than is allowed go, and their letters with them.
void drop_unknown(double max_n, std::vector<NamedRegion>& regions, std::vector<std::string>& letters,
                  Run& run) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    auto const unknown =
        std::count_if(letters[i].begin(), letters[i].end(), [](char c) { return c == 'N' || c == 'n'; });
    if (static_cast<double>(unknown) > max_n * static_cast<double>(letters[i].size())) continue;
    if (kept != i) {
      regions[kept] = std::move(regions[i]);
      letters[kept] = std::move(letters[i]);
    }
    ++kept;
  }
  if (kept == regions.size()) return;
  run.log().info(std::to_string(regions.size() - kept) + " regions hold a greater share of N than " +
                 format_number(max_n) + " and were left out");
  if (kept == 0) throw InputError("no region is left: all hold more N than --max-n allows");
  regions.resize(kept);
  letters.resize(kept);
}

}  // namespace

void run_extract(CommandLine& line) {
  ExtractChoices choices;
  declare(line, choices);
  if (!line.parse()) return;
  check_given(line, choices);
  check_extract(choices);

  Run run(line);
  check_extract_outputs(choices, run);
  run.stage("regions", "reading " + choices.regions);
  Genome genome(choices.genome, run.log());
  run.input("genome", choices.genome);
  ExtractedRegions extracted;
  extracted.regions = choose_regions(choices, genome, run);
  std::vector<Interval> places;
  for (NamedRegion const& region : extracted.regions) places.push_back(region.interval);
  extracted.letters = fetch_regions(genome, places);
  drop_unknown(choices.max_n, extracted.regions, extracted.letters, run);
  extracted.targets = measure_targets(choices, extracted.regions, genome, run);
  extracted.samples = call_samples(choices, extracted.regions, run);
  run.stage("write", "writing " + counted(extracted.regions.size(), "region"));
  write_extract(choices, extracted, run.if_exists());
  run.metric("regions", static_cast<double>(extracted.regions.size()));
  run.write_params(choices.prefix + ".params.json");
}

}  // namespace cislens
