#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/alignment_file.hpp"
#include "cislens/seqio/region_filter.hpp"

#include "extract_stages.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace cislens {

namespace {

AlignmentInput alignment_input(ExtractChoices const& choices, std::string const& path, Run const& run) {
  return {path, choices.genome, choices.allow_cram, choices.allow_remote, run.threads()};
}

RegionSignal measure(ExtractChoices const& choices, std::string const& path,
                     std::vector<Interval> const& places, Genome const& genome, Run& run) {
  AlignmentFile file(alignment_input(choices, path, run), run.log());
  file.check_assembly(genome);
  bool const with_totals = choices.per_million || !choices.controls.empty();
  RegionSignal signal = measure_regions(file, places, choices.signal, with_totals, run.log());
  if (path.find("://") == std::string::npos) run.input("alignments", path);
  return signal;
}

/// A column of zeros teaches nothing; a whole file of them is a mistake.
void check_not_zero(RegionSignal const& signal, std::string const& path, Log& log) {
  std::size_t const columns = signal.columns.size();
  std::string zeros;
  std::size_t zero_columns = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    bool any = false;
    for (std::size_t i = column; i < signal.values.size(); i += columns) any = any || signal.values[i] != 0;
    if (any) continue;
    ++zero_columns;
    zeros += (zeros.empty() ? "" : ", ") + signal.columns[column];
  }
  if (zero_columns == columns) {
    throw InputError(path +
                     ": no read that passes the filters lies in any region (look at --min-mapq, "
                     "--exclude-flags and whether the regions are those of this experiment)");
  }
  if (zero_columns > 0) log.warning(path + ": no read lies in any region for " + zeros);
}

void check_any_peak(ExtractChoices const& choices, RegionSignal const& signal, std::string const& path) {
  if (std::ranges::find(signal.values, 1.0) != signal.values.end()) return;
  throw InputError(path + (choices.peaks_within >= 0
                               ? ": no region is centred on a peak (raise --peaks-within, or leave it out)"
                               : ": no peak touches a region (are they of this genome and experiment?)"));
}

void add_columns(RegionSignal const& signal, std::vector<std::string> const& names, TargetColumns& targets) {
  std::size_t const rows = signal.values.size() / signal.columns.size();
  std::size_t const before = targets.names.size();
  std::size_t const after = before + signal.columns.size();
  std::vector<double> values(rows * after);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < before; ++i) values[row * after + i] = targets.values[row * before + i];
    for (std::size_t i = before; i < after; ++i) {
      values[row * after + i] = signal.values[row * signal.columns.size() + i - before];
    }
  }
  targets.values = std::move(values);
  targets.names.insert(targets.names.end(), names.begin(), names.end());
}

std::string peak_name(std::string const& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (std::string_view const ending : {".gz", ".bed", ".narrowPeak", ".broadPeak"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name;
}

void check_names(std::vector<std::string> const& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\t') != std::string::npos) throw UsageError("extract: a column name holds a tab");
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) ==
        names.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    throw UsageError("extract: two columns would be called '" + names[i] +
                     "' (name those of --bam with --name, or rename a file)");
  }
}

RegionSignal transformed(ExtractChoices const& choices, RegionSignal signal,
                         std::vector<RegionSignal> const& controls, std::size_t number) {
  if (!controls.empty()) {
    std::size_t const own = controls.size() == 1 ? 0 : number;
    compare_with_control(signal, controls[own], choices.control_rule, choices.controls[own]);
  }
  if (choices.per_million) scale_to_million(signal);
  if (choices.log2) take_log2(signal);
  if (choices.at_least > 0) make_binary(signal, choices.at_least);
  return signal;
}

}  // namespace

std::string sample_name(ExtractChoices const& choices, std::size_t number) {
  return choices.names.empty() ? alignment_name(choices.alignments[number]) : choices.names[number];
}

void check_column_names(ExtractChoices const& choices) {
  std::vector<std::string> names;
  for (std::size_t i = 0; choices.signal.columns == ColumnRule::file && i < choices.alignments.size(); ++i)
    names.push_back(sample_name(choices, i));
  for (std::string const& path : choices.peaks) names.push_back(peak_name(path));
  check_names(names);
}

TargetColumns measure_targets(ExtractChoices const& choices, std::vector<NamedRegion> const& regions,
                              Genome const& genome, Run& run) {
  TargetColumns targets;
  if (choices.alignments.empty() && choices.peaks.empty()) return targets;
  run.stage("signal", "measuring " + counted(regions.size(), "region"));
  std::vector<Interval> places;
  for (NamedRegion const& region : regions) places.push_back(region.interval);
  std::vector<RegionSignal> controls;
  for (std::string const& path : choices.controls) {
    controls.push_back(measure(choices, path, places, genome, run));
  }
  for (std::size_t i = 0; i < choices.alignments.size(); ++i) {
    std::string const& path = choices.alignments[i];
    RegionSignal signal = measure(choices, path, places, genome, run);
    check_not_zero(signal, path, run.log());
    signal = transformed(choices, std::move(signal), controls, i);
    add_columns(signal, choices.names.empty() ? signal.columns : std::vector{choices.names[i]}, targets);
  }
  for (std::string const& path : choices.peaks) {
    RegionSignal const signal{{peak_name(path)},
                              choices.peaks_within >= 0
                                  ? centred_on(regions, path, choices.peaks_within, genome)
                                  : overlaps_with(regions, path, genome),
                              {}};
    run.input("peaks", path);
    check_any_peak(choices, signal, path);
    add_columns(signal, signal.columns, targets);
  }
  check_names(targets.names);
  return targets;
}

std::vector<SampleLetters> call_samples(ExtractChoices const& choices,
                                        std::vector<NamedRegion> const& regions, Run& run) {
  std::vector<SampleLetters> samples;
  if (!choices.consensus) return samples;
  run.stage("consensus", "calling the bases of " + counted(choices.alignments.size(), "sample"));
  std::vector<Interval> places;
  for (NamedRegion const& region : regions) places.push_back(region.interval);
  ConsensusOptions calls = choices.calls;
  calls.min_mapq = choices.signal.min_mapq;
  calls.required_flags = choices.signal.required_flags;
  calls.excluded_flags = choices.signal.excluded_flags;
  calls.read_groups = choices.signal.read_groups;
  for (std::size_t i = 0; i < choices.alignments.size(); ++i) {
    std::string const& path = choices.alignments[i];
    AlignmentFile file(alignment_input(choices, path, run), run.log());
    SampleLetters sample{sample_name(choices, i), consensus_sequences(file, places, calls, run.log())};
    std::size_t bases = 0;
    std::size_t called = 0;
    for (std::string const& letters : sample.letters) {
      bases += letters.size();
      called += letters.size() - static_cast<std::size_t>(std::ranges::count(letters, 'N'));
    }
    if (called == 0) {
      throw InputError(path +
                       ": no base of any region is called (lower --min-depth, or leave out --consensus)");
    }
    double const percent = 100 * static_cast<double>(called) / static_cast<double>(bases);
    run.log().info(path + ": " + format_fixed(percent, 1) + " % of the bases are called, the rest are N");
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace cislens
