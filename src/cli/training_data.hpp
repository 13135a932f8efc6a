#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/cli/training_run.hpp"

namespace cislens {

/// Reads what is to be learnt from and adds negatives. Sets `dataset`, `positives`, `shuffled`, `loss`.
/// @throws InputError  of the readers and of build_dataset; targets that the loss cannot take
void load_training_data(TrainingChoices const& choices, Run& run, Threads& threads, TrainingRun& result);

/// The loss that suits the known targets: binary for 0 and 1, Poisson for counts, else squared.
LossKind usual_loss(Dataset const& dataset);

/// Median of the numbers of bases.
std::int64_t median_length(Dataset const& dataset);
/// Bases of the longest record; 0: there is none.
std::int64_t longest_length(Dataset const& dataset);

}  // namespace cislens
