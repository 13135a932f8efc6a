#pragma once

#include "cislens/base/random.hpp"
#include "cislens/motif/pair_counts.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// The sites of one motif dealt out anew among sequences, while all other sites stay where they are: the null
/// of its cooperation with any other motif, and with itself. A site keeps its strand and its place in the
/// sequence, no two sites of a sequence overlap, and sites move among sequences of one stratum that hold
/// about as many sites of other motifs; of these as many as before hold one, two, three ... sites of the
/// motif.
///
/// So what is random is beside which others the motif stands, given how many others there are: where
/// sequences differ in how many sites they hold, this says nothing about who are partners; and a motif that
/// stands, say, once in every sequence does not make the others look like partners, as it would were sites of
/// all motifs exchanged and only their number in a sequence kept. Of pairs of the motif with itself only the
/// distance is random: that some sequences hold several of its sites is no evidence that they like each
/// other.
class MotifExchange {
 public:
  /// @param others  sites in their sequences, of all motifs; it must outlive this
  /// @param strata  (sequences)
  MotifExchange(SiteArrangement const& others, std::span<int const> strata, int motif);

  /// For each site two attempts: to move to another sequence, and to exchange places with a site of another.
  void permute(Random& random);

  /// Two sites at most `reach` bases apart, one of them or both of the motif, sequence by sequence; see
  /// SiteArrangement.
  template <typename Visit>
  void for_each_neighbours(std::int32_t reach, Visit const& visit) const {
    for (std::int32_t first = 0; first < static_cast<std::int32_t>(places_.size()); ++first) {
      std::int64_t const sequence = sequence_of_[first];
      if (own_count_[static_cast<std::size_t>(sequence)] == 1) {  // as most
        visit_others(sequence, places_[first], reach, visit);
        continue;
      }
      if (!cells_.leads(first, sequence)) continue;
      std::int32_t const end = cells_.first_of(sequence + 1);
      for (std::int32_t cell = cells_.first_of(sequence); cell < end; ++cell) {
        for (std::int32_t own = cells_.head(cell); own >= 0; own = cells_.next(own)) {
          visit_others(sequence, places_[own], reach, visit);
          visit_own(sequence, own, cell, reach, visit);
        }
      }
    }
  }
  template <typename Ask>
  bool any_near(std::int64_t sequence, std::int64_t from, std::int64_t to, Ask const& ask) const {
    if (cells_.any_near(sequence, from, to, [&](std::int32_t own) { return ask(places_[own]); })) return true;
    return others_.any_near(sequence, from, to,
                            [&](PlacedSite const& site) { return site.motif != motif_ && ask(site); });
  }

  /// As those of SiteArrangement, of pairs of the motif. @param set  of none but these
  void count(PairSet const& set, int max_gap, PairCounts& counts) const;
  void count_windows(PairSet const& set, std::span<PairWindow const> windows, StrongerPairs const& stronger,
                     SiteReadings const& readings, PairWindowCounts& counts) const;
  void count_without(std::span<PairTriple const> triples, int max_gap,
                     std::vector<std::int32_t>& counts) const;

 private:
  template <typename Visit>
  void visit_others(std::int64_t sequence, PlacedSite const& site, std::int32_t reach,
                    Visit const& visit) const {
    for (PlacedSite const& other : others_.near(sequence, site.start - reach, site.end + reach)) {
      bool const far = site.start - other.end > reach || other.start - site.end > reach;
      if (far || other.motif == motif_) continue;
      if (other.start < site.start)
        visit(sequence, other, site);
      else
        visit(sequence, site, other);
    }
  }
  /// The sites of the motif that stand behind `own` in the list of its cell, and those of the next cells.
  template <typename Visit>
  void visit_own(std::int64_t sequence, std::int32_t own, std::int32_t cell, std::int32_t reach,
                 Visit const& visit) const {
    PlacedSite const& site = places_[own];
    std::int32_t const last = cells_.cell_at(sequence, std::int64_t{site.end} + reach);
    for (std::int32_t second = cells_.next(own);; second = cells_.head(cell)) {
      for (; second >= 0; second = cells_.next(second)) {
        bool const in_order = site.start < places_[second].start;
        PlacedSite const& left = in_order ? site : places_[second];
        PlacedSite const& right = in_order ? places_[second] : site;
        if (right.start - left.end <= reach) visit(sequence, left, right);
      }
      if (++cell > last) break;
    }
  }
  void make_classes(std::span<int const> strata);
  bool fits(PlacedSite const& site, std::int64_t sequence, std::int32_t without) const;
  void link(std::int32_t site, std::int64_t sequence);
  void unlink(std::int32_t site);
  void try_move(std::int32_t site, Random& random);
  void try_exchange(std::int32_t site, Random& random);

  SiteArrangement const& others_;
  std::int32_t motif_;
  std::vector<PlacedSite> places_;         // of the motif's sites
  std::vector<std::int32_t> sequence_of_;  // each stands in now
  SiteCells cells_;                        // that hold them
  std::vector<std::int32_t> own_count_;    // (sequences)
  std::vector<std::int32_t> members_;      // sequences, class by class
  std::vector<std::int32_t> class_of_;     // (sequences)
  std::vector<std::int32_t> class_first_;  // (classes + 1) in members_
  std::vector<std::vector<std::int32_t>> stratum_sites_;
  std::vector<std::int32_t> stratum_of_;  // (sites)
};

}  // namespace cislens
