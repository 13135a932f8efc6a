#pragma once

#include "discover_stages.hpp"
#include "whole_sequences.hpp"

#include <vector>

namespace cislens {

/// Adds motifs too faint for the main search, in up to three rounds, each of which sees what the ones before
/// found; the search ends with a round that adds nothing. A round looks for
///   1. motifs that keep a place along the sequences,
///   2. motifs of the list that are two: they are parted,
///   3. motifs that keep a distance from one of the list.
/// @param tested  candidates so far: E counts on from there
/// @param motifs  the list; never grows beyond `max_motifs`
void add_faint_motifs(DiscoverChoices const& choices, WholeSequences const& whole,
                      Background const& background, int tested, std::vector<DiscoveredMotif>& motifs,
                      Run& run, Threads& threads);

}  // namespace cislens
