#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/data/site_exchange.hpp"
#include "cislens/motif/site.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Sites as SiteExchange takes them, in grades of about as many each, the lowest p-values of all motifs
/// first; equal p-values have one grade. Of a weak motif most sites are there by chance, of all motifs above
/// all those with high p-values: an exchange that gives them the places of planted ones hides who goes with
/// whom.
/// @param sites  by sequence, then start  @param grades  >= 1
std::vector<LabelledSite> graded_sites(std::span<Site const> sites, int grades);

/// The fold of each sequence, by chance; `folds` where there are no two sites: such a sequence teaches
/// nothing.
std::vector<int> folds_of(std::span<Site const> sites, std::int64_t sequences, int folds, std::uint64_t seed);

/// Sites are exchanged among sequences of one fold that are alike in length and GC, as for occurrence.
/// @param stratum  least sequences of a class of length and GC, all folds together
std::vector<int> pools_of(std::span<Bases const> sequences, std::span<int const> folds, std::int64_t stratum);

}  // namespace cislens
