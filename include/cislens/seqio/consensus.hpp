#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"
#include "cislens/seqio/alignment_file.hpp"
#include "cislens/seqio/region_signal.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cislens {

/// When a base is called.
struct ConsensusOptions {
  int min_depth = 5;           ///< reads that cover the base, deletions counted
  double min_fraction = 0.75;  ///< of those reads, that agree; above 0.5 there is one call at most
  int min_base_quality = 0;    ///< bases below it do not count; reads without qualities always do
  int min_mapq = 0;
  int required_flags = 0;
  int excluded_flags = default_excluded_flags;
  std::vector<std::string> read_groups = {};  ///< empty: all
};

/// What the sample of an alignment file has in each region: the letter that at least `min_fraction` of at
/// least `min_depth` reads show, else N; strand '-' is reverse-complemented. Coordinates stay those of the
/// genome: a deleted base is N, inserted bases are left out. Mates that overlap count twice.
///
/// @returns one sequence a region, each of its region's length
/// @throws InputError  the file has no index that can be used; of check_regions; a damaged file, or a CRAM
/// that
///                     was not made with its reference
std::vector<std::string> consensus_sequences(AlignmentFile& file, std::span<Interval const> regions,
                                             ConsensusOptions const& options, Log& log);

}  // namespace cislens
