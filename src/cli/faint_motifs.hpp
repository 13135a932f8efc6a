#pragma once

#include "discover_stages.hpp"
#include "whole_sequences.hpp"

#include <vector>

namespace cislens {

/// What stands where the motifs of the list stand, or keeps a place of its own along the sequences, and is
/// too faint to be found anywhere; then what stands at a certain distance from one of the list. E counts on
/// from the candidates `tested` before; there are at most `max_motifs` in the end.
void add_faint_motifs(DiscoverChoices const& choices, WholeSequences const& whole,
                      Background const& background, int tested, std::vector<DiscoveredMotif>& motifs,
                      Run& run, Threads& threads);

}  // namespace cislens
