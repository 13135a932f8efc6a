#pragma once

#include "cislens/cli/command_line.hpp"
#include "cislens/cli/training_run.hpp"

namespace cislens {

/// The options that `train` and `discover` share: SEQS and how they are read, negatives, targets and the
/// split.
void declare_training_input(CommandLine& line, TrainingChoices& choices);

/// The shape of the network.
void declare_network(CommandLine& line, TrainingChoices& choices);

/// How products of matrices are computed.
/// Options of the two above that others leave without effect. @throws UsageError
void check_training_options(CommandLine const& line, TrainingChoices const& choices);
void declare_precision(CommandLine& line, Precision& precision);

/// How the network is trained, and resuming.
void declare_training(CommandLine& line, TrainingChoices& choices);

}  // namespace cislens
