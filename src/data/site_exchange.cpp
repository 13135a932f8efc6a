#include "cislens/data/site_exchange.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/random.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

namespace cislens {

/// A site with the flanks that go with it, as distances from its ends.
struct SiteExchange::Cut {
  std::int64_t left = 0;   // bases before the site
  std::int64_t right = 0;  // bases behind it
};

SiteExchange::SiteExchange(std::span<Bases const> sequences, std::vector<LabelledSite> sites,
                           std::vector<int> pools, std::int64_t flank, std::uint64_t seed)
    : sequences_(sequences),
      sites_(std::move(sites)),
      pools_(std::move(pools)),
      flank_(flank),
      seed_(seed),
      first_site_(sequences.size() + 1) {
  check_sites();
  int pool_count = 0;
  for (int const pool : pools_) pool_count = std::max(pool_count, pool + 1);
  for (LabelledSite const& site : sites_) {
    labels_ = std::max(labels_, site.label + 1);
    grades_ = std::max(grades_, site.grade + 1);
    ++first_site_[static_cast<std::size_t>(site.sequence) + 1];
  }
  for (std::size_t s = 0; s < sequences.size(); ++s) first_site_[s + 1] += first_site_[s];
  of_pool_.resize(static_cast<std::size_t>(pool_count) * static_cast<std::size_t>(grades_));
  of_label_.resize(of_pool_.size() * static_cast<std::size_t>(labels_));
  for (std::int64_t i = 0; i < std::ssize(sites_); ++i) {
    of_pool_[pool_and_grade(site(i))].push_back(i);
    of_label_[label_and_grade(site(i))].push_back(i);
  }
}

std::size_t SiteExchange::pool_and_grade(LabelledSite const& site) const {
  auto const pool = static_cast<std::size_t>(pools_[static_cast<std::size_t>(site.sequence)]);
  return pool * static_cast<std::size_t>(grades_) + static_cast<std::size_t>(site.grade);
}

std::size_t SiteExchange::label_and_grade(LabelledSite const& site) const {
  return pool_and_grade(site) * static_cast<std::size_t>(labels_) + static_cast<std::size_t>(site.label);
}

void SiteExchange::check_sites() const {
  if (pools_.size() != sequences_.size()) throw Error("site exchange: one pool a sequence is needed");
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    LabelledSite const& site = sites_[i];
    bool const inside =
        site.sequence >= 0 && site.sequence < static_cast<std::int64_t>(sequences_.size()) &&
        site.label >= 0 && site.grade >= 0 && site.start >= 0 && site.start < site.end &&
        site.end <= static_cast<std::int64_t>(sequences_[static_cast<std::size_t>(site.sequence)].size());
    if (!inside) throw Error("site exchange: site " + std::to_string(i) + " lies outside its sequence");
    if (i == 0) continue;
    LabelledSite const& before = sites_[i - 1];
    if (before.sequence > site.sequence || (before.sequence == site.sequence && before.end > site.start))
      throw Error("site exchange: site " + std::to_string(i) + " overlaps the one before or is out of order");
  }
}

std::span<LabelledSite const> SiteExchange::sites_of(std::int64_t sequence) const {
  auto const s = static_cast<std::size_t>(sequence);
  return std::span(sites_).subspan(static_cast<std::size_t>(first_site_[s]),
                                   static_cast<std::size_t>(first_site_[s + 1] - first_site_[s]));
}

SiteExchange::Cut SiteExchange::cut_of(std::int64_t index) const {
  LabelledSite const& site = sites_[static_cast<std::size_t>(index)];
  auto const s = static_cast<std::size_t>(site.sequence);
  Cut cut{std::min(flank_, site.start),
          std::min(flank_, static_cast<std::int64_t>(sequences_[s].size()) - site.end)};
  if (index > first_site_[s])
    cut.left = std::min(cut.left, (site.start - sites_[static_cast<std::size_t>(index) - 1].end) / 2);
  if (index + 1 < first_site_[s + 1])
    cut.right = std::min(cut.right, (sites_[static_cast<std::size_t>(index) + 1].start - site.end) / 2);
  return cut;
}

std::span<std::int64_t const> SiteExchange::alike(std::int64_t index) const {
  return of_label_[label_and_grade(site(index))];
}

namespace {

/// Bases between sites, and how many of them the new sequence has.
struct Spacer {
  std::int64_t first = 0;
  std::int64_t length = 0;
  std::int64_t new_length = 0;
};

/// Makes room for `gained` bases (or fills what is missing): longest spacer first.
void balance(std::vector<Spacer>& spacers, std::int64_t gained) {
  while (gained != 0) {
    auto const longest = std::ranges::max_element(spacers, {}, &Spacer::new_length);
    if (longest->new_length == 0 && gained > 0) return;  // the sequence grows
    std::int64_t const change = std::min(gained, longest->new_length);
    longest->new_length -= change;
    gained -= change;
  }
}

/// The spacer's two halves with what is missing between them left out, or what is new drawn from itself.
void append_spacer(BasesView sequence, Spacer const& spacer, Random& random, Bases& bases) {
  BasesView const whole =
      sequence.subspan(static_cast<std::size_t>(spacer.first), static_cast<std::size_t>(spacer.length));
  std::int64_t const kept = std::min(spacer.length, spacer.new_length);
  auto const left = static_cast<std::size_t>((kept + 1) / 2);
  auto const right = static_cast<std::size_t>(kept / 2);
  bases.insert(bases.end(), whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(left));
  for (std::int64_t i = kept; i < spacer.new_length; ++i)
    bases.push_back(whole.empty() ? base_n : whole[random.below(whole.size())]);
  bases.insert(bases.end(), whole.end() - static_cast<std::ptrdiff_t>(right), whole.end());
}

/// A site of `sequence` with flanks, as it reads on the strand of the host.
void append_site(BasesView sequence, LabelledSite const& donor, std::int64_t left, std::int64_t right,
                 char strand, Bases& bases) {
  bool const turned = donor.strand != strand;
  std::int64_t const size = static_cast<std::int64_t>(sequence.size());
  std::int64_t const first = donor.start - (turned ? right : left);
  std::int64_t const last = donor.end + (turned ? left : right);
  Bases piece;
  for (std::int64_t i = first; i < last; ++i)
    piece.push_back(i >= 0 && i < size ? sequence[static_cast<std::size_t>(i)] : base_n);
  if (turned) piece = reverse_complement(piece);
  bases.insert(bases.end(), piece.begin(), piece.end());
}

}  // namespace

