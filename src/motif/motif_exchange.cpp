#include "cislens/motif/motif_exchange.hpp"

#include "pair_tally.hpp"

#include <iterator>
#include <numeric>

namespace cislens {

namespace {

constexpr std::int64_t least_members = 20;  // sequences of a class

std::vector<PlacedSite> sites_of(SiteArrangement const& all, int motif) {
  std::vector<PlacedSite> sites;
  for (std::int64_t sequence = 0; sequence < all.sequences(); ++sequence)
    std::ranges::copy_if(all.of(sequence), std::back_inserter(sites),
                         [&](PlacedSite const& site) { return site.motif == motif; });
  return sites;
}

}  // namespace

MotifExchange::MotifExchange(SiteArrangement const& others, std::span<int const> strata, int motif)
    : others_(others),
      motif_(motif),
      places_(sites_of(others, motif)),
      sequence_of_(places_.size()),
      cells_(others.lengths(), others.widest(), places_.size()),
      own_count_(static_cast<std::size_t>(others.sequences())),
      class_of_(own_count_.size()) {
  int const most = strata.empty() ? 0 : *std::ranges::max_element(strata);
  stratum_sites_.resize(static_cast<std::size_t>(most) + 1);
  std::int32_t number = 0;
  for (std::int64_t sequence = 0; sequence < others.sequences(); ++sequence) {
    int const stratum = strata[static_cast<std::size_t>(sequence)];
    for (PlacedSite const& site : others.of(sequence)) {
      if (site.motif != motif) continue;
      stratum_of_.push_back(stratum);
      stratum_sites_[static_cast<std::size_t>(stratum)].push_back(number);
      link(number++, sequence);
    }
  }
  make_classes(strata);
}

/// Sequences of a stratum with as many sites of other motifs; neighbouring numbers together where there are
/// few.
void MotifExchange::make_classes(std::span<int const> strata) {
  auto const count = static_cast<std::int64_t>(own_count_.size());
  std::vector<std::int64_t> key;  // stratum, then number
  for (std::int64_t s = 0; s < count; ++s) {
    std::int64_t const sites = std::ssize(others_.of(s)) - own_count_[static_cast<std::size_t>(s)];
    key.push_back((static_cast<std::int64_t>(strata[static_cast<std::size_t>(s)]) << 32) + sites);
  }
  members_.resize(own_count_.size());
  std::iota(members_.begin(), members_.end(), 0);
  std::ranges::stable_sort(members_, {}, [&](std::int32_t s) { return key[static_cast<std::size_t>(s)]; });
  auto const key_at = [&](std::int64_t i) {
    return key[static_cast<std::size_t>(members_[static_cast<std::size_t>(i)])];
  };
  class_first_ = {0};
  std::int64_t stratum_first = 0;
  for (std::int64_t i = 1; i <= count; ++i) {
    bool const new_stratum = i == count || key_at(i) >> 32 != key_at(i - 1) >> 32;
    bool const enough = i - class_first_.back() >= least_members;
    if (!new_stratum && !(enough && key_at(i) != key_at(i - 1))) continue;
    // A remainder joins the class before it.
    if (new_stratum && !enough && class_first_.back() > stratum_first) class_first_.pop_back();
    class_first_.push_back(static_cast<std::int32_t>(i));
    if (new_stratum) stratum_first = i;
  }
  for (std::size_t c = 0; c + 1 < class_first_.size(); ++c) {
    for (std::int32_t i = class_first_[c]; i < class_first_[c + 1]; ++i)
      class_of_[static_cast<std::size_t>(members_[static_cast<std::size_t>(i)])] =
          static_cast<std::int32_t>(c);
  }
}

void MotifExchange::link(std::int32_t site, std::int64_t sequence) {
  cells_.enter(site, sequence, places_[site].start);
  sequence_of_[site] = static_cast<std::int32_t>(sequence);
  ++own_count_[sequence];
}

void MotifExchange::unlink(std::int32_t site) {
  cells_.take_out(site);
  --own_count_[sequence_of_[site]];
}

/// Whether a site could stand in a sequence. @param without  a site of the motif that would leave it, or -1
bool MotifExchange::fits(PlacedSite const& site, std::int64_t sequence, std::int32_t without) const {
  if (site.end > others_.length(sequence)) return false;
  auto const apart = [&](PlacedSite const& there) {
    return site.start >= there.end || there.start >= site.end;
  };
  bool free = true;  // without a branch: as a rule they are few
  for (PlacedSite const& there : others_.near(sequence, site.start, site.end))
    free &= (there.motif == motif_) | apart(there);
  bool const alone = own_count_[static_cast<std::size_t>(sequence)] == (without >= 0 ? 1 : 0);
  return free && (alone || !cells_.any_near(sequence, site.start, site.end, [&](std::int32_t own) {
           return own != without && !apart(places_[own]);
         }));
}

/// To a sequence of the class that would then hold as many of the motif as this one does now.
void MotifExchange::try_move(std::int32_t site, Random& random) {
  std::int32_t const from = sequence_of_[site];
  std::int32_t const own_class = class_of_[from];
  auto const first = static_cast<std::size_t>(class_first_[own_class]);
  auto const size = static_cast<std::size_t>(class_first_[own_class + 1]) - first;
  std::int32_t const to = members_[first + random.below(size)];
  if (own_count_[to] + 1 != own_count_[from] || !fits(places_[site], to, -1)) return;
  unlink(site);
  link(site, to);
}

void MotifExchange::try_exchange(std::int32_t site, Random& random) {
  auto const& candidates = stratum_sites_[static_cast<std::size_t>(stratum_of_[site])];
  std::int32_t const other = candidates[random.below(candidates.size())];
  std::int32_t const here = sequence_of_[site];
  std::int32_t const there = sequence_of_[other];
  if (here == there || !fits(places_[site], there, other) || !fits(places_[other], here, site)) return;
  unlink(site);
  unlink(other);
  link(site, there);
  link(other, here);
}

void MotifExchange::permute(Random& random) {
  for (std::int32_t site = 0; site < static_cast<std::int32_t>(places_.size()); ++site) {
    try_move(site, random);
    try_exchange(site, random);
  }
}

void MotifExchange::count(PairSet const& set, int max_gap, PairCounts& counts) const {
  tally_gaps(*this, set, max_gap, counts);
}

void MotifExchange::count_windows(PairSet const& set, std::span<PairWindow const> windows,
                                  StrongerPairs const& stronger, SiteReadings const& readings,
                                  PairWindowCounts& counts) const {
  tally_windows(*this, set, windows, stronger, readings, counts);
}

void MotifExchange::count_without(std::span<PairTriple const> triples, int max_gap,
                                  std::vector<std::int32_t>& counts) const {
  tally_without(*this, triples, max_gap, counts);
}

}  // namespace cislens
