#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"
#include "cislens/seqio/annotation.hpp"
#include "cislens/seqio/genome.hpp"
#include "cislens/seqio/regions.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// What becomes of genes or transcripts that begin at the same place, or whose promoters overlap.
enum class TssRule {
  all,     ///< a region each
  unique,  ///< one region a place and strand
  merged   ///< regions of one strand that overlap become their union
};

/// What becomes of a promoter that reaches past the end of its contig.
enum class ContigEnds { drop, clip };

struct PromoterOptions {
  std::int64_t upstream_bp = 450;   ///< bases before the TSS, >= 0
  std::int64_t downstream_bp = 50;  ///< bases from the TSS on, itself the first, >= 0
  TssRule tss = TssRule::unique;
  ContigEnds ends = ContigEnds::drop;
};

/// A region with the names that it goes by.
struct NamedRegion {
  Interval interval;
  std::string name;       ///< of its record
  double score = 0;       ///< of its record, see Region; 0: not known
  std::int64_t tss = -1;  ///< first transcribed base, 0-based; -1: none
  std::string gene_id;    ///< empty, as the next three: not known
  std::string gene_name;
  std::string transcript_id;
  std::string biotype;
  std::vector<std::string> others;  ///< ids that share this region with `name`
  std::int64_t line = 0;            ///< where it stands in its file
};

/// The first transcribed bases of annotated features, one region of 1 bp each, named by the feature's id.
std::vector<NamedRegion> transcription_starts(std::span<AnnotationFeature const> features);

/// The 5' ends of the regions of a BED file, one region of 1 bp each.
/// @throws InputError  "source:line: ...", a region without a strand
std::vector<NamedRegion> transcription_starts(std::span<Region const> regions, std::string const& source);

/// Regions as they are.
std::vector<NamedRegion> named_regions(std::span<Region const> regions);

/// The bases around transcription starts, in the order of the genome's contigs, then by start and end; equals
/// stay as they came. The strand tells where upstream is: a TSS at t gives [t - upstream, t + downstream) on
/// '+' and [t - downstream + 1, t + upstream + 1) on '-'. Merged and equal regions keep the names of the
/// first; the ids of the rest go to `others`.
///
/// @param source  file name, for messages
/// @returns at least one region, each within its contig
/// @throws InputError  a contig that the genome lacks, a TSS past the end of its contig; no region left
std::vector<NamedRegion> promoter_regions(std::vector<NamedRegion> starts, PromoterOptions const& options,
                                          Genome const& genome, std::string const& source, Log& log);

/// The regions that lie on the genome; others are left out, counted in a warning that names the first. With
/// `ends` clip, what reaches past the end of a contig is cut off, and the rest stays.
/// @returns at least one region
/// @throws InputError  "source:line: ...", a contig that the genome lacks; all regions are past the end
std::vector<Region> regions_on_genome(std::vector<Region> regions, ContigEnds ends, Genome const& genome,
                                      std::string const& source, Log& log);

/// The `width` bases around the summit of each region, or around its middle when it has none; for an even
/// width one base more lies to the left. File order.
/// @param regions  on the genome
/// @returns at least one region, each within its contig
/// @throws InputError  no window left
std::vector<NamedRegion> centered_regions(std::span<Region const> regions, std::int64_t width,
                                          ContigEnds ends, Genome const& genome, std::string const& source,
                                          Log& log);

/// Gives every region a name without blanks that no other has: its own, else "contig:start-end(strand)"; a
/// second "peak" becomes "peak.2".
/// @returns how many had the name of an earlier one
std::int64_t name_regions(std::vector<NamedRegion>& regions);

}  // namespace cislens
