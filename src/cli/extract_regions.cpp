#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/region_filter.hpp"
#include "cislens/seqio/regions.hpp"
#include "cislens/seqio/text_input.hpp"

#include "extract_stages.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

namespace cislens {

namespace {

/// "a,b" and "c" as a, b, c.
std::vector<std::string> take_apart(std::vector<std::string> const& lists) {
  std::vector<std::string> words;
  for (std::string const& list : lists) {
    for (std::string_view const word : split(list, ',')) {
      if (!trim(word).empty()) words.emplace_back(trim(word));
    }
  }
  return words;
}

AttributeFilter read_filter(std::string const& text) {
  std::size_t const equals = text.find('=');
  AttributeFilter filter{text.substr(0, equals), {}};
  if (equals != std::string::npos) filter.values = take_apart({text.substr(equals + 1)});
  if (filter.key.empty() || filter.values.empty()) {
    throw UsageError("extract: --attribute '" + text + "' is not KEY=VALUE or KEY=VALUE,VALUE");
  }
  return filter;
}

/// The first line that names a region or a feature; empty when the head holds none.
std::string_view telling_line(std::string_view head) {
  for (std::string_view const line : split(head, '\n')) {
    if (!is_bed_header(line)) return line;
  }
  return {};
}

void check_targets(ExtractChoices const& choices) {
  bool const has_signal = !choices.alignments.empty();
  if (!has_signal && !choices.controls.empty()) throw UsageError("extract: --control needs --bam");
  if (choices.controls.size() > 1 && choices.controls.size() != choices.alignments.size()) {
    throw UsageError("extract: give --control once for all, or once for every --bam");
  }
  if (!choices.names.empty() && choices.signal.columns != ColumnRule::file) {
    throw UsageError("extract: --name is for --columns file; others are named by the header");
  }
  if (!choices.names.empty() && choices.names.size() != choices.alignments.size()) {
    throw UsageError("extract: --name is given " + std::to_string(choices.names.size()) + " times for " +
                     std::to_string(choices.alignments.size()) + " --bam");
  }
  bool const is_ratio = !choices.controls.empty() && choices.control_rule == ControlRule::log2_ratio;
  if (is_ratio && (choices.per_million || choices.log2)) {
    throw UsageError(
        "extract: a log2 ratio to the control is neither --cpm nor --log2 (--control-by subtract)");
  }
  if (has_signal && !choices.peaks.empty() && !(choices.at_least > 0)) {
    throw UsageError("extract: --peaks gives 0/1 and --bam numbers (make two tables, or add --at-least)");
  }
  if (choices.peaks_within >= 0 && choices.peaks.empty()) {
    throw UsageError("extract: --peaks-within needs --peaks");
  }
  if (choices.consensus && (!has_signal || choices.signal.columns != ColumnRule::file)) {
    throw UsageError("extract: --consensus needs --bam and --columns file (choose with --read-group)");
  }
  for (std::string const& name : choices.names) {
    if (name.find_first_of("/\t\n") != std::string::npos)
      throw UsageError("extract: --name holds a / or a blank");
  }
  if (choices.atac_shift && (choices.signal.shift_forward_bp != 0 || choices.signal.shift_reverse_bp != 0)) {
    throw UsageError("extract: use one of --atac-shift and --shift-forward, --shift-reverse");
  }
  if (choices.signal.kind == SignalKind::cuts && choices.signal.unit == SignalUnit::fragment) {
    throw UsageError("extract: cuts are ends of reads (use --unit read)");
  }
}

std::vector<NamedRegion> read_bed_regions(ExtractChoices const& choices, TextInput& input,
                                          Genome const& genome, Run& run) {
  if (!choices.annotation_option.empty())
    throw UsageError("extract: " + choices.annotation_option + " is for GTF and GFF3; " + input.name() +
                     " is BED");
  if (!choices.bed_tss && !choices.promoter_option.empty())
    throw UsageError("extract: " + choices.promoter_option + " is for promoters; of BED they need --bed-tss");
  std::vector<Region> bed = read_regions(input);
  ContigEnds const ends = choices.promoters.ends;
  if (choices.bed_tss) {
    return promoter_regions(transcription_starts(bed, input.name()), choices.promoters, genome, input.name(),
                            run.log());
  }
  // A region that is clipped has its middle elsewhere.
  bed = regions_on_genome(std::move(bed), choices.center ? ContigEnds::drop : ends, genome, input.name(),
                          run.log());
  if (choices.center) return centered_regions(bed, choices.width, ends, genome, input.name(), run.log());
  return named_regions(bed);
}

std::vector<NamedRegion> read_all(ExtractChoices const& choices, Genome const& genome, Run& run) {
  TextInput input(choices.regions);
  std::string_view const line = telling_line(input.head());
  bool const is_annotation = input.head().starts_with("##gff-version") || looks_like_annotation(line);
  if (!is_annotation && !line.empty() && !looks_like_region(line) && !line.starts_with("chrom")) {
    throw InputError(input.name() + ": is neither GTF, GFF3 nor BED; it begins with '" +
                     std::string(line.substr(0, 20)) + "' (sequences need no extract)");
  }
  if (!is_annotation) return read_bed_regions(choices, input, genome, run);
  if (choices.bed_tss || choices.center) {
    throw UsageError("extract: --bed-tss and --center are for BED; annotation gives promoters anyway");
  }
  auto const features = read_annotation(input, choices.annotation, run.log());
  run.log().info(input.name() + ": " + counted(features.size(), "feature"));
  return promoter_regions(transcription_starts(features), choices.promoters, genome, input.name(), run.log());
}

void filter(ExtractChoices const& choices, Genome const& genome, std::vector<NamedRegion>& regions,
            Run& run) {
  for (std::string const& bed : choices.blacklists) {
    std::int64_t const dropped = drop_blacklisted(regions, bed, genome);
    run.input("blacklist", bed);
    run.log().info(bed + ": " + std::to_string(dropped) + " regions touch it and were left out");
  }
  if (!choices.mappable.empty()) {
    std::int64_t const dropped = keep_mappable(regions, choices.mappable, choices.min_mappable, genome);
    run.input("mappable", choices.mappable);
    run.log().info(choices.mappable + ": " + std::to_string(dropped) +
                   " regions have too small a share in it and were left out");
  }
  if (regions.empty()) {
    throw InputError(choices.regions +
                     ": no region is left after --blacklist and --mappable (check both files)");
  }
}

}  // namespace

void check_extract(ExtractChoices& choices) {
  std::filesystem::path const prefix = choices.prefix;
  if (choices.prefix == "-" || prefix.filename().empty()) {
    throw UsageError("extract: -o takes the beginning of file names, as in out/promoters");
  }
  if (choices.promoters.upstream_bp + choices.promoters.downstream_bp == 0) {
    throw UsageError("extract: --upstream and --downstream are both 0");
  }
  if (choices.center && choices.width < 1) throw UsageError("extract: --center needs --width");
  if (choices.center && choices.bed_tss) throw UsageError("extract: use one of --center and --bed-tss");
  check_targets(choices);
  check_column_names(choices);
  choices.annotation.types = take_apart(choices.types);
  choices.annotation.biotypes = take_apart(choices.biotypes);
  for (std::string const& text : choices.attributes)
    choices.annotation.attributes.push_back(read_filter(text));
  if (choices.keep_duplicates) choices.signal.excluded_flags &= ~0x400;
  if (choices.atac_shift) {
    choices.signal.shift_forward_bp = atac_shift_forward_bp;
    choices.signal.shift_reverse_bp = atac_shift_reverse_bp;
  }
}

std::vector<NamedRegion> choose_regions(ExtractChoices const& choices, Genome const& genome, Run& run) {
  std::vector<NamedRegion> regions = read_all(choices, genome, run);
  run.input("regions", choices.regions);
  filter(choices, genome, regions, run);
  std::int64_t const renamed = name_regions(regions);
  if (renamed > 0) {
    run.log().warning(choices.regions + ": " + std::to_string(renamed) +
                      " regions have the name of an earlier one; .2, .3, ... was added to theirs");
  }
  return regions;
}

}  // namespace cislens