/// Whether of both labels as many sequences still hold one, two, three ... when they change places, of their
/// grade and of all together: when the two sequences change their numbers of it, too.
bool SiteExchange::may_change_places(std::span<std::int64_t const> dealt, std::int64_t u,
                                     std::int64_t v) const {
  std::int64_t const s = site(u).sequence;
  std::int64_t const t = site(v).sequence;
  int const a = site(dealt[static_cast<std::size_t>(u)]).label;
  int const b = site(dealt[static_cast<std::size_t>(v)]).label;
  int const grade = site(u).grade;
  if (site(v).grade != grade) return false;
  if (s == t || a == b) return true;
  std::array<int, 2> more_a{};  // in s than in t: of all grades, of this one
  std::array<int, 2> more_b{};
  auto const add = [&](std::int64_t sequence, int sign) {
    for (std::int64_t i = first_site_[static_cast<std::size_t>(sequence)];
         i < first_site_[static_cast<std::size_t>(sequence) + 1]; ++i) {
      LabelledSite const& given = site(dealt[static_cast<std::size_t>(i)]);
      if (given.label != a && given.label != b) continue;
      std::array<int, 2>& more = given.label == a ? more_a : more_b;
      more[0] += sign;
      more[1] += given.grade == grade ? sign : 0;
    }
  };
  add(s, 1);
  add(t, -1);
  return more_a == std::array{1, 1} && more_b == std::array{-1, -1};
}

std::vector<std::int64_t> SiteExchange::deal(std::uint64_t draw) const {
  constexpr int rounds = 10;
  std::vector<std::int64_t> dealt(sites_.size());
  std::iota(dealt.begin(), dealt.end(), std::int64_t{0});
  Random random(seed_, mix(draw, 2));
  for (int round = 0; round < rounds; ++round) {
    for (std::int64_t u = 0; u < std::ssize(dealt); ++u) {
      auto const s = static_cast<std::size_t>(site(u).sequence);
      std::vector<std::int64_t> const& pool = of_pool_[pool_and_grade(site(u))];
      auto const own = static_cast<std::uint64_t>(first_site_[s + 1] - first_site_[s]);
      std::int64_t const v = random.below(2) == 0
                                 ? first_site_[s] + static_cast<std::int64_t>(random.below(own))
                                 : pool[random.below(pool.size())];
      if (may_change_places(dealt, u, v))
        std::swap(dealt[static_cast<std::size_t>(u)], dealt[static_cast<std::size_t>(v)]);
    }
  }
  return dealt;
}

ExchangedSequence SiteExchange::exchange(std::int64_t sequence, std::span<std::int64_t const> dealt,
                                         std::uint64_t draw) const {
  Bases const& host = sequences_[static_cast<std::size_t>(sequence)];
  auto const size = static_cast<std::int64_t>(host.size());
  std::int64_t const first = first_site_[static_cast<std::size_t>(sequence)];
  std::span<LabelledSite const> const sites = sites_of(sequence);
  Random random(seed_, mix(mix(draw, static_cast<std::uint64_t>(sequence)), dealt.empty() ? 0 : 1));

  ExchangedSequence result;
  std::vector<Spacer> spacers;
  std::int64_t gained = 0;
  std::int64_t place = 0;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    std::int64_t const index = first + static_cast<std::int64_t>(i);
    result.dealt.push_back(dealt.empty() ? index : dealt[static_cast<std::size_t>(index)]);
    std::span<std::int64_t const> const from = alike(result.dealt[i]);
    result.donors.push_back(from[random.below(from.size())]);
    LabelledSite const& donor = sites_[static_cast<std::size_t>(result.donors.back())];
    gained += (donor.end - donor.start) - (sites[i].end - sites[i].start);
    Cut const cut = cut_of(index);
    std::int64_t const length = sites[i].start - cut.left - place;
    spacers.push_back({place, length, length});
    place = sites[i].end + cut.right;
  }
  spacers.push_back({place, size - place, size - place});
  balance(spacers, gained);

  for (std::size_t i = 0; i < sites.size(); ++i) {
    append_spacer(host, spacers[i], random, result.bases);
    LabelledSite const& donor = sites_[static_cast<std::size_t>(result.donors[i])];
    Cut const cut = cut_of(first + static_cast<std::int64_t>(i));
    std::int64_t const start = static_cast<std::int64_t>(result.bases.size()) + cut.left;
    append_site(sequences_[static_cast<std::size_t>(donor.sequence)], donor, cut.left, cut.right,
                sites[i].strand, result.bases);
    result.sites.push_back(
        {sequence, start, start + donor.end - donor.start, sites[i].strand, donor.label, donor.grade});
  }
  append_spacer(host, spacers.back(), random, result.bases);
  return result;
}

}  // namespace cislens
