#pragma once

#include "cislens/motif/discovery.hpp"
#include "cislens/motif/discovery_cut.hpp"
#include "cislens/motif/explained.hpp"
#include "cislens/motif/motif.hpp"

#include <array>

namespace cislens {

/// What motifs are fitted on, and what they are tested on.
enum DiscoveryPart { fit_positives, fit_controls, holdout_positives, holdout_controls, discovery_parts };

using DiscoveryWindows = std::array<WindowSet, discovery_parts>;

DiscoveryWindows make_discovery_windows(DiscoveryInput const& input, MarkovBackground const& background);

/// How well a motif tells positives from controls: at the threshold that fits the fit part best, and at the
/// same one in the hold-out. A window's best place must be a site: see least_site_score.
struct HoldoutTest {
  ScoreCut fitted, held_out;
};

/// @param held_out  of a test on these windows
HoldoutCounts counts_of(DiscoveryWindows const& windows, ScoreCut const& held_out);

HoldoutTest test_on_holdout(DiscoveryWindows const& windows, MotifModel const& model,
                            EmOptions const& options, Threads& threads);

}  // namespace cislens
