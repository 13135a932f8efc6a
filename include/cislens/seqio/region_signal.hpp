#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"
#include "cislens/seqio/alignment_file.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// What is measured over a region.
enum class SignalKind {
  count,    ///< how many reads or fragments overlap it by a base or more
  cuts,     ///< how many reads have their 5' end in it
  coverage  ///< mean over its bases of how many reads or fragments cover them
};

enum class SignalUnit {
  read,  ///< every alignment record by itself: the mates of a pair count twice, as in samtools and bedtools
  fragment  ///< a proper pair counts once, from the first base of one mate to the last of the other; reads in
            ///< no proper pair count by themselves
};

/// Strand of the read (of the first mate, for fragments) against that of the region. Regions without a strand
/// take both.
enum class StrandRule { both, same, opposite };

/// SAM flags that are left out unless asked otherwise: unmapped, secondary, failed quality checks, duplicate,
/// supplementary.
inline constexpr int default_excluded_flags = 0x4 | 0x100 | 0x200 | 0x400 | 0x800;

struct SignalOptions {
  SignalKind kind = SignalKind::count;
  SignalUnit unit = SignalUnit::read;
  StrandRule strand = StrandRule::both;
  ColumnRule columns = ColumnRule::file;
  int min_mapq = 0;
  int required_flags = 0;                       ///< all of them
  int excluded_flags = default_excluded_flags;  ///< none of them
  std::vector<std::string> read_groups = {};    ///< empty: all, with or without one
  /// Reads shorter than this reach this far from their 5' end; 0: as they are. Fragments stay as they are.
  std::int64_t extend_bp = 0;
  std::int64_t shift_forward_bp = 0;    ///< added to the places of reads on '+'
  std::int64_t shift_reverse_bp = 0;    ///< and on '-'
  std::int64_t max_fragment_bp = 2000;  ///< longer fragments do not count
};

/// Where the transposase of ATAC-seq sat, as against where reads begin. Source: Buenrostro et al. 2013.
inline constexpr std::int64_t atac_shift_forward_bp = 4;
inline constexpr std::int64_t atac_shift_reverse_bp = -5;

/// What was measured.
struct RegionSignal {
  std::vector<std::string> columns;
  std::vector<double> values;  ///< (regions, columns)
  /// Per column, reads or fragments that pass the filters in the whole file; empty when not asked for.
  std::vector<std::int64_t> totals;
};

/// Measures regions in the reads that pass the filters. For coverage, introns (CIGAR N) are not covered
/// unless reads are extended; counts take a read from its first to its last base, introns included. A
/// fragment passes by the flags and MAPQ of its leftmost mate.
///
/// @param regions  within the contigs of the file; at least one
/// @param with_totals  also count the whole file, which reads all of it
/// @throws InputError  of check_regions; a read group that the header lacks; a damaged file
/// @throws UsageError  cuts of fragments
RegionSignal measure_regions(AlignmentFile& file, std::span<Interval const> regions,
                             SignalOptions const& options, bool with_totals, Log& log);

}  // namespace cislens
