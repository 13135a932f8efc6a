#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/motif_matrix.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/random.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/motif/discovery.hpp"
#include "cislens/motif/motif.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cislens {

/// Positives, and the motifs that were found in them.
struct NeighbourInput {
  std::span<Bases const> fit;      ///< sequences that motifs are fitted on
  std::span<Bases const> holdout;  ///< sequences that only the tests see
  std::span<MotifMatrix const> motifs;
  std::function<Bases(BasesView, Random&)> shuffle;  ///< keeps the composition, destroys motifs
};

struct NeighbourOptions {
  DiscoveryOptions discovery;  ///< `places` is not read
  int around_bp = 30;          ///< bases looked at on either side of a site, >= 10
  std::uint64_t seed = 1;      ///< of the shuffles
};

/// A motif that was found beside the sites of another.
struct NeighbourMotif {
  DiscoveredMotif motif;            ///< has `beside_places`; `places` is empty: it keeps to the other motif
  std::size_t beside = 0;           ///< the other one, in NeighbourInput::motifs
  std::vector<std::size_t> blends;  ///< those of the list that were blends of it and another
};

struct NeighbourResult {
  std::vector<NeighbourMotif> found;  ///< in the order found
  /// Those of the input, (motifs); blends are fitted again.
  std::vector<MotifMatrix> motifs;
  int tested = 0;  ///< candidates that met the hold-out, with those of DiscoveryOptions::tested
};

/// Motifs that are too faint to be found anywhere but stand at a certain distance from another: half of a
/// composite element has a few bits of its own, and its distance from the other half tells as much again.
///
/// For each motif of the list of up to 24 columns, its sites (those whose p is at most the limit at which
/// they stand out most from chance; at most 5,000, in the hold-out one a sequence) are laid on one another,
/// all read the same way, with `around_bp` bases on either side. In these windows the site itself is masked,
/// all motifs of the list and those found before are taken out, and what is left is searched with places
/// (PlaceSearch::bands): against the background of the whole sequences, for windows where every second base
/// belongs to a motif have none of their own; controls are four shuffles of either side. What fills 16
/// columns is dropped: a piece of a transposon that carries the site. The hold-out test is that of
/// discover_motifs, E counts on from `tested`.
///
/// A motif found that is like one of the list is kept only if that one, fitted again beside it in whole
/// sequences, becomes another with at least half of the sites: then it was a blend. Blends are renewed, and
/// not looked beside.
///
/// Equal for any number of threads. @throws UsageError, Interrupted  as discover_motifs
NeighbourResult discover_neighbours(NeighbourInput const& input, NeighbourOptions const& options,
                                    Threads& threads, Log& log);

}  // namespace cislens
