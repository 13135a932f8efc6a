#pragma once

#include "cislens/motif/em.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace cislens {

/// The sites of a motif, aligned, with what stands on either side of them.
struct AlignedSites {
  static constexpr int flank = 6;  ///< columns on either side of the motif

  int columns = 0;
  std::vector<std::uint8_t> bases;  ///< (sites, columns), N beyond the window
  std::vector<double> weight;       ///< (sites) posterior times window weight

  std::int64_t size() const { return std::ssize(weight); }
  void add(AlignedSites const& more) {
    bases.insert(bases.end(), more.bases.begin(), more.bases.end());
    weight.insert(weight.end(), more.weight.begin(), more.weight.end());
  }
};

/// Two motifs that share a core are first found as one. Sorts the motif's sites into two kinds by EM (columns
/// independent within a kind) and gives both kinds, the more frequent first, when two may describe the sites
/// better than one and neither is rare. Kinds that are each other's reverse complement are given too: a motif
/// that looks palindromic may be an asymmetric one read on both strands. Whether the windows bear a split out
/// is for the caller to test: the criterion here is lenient.
std::optional<std::pair<MotifModel, MotifModel>> split_motif(WindowSet const& set, MotifModel const& model,
                                                             MarkovBackground const& background,
                                                             EmOptions const& options, Threads& threads);

/// The same of sites that are known. @param letters  of the background  @param model  the motif that they are
/// of
std::optional<std::pair<MotifModel, MotifModel>> split_sites(AlignedSites const& sites,
                                                             MotifModel const& model,
                                                             std::array<double, 4> const& letters,
                                                             EmOptions const& options, Threads& threads);

}  // namespace cislens
