#pragma once

#include "cislens/motif/em.hpp"

#include <optional>
#include <utility>

namespace cislens {

/// Two motifs that share a core are first found as one. Sorts the motif's sites into two kinds by EM (columns
/// independent within a kind) and gives both kinds, the more frequent first, when two may describe the sites
/// better than one and neither is rare. Kinds that are each other's reverse complement are given too: a motif
/// that looks palindromic may be an asymmetric one read on both strands. Whether the windows bear a split out
/// is for the caller to test: the criterion here is lenient.
std::optional<std::pair<MotifModel, MotifModel>> split_motif(WindowSet const& set, MotifModel const& model,
                                                             MarkovBackground const& background,
                                                             EmOptions const& options, Threads& threads);

}  // namespace cislens
