#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"
#include "cislens/motif/discovery.hpp"

namespace cislens {

/// Motifs found by counting words in whole training sequences, before there is a network: what its filters
/// start as, and candidates beside those that the heads find. A fifth of the training sequences decides,
/// leniently, what is kept; validation and test sequences are not looked at.
///
/// Positives are the records with a target above 1/2 (all records when targets are not binary); controls are
/// the data set's negatives, or dinucleotide shuffles when it has none. At most about a million bases are
/// read, evenly thinned.
DiscoveryResult find_word_motifs(TrainingRun const& training, Run& run, Threads& threads);

}  // namespace cislens
