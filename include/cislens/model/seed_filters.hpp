#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/model/parameters.hpp"

#include <span>

namespace cislens {

/// Starts filters of the stem as motifs: filter n becomes motif n's log-odds, centred in the filter's width
/// (of a wider motif the stretch with the most information), scaled so that the consensus gives a response of
/// 3 and a site with 60 % of the best score gives 0. The remaining filters stay as they are, as does
/// everything behind the stem: training may change all of it. What is learnt from few sequences is learnt
/// sooner from a good start; what is found is tested on held-out sequences as ever.
/// @param motifs       the first C are used
/// @param[in,out] weights  of this config
/// @return how many filters were set
int seed_filters(NetworkConfig const& config, std::span<MotifMatrix const> motifs,
                 MutableWeights const& weights);

}  // namespace cislens
