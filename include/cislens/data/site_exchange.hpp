#pragma once

#include "cislens/base/nucleotide.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// A site with what it is a site of. Half-open [start, end) in its sequence.
struct LabelledSite {
  std::int64_t sequence = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
  char strand = '+';
  int label = 0;
  int grade = 0;  ///< how sure a site it is: sites are exchanged for those of their grade alone
};

/// A sequence with other instances in the places of its sites.
struct ExchangedSequence {
  Bases bases;
  std::vector<LabelledSite> sites;  ///< where they are now, by start
  /// Of each, as numbers of the sites given: whose label it has, and whose bases (another of that label).
  std::vector<std::int64_t> dealt, donors;
};

/// Sequences in which every site was exchanged for one from elsewhere: the two classes between which only
/// partnership differs. A site goes with its flanks, turned to the strand of the site whose place it takes;
/// what lies between sites stays, so the gaps between neighbours do too, whatever the widths of the new
/// sites. So that the length stays as well, what a sequence gains or loses is taken from or put into its
/// longest spacer: a spacer that grows repeats random bases of its own. A sequence whose spacers cannot make
/// room grows.
class SiteExchange {
 public:
  /// @param sequences  must outlive this
  /// @param sites      by sequence, then start; not overlapping
  /// @param pools      (sequences) sites come from sequences of the same pool alone: a part of a split, a
  ///                   class of GC
  /// @param flank      bases that go with a site on either side, where its neighbours leave them (each gets
  ///                   at most half of what lies between)
  /// @throws Error  a site lies outside its sequence, overlaps its neighbour or is out of order
  SiteExchange(std::span<Bases const> sequences, std::vector<LabelledSite> sites, std::vector<int> pools,
               std::int64_t flank, std::uint64_t seed);

  /// Labels dealt out anew within every pool and grade: of each site the one whose label its place gets. A
  /// sequence keeps its number of sites of every grade, and of every label as many sequences as before hold
  /// one, two, three ..., of all grades together and of each: who stands beside whom, and with whom in a
  /// sequence, is gone, and nothing else. (Were this not kept, a label that stands once in every sequence
  /// would tell what was dealt out.) A pure function of the number and the seed.
  std::vector<std::int64_t> deal(std::uint64_t draw) const;

  /// Another instance of its label and grade in every place. A pure function of the arguments and the seed. A
  /// site that has no other such instance in the pool stays.
  /// @param dealt  (sites) whose label each place gets, of the same pool; empty: its own
  ExchangedSequence exchange(std::int64_t sequence, std::span<std::int64_t const> dealt,
                             std::uint64_t draw) const;

  std::span<LabelledSite const> sites_of(std::int64_t sequence) const;

 private:
  struct Cut;
  Cut cut_of(std::int64_t site) const;
  void check_sites() const;
  /// Sites of the same pool, label and grade. @param site  its number
  std::span<std::int64_t const> alike(std::int64_t site) const;
  LabelledSite const& site(std::int64_t number) const { return sites_[static_cast<std::size_t>(number)]; }
  /// Where sites like this are in of_pool_ and in of_label_.
  std::size_t pool_and_grade(LabelledSite const& site) const;
  std::size_t label_and_grade(LabelledSite const& site) const;
  bool may_change_places(std::span<std::int64_t const> dealt, std::int64_t u, std::int64_t v) const;

  std::span<Bases const> sequences_;
  std::vector<LabelledSite> sites_;
  std::vector<int> pools_;
  std::int64_t flank_;
  std::uint64_t seed_;
  int labels_ = 0;
  int grades_ = 0;
  std::vector<std::int64_t> first_site_;             // one a sequence, and one behind the last
  std::vector<std::vector<std::int64_t>> of_pool_;   // (pools, grades) sites
  std::vector<std::vector<std::int64_t>> of_label_;  // (pools, grades, labels) sites
};

}  // namespace cislens
