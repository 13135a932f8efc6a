#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/motif/em.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cislens {

/// What one motif explains of the windows.
struct Explained {
  std::vector<std::int64_t> places;  ///< bases by their place in WindowSet::bases
  std::vector<std::uint32_t> units;  ///< of these, see explained_units_per_nat
};

/// A base under sites whose posteriors sum to z leaves (1 - z)^(2 / width) of itself: a whole site leaves
/// (1 - z)^2, a word that only touches it loses less.
SharedExplained explain(WindowSet const& set, MotifModel const& model, EmOptions const& options,
                        Threads& threads);

/// What a motif explains where `others` have taken their sites: `explain` finds one site a stretch, so it is
/// asked again about what it left, until that is little. `set` is left as the last pass saw it.
SharedExplained explain_fully(WindowSet& set, MotifModel const& model,
                              std::span<SharedExplained const> others, EmOptions const& options,
                              Threads& threads);

/// From now on the windows hold only what none of `motifs` explains. Entries may be null. Takes as long as
/// what differs from the motifs that were set before is large.
void set_explained(WindowSet& set, std::span<SharedExplained const> motifs);

}  // namespace cislens
