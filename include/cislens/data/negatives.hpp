#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/data/dataset.hpp"
#include "cislens/seqio/genome.hpp"

#include <cstdint>

namespace cislens {

/// `positives` followed by `copies` dinucleotide-preserving shuffles of each, with all targets 0, the origin
/// of their positive and in its group. They are named "NAME_shuffled", or "NAME_shuffled1", ... when there
/// are several.
///
/// @param copies  >= 1
/// Does not depend on the number of threads: copy c of record r has its own random numbers.
Dataset with_shuffled_negatives(Dataset const& positives, std::int64_t copies, std::uint64_t seed,
                                Threads& threads);

/// How windows of a genome are matched to positives.
struct GenomicNegativeOptions {
  std::int64_t copies = 1;     ///< windows a positive
  double gc_tolerance = 0.02;  ///< largest difference in the share of G and C; doubled twice before giving up
  double max_n_share = 0.05;   ///< of a window, unless its positive has more
  std::int64_t max_tries = 5000;  ///< random windows looked at before the tolerance is doubled
  bool mask_lowercase = false;    ///< as the positives were read
  std::uint64_t seed = 0;
};

/// `positives` followed by windows of the genome, targets 0: each as long as its positive and with about its
/// GC share, on its contig (when the genome has that; otherwise on any, by length), overlapping no positive
/// and no other window. They are named "contig:start-end(+)"; each is a group of its own.
///
/// Positives for which no window is found are counted in a warning.
/// @throws InputError  no window is found for more than half of the positives
Dataset with_genomic_negatives(Dataset const& positives, Genome& genome,
                               GenomicNegativeOptions const& options, Log& log);

}  // namespace cislens
