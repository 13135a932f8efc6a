#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/motif/discovery.hpp"

#include <cstddef>
#include <vector>

namespace cislens {

/// Motifs found by counting words in whole training sequences, before there is a network: what its filters
/// start as, and candidates beside those that the heads find. A fifth of the training sequences decides,
/// leniently, what is kept; validation and test sequences are not looked at.
///
/// For each target by itself: what its positives (see target_sides) hold more often than its negatives, or
/// than dinucleotide shuffles of them when there are hardly any negatives. At most about two million bases of
/// either are read, evenly thinned; of negatives four times as many as of positives or 200,000 bases,
/// whichever is more.
/// @return one a target
std::vector<DiscoveryResult> find_word_motifs(TrainingRun const& training, Run& run, Threads& threads);

struct FilterStarts {
  std::vector<MotifMatrix> motifs;
  std::size_t given = 0;  ///< how many of the first are the given ones
};

/// What filters start as: the given motifs, then the best motif of every target, the second of every target,
/// and so on, while there are filters. With given motifs or several targets one that is the same as another
/// (same_motif) is left out.
FilterStarts filter_starts(std::vector<MotifMatrix> const& given, std::vector<DiscoveryResult> const& words,
                           int channels);

}  // namespace cislens
