#pragma once

#include "cislens/cli/run.hpp"
#include "cislens/seqio/annotation.hpp"
#include "cislens/seqio/consensus.hpp"
#include "cislens/seqio/genome.hpp"
#include "cislens/seqio/promoters.hpp"
#include "cislens/seqio/region_signal.hpp"
#include "cislens/seqio/signal_transform.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// What `extract` is asked for.
struct ExtractChoices {
  std::string regions;
  std::string genome;
  std::string prefix;

  AnnotationOptions annotation;
  PromoterOptions promoters;
  bool bed_tss = false;
  bool center = false;
  std::int64_t width = 0;
  std::vector<std::string> biotypes;    // as given: lists with commas
  std::vector<std::string> types;       // as given
  std::vector<std::string> attributes;  // as given: KEY=VALUE,VALUE
  std::string annotation_option;        // one that was given and is for annotation alone; empty: none
  std::string promoter_option;          // one that was given and is for promoters alone

  std::vector<std::string> blacklists;
  std::string mappable;
  double min_mappable = 0.75;
  double max_n = 1;

  std::vector<std::string> alignments;
  std::vector<std::string> names;
  std::vector<std::string> controls;
  ControlRule control_rule = ControlRule::log2_ratio;
  SignalOptions signal;
  bool keep_duplicates = false;
  bool atac_shift = false;
  bool per_million = false;
  bool log2 = false;
  double at_least = 0;  // 0: no 0/1 columns
  std::vector<std::string> peaks;
  std::int64_t peaks_within = -1;  // -1: any touch counts
  bool consensus = false;
  ConsensusOptions calls;  // its filters are those of `signal`
  bool allow_cram = false;
  bool allow_remote = false;
};

/// The columns of targets.tsv.
struct TargetColumns {
  std::vector<std::string> names;
  std::vector<double> values;  ///< (regions, names)
};

/// The sequences of one sample.
struct SampleLetters {
  std::string name;
  std::vector<std::string> letters;  ///< of each region
};

/// What is written.
struct ExtractedRegions {
  std::vector<NamedRegion> regions;
  std::vector<std::string> letters;  ///< of the genome, of each region
  TargetColumns targets;
  std::vector<SampleLetters> samples;
};

/// Which options fit together, and the lists that are given with commas taken apart. @throws UsageError
void check_extract(ExtractChoices& choices);

/// Regions from annotation or BED, placed, filtered and named.
/// @throws InputError  of the readers and filters; no region left
std::vector<NamedRegion> choose_regions(ExtractChoices const& choices, Genome const& genome, Run& run);

/// Signal of the alignments and overlap with the peaks. Empty names: neither was asked for.
/// @throws InputError  of the readers; two columns of one name; all values are 0
TargetColumns measure_targets(ExtractChoices const& choices, std::vector<NamedRegion> const& regions,
                              Genome const& genome, Run& run);

/// With --consensus, what the sample of every --bam has in the regions.
/// @throws InputError  of consensus_sequences; no base is called in a sample
std::vector<SampleLetters> call_samples(ExtractChoices const& choices,
                                        std::vector<NamedRegion> const& regions, Run& run);

/// The name of a --bam among columns and files.
std::string sample_name(ExtractChoices const& choices, std::size_t number);

/// @throws UsageError  two columns of targets would have one name, as far as the command line tells
void check_column_names(ExtractChoices const& choices);

/// @throws OutputError  a file is there already, or the folder is not or cannot be written to
void check_extract_outputs(ExtractChoices const& choices, Run const& run);
/// PREFIX.fa, PREFIX.bed, PREFIX.regions.tsv; with targets PREFIX.targets.tsv, with samples PREFIX.SAMPLE.fa.
void write_extract(ExtractChoices const& choices, ExtractedRegions const& extracted, IfExists if_exists);

}  // namespace cislens
