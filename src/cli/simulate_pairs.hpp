#pragma once

#include "cislens/cli/command_line.hpp"
#include "cislens/cli/run.hpp"
#include "cislens/data/simulate_pairs.hpp"

#include <string>
#include <vector>

namespace cislens {

/// The options of `cislens simulate --pairs`.
struct PairChoices {
  PairSimulateOptions options;
  std::string list;  ///< a file or a number; empty: no pairs
  std::string gap = "8-14";
  std::string prefix;
  std::int64_t positives = 0;
  std::int64_t negatives = 0;
};

void declare_pairs(CommandLine& line, PairChoices& choices);

/// Makes the sequences and writes PREFIX.fa, PREFIX.neg.fa, PREFIX.truth.bed, PREFIX.truth.bedpe,
/// PREFIX.pairs.tsv, PREFIX.motifs.meme and PREFIX.params.json.
/// @throws UsageError, InputError  the list or an option does not fit the motifs
void simulate_pairs(PairChoices& choices, std::vector<MotifMatrix> motifs, Run& run);

}  // namespace cislens
