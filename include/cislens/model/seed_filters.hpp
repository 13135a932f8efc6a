#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/model/parameters.hpp"

#include <span>

namespace cislens {

/// Where a filter that starts as a motif begins to answer: the share of the motif's best score that gives 0.
/// A ReLU hides what lies below, and the difference between a weak hit and none ranks most sequences; too
/// low, and noise takes over. The shares were found by measurement (docs/experiments.md). Fixed filters that
/// mark the sites of motifs, as in the pair network, answer to sites alone.
inline constexpr double known_motif_zero = 0.3;   ///< matrices of a database
inline constexpr double found_motif_zero = 0.45;  ///< matrices found in the training sequences
inline constexpr double marking_filter_zero = 0.6;

/// Starts filters of the stem as motifs: filter n becomes motif n's log-odds, centred in the filter's width
/// (of a wider motif the stretch with the most information), scaled so that the consensus gives a response of
/// 3 and a site with the share `zero` of the best score gives 0. The remaining filters stay as they are, as
/// does everything behind the stem: training may change all of it. What is learnt from few sequences is
/// learnt sooner from a good start; what is found is tested on held-out sequences as ever.
/// @param motifs       the first C are used
/// @param zero         0 <= zero < 1
/// @param[in,out] weights  of this config
/// @return how many filters were set
int seed_filters(NetworkConfig const& config, std::span<MotifMatrix const> motifs, double zero,
                 MutableWeights const& weights);

/// Starts the heads of the first block as detectors of filters `first` to `last` - 1, which start as motifs:
/// the n-th of them is head n mod H's, up to eight a head. Every token asks for one channel of the head
/// (query bias), keys answer there by the head's filters, and what is looked at is copied (the output
/// projection is the value projection's transpose). So a site tells all tokens from the first step on;
/// without it the mean over tokens that the pooled head starts as hardly shows it, and Adam's steps along
/// noise may undo its filter before a head has found it (docs/experiments.md). Silent filters are below the
/// mean after the norm, so that with several a head what is no site gives way to the null key. Rotary
/// positions turn the channel least of all. W_O changes for all heads. Training may change all of it.
/// @param first, last  0 <= first, last <= C; an empty range or a network without blocks: nothing changes
/// @param[in,out] weights  of this config
void seed_attention(NetworkConfig const& config, int first, int last, MutableWeights const& weights);

}  // namespace cislens
