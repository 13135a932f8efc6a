#pragma once

#include "discover_stages.hpp"
#include "whole_sequences.hpp"

#include <vector>

namespace cislens {

/// What stands where the motifs of the list stand, or keeps a place of its own along the sequences, and is
/// too faint to be found anywhere; which motif of the list is two; then what stands at a certain distance
/// from one of the list. What was found makes the rest clearer: all is asked again until nothing new is
/// found, three times at most. E counts on from the candidates `tested` before; nothing is added beyond
/// `max_motifs`.
void add_faint_motifs(DiscoverChoices const& choices, WholeSequences const& whole,
                      Background const& background, int tested, std::vector<DiscoveredMotif>& motifs,
                      Run& run, Threads& threads);

}  // namespace cislens
