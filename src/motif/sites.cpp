#include "cislens/motif/sites.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/interrupt.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cislens {

namespace {

double share(AttributionTrack const& track, int head, Site const& site) {
  double sum = 0;
  float const* const values = track.values.data() + head * track.length();
  for (std::int64_t i = site.start; i < site.end; ++i) sum += values[i];
  return sum;
}

void attribute(Site& site, AttributionTrack const& track) {
  if (site.start < 0 || site.end > track.length())
    throw ShapeError("a site lies outside its attribution track");
  double highest = -std::numeric_limits<double>::infinity();
  site.attribution = 0;
  for (int head = 0; head < track.heads; ++head) {
    double const value = share(track, head, site);
    site.attribution += value;
    if (value > highest) {
      highest = value;
      site.head = head;
    }
  }
}

}  // namespace

namespace {

/// The pieces of sequences, one after the other.
class Pieces {
 public:
  Pieces(std::span<Bases const> sequences, std::int64_t piece_bp)
      : sequences_(sequences), piece_bp_(piece_bp) {}

  /// Pieces of together about `bases` bases; none when all were given. A sequence's first starts at 0, and an
  /// empty sequence is one piece without places.
  std::vector<ScanPiece> next(std::int64_t bases) {
    std::vector<ScanPiece> pieces;
    while (bases > 0 && sequence_ < sequences_.size()) {
      BasesView const sequence = sequences_[sequence_];
      auto const size = static_cast<std::int64_t>(sequence.size());
      std::int64_t const end = std::min(size, place_ + std::min(piece_bp_, bases));
      pieces.push_back({sequence, {place_, end}});
      bases -= std::max<std::int64_t>(1, end - place_);
      place_ = end;
      if (place_ < size) continue;
      place_ = 0;
      ++sequence_;
    }
    return pieces;
  }

 private:
  std::span<Bases const> sequences_;
  std::int64_t piece_bp_;
  std::size_t sequence_ = 0;
  std::int64_t place_ = 0;
};

}  // namespace

void stream_sites(Scanner const& scanner, std::span<Bases const> sequences, std::int64_t piece_bp,
                  Threads& threads, SiteSink const& sink) {
  constexpr std::int64_t bases_an_item = 16384;
  std::size_t const items = 8 * static_cast<std::size_t>(threads.count());
  Pieces pieces(sequences, piece_bp);
  std::int64_t index = -1;
  Competition competition(scanner.p_limits(), SiteWeight::rarity, {}, index);
  std::vector<Site> sites;
  for (bool more = true; more;) {
    std::vector<std::vector<ScanPiece>> round;
    while (more && round.size() < items) {
      auto batch = pieces.next(bases_an_item);
      more = !batch.empty();
      if (more) round.push_back(std::move(batch));
    }
    std::vector<std::vector<std::vector<Candidate>>> found(round.size());
    threads.for_each(static_cast<std::int64_t>(round.size()), [&](std::int64_t item, int) {
      throw_if_interrupted();
      found[item] = scanner.candidates(round[item]);
    });
    for (std::size_t item = 0; item < round.size(); ++item) {
      for (std::size_t i = 0; i < round[item].size(); ++i) {
        auto const& [sequence, places] = round[item][i];
        if (places.start == 0)
          competition = Competition(scanner.p_limits(), SiteWeight::rarity, sequence, ++index);
        competition.add(found[item][i]);
        bool const is_last = places.end == static_cast<std::int64_t>(sequence.size());
        competition.take(is_last ? std::numeric_limits<std::int64_t>::max() : places.end, sites);
      }
    }
    if (!sites.empty()) sink(sites);
    sites.clear();
  }
}

std::vector<Site> find_sites(Scanner const& scanner, std::span<Bases const> sequences, Threads& threads) {
  std::vector<Site> all;
  auto const keep = [&](std::span<Site const> sites) { all.insert(all.end(), sites.begin(), sites.end()); };
  stream_sites(scanner, sequences, std::numeric_limits<std::int64_t>::max() / 2, threads, keep);
  return all;
}

std::vector<Site> find_sites(Scanner const& scanner, CandidateReview const& review,
                             std::span<Bases const> sequences, Threads& threads) {
  std::vector<std::vector<Site>> found(sequences.size());
  threads.for_each(std::ssize(sequences), [&](std::int64_t i, int) {
    throw_if_interrupted();
    BasesView const sequence = sequences[static_cast<std::size_t>(i)];
    std::vector<Candidate> candidates = scanner.candidates(sequence);
    review(i, candidates);
    found[i] = compete(candidates, scanner.p_limits(), SiteWeight::rarity, sequence, i);
  });
  std::vector<Site> all;
  for (auto const& sites : found) all.insert(all.end(), sites.begin(), sites.end());
  return all;
}

std::vector<double> null_window_sums(std::span<AttributionTrack const> tracks, int width, std::int64_t count,
                                     Random& random) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (tracks[i].length() >= width) usable.push_back(i);
  }
  std::vector<double> sums;
  if (usable.empty()) return sums;
  sums.reserve(count);
  for (std::int64_t n = 0; n < count; ++n) {
    AttributionTrack const& track = tracks[usable[random.below(usable.size())]];
    Site window;
    window.start = static_cast<std::int64_t>(random.below(track.length() - width + 1));
    window.end = window.start + width;
    double sum = 0;
    for (int head = 0; head < track.heads; ++head) sum += share(track, head, window);
    sums.push_back(sum);
  }
  return sums;
}

void attribute_sites(std::span<Site> sites, std::span<AttributionTrack const> tracks,
                     std::span<std::vector<double> const> null_by_motif) {
  if (tracks.empty()) return;
  std::vector<std::vector<double>> nulls(null_by_motif.begin(), null_by_motif.end());
  for (auto& null : nulls) std::sort(null.begin(), null.end());
  std::vector<double> p(sites.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < sites.size(); ++i) {
    Site& site = sites[i];
    if (site.sequence < 0 || site.sequence >= static_cast<std::int64_t>(tracks.size())) {
      throw ShapeError("a site names a sequence without an attribution track");
    }
    AttributionTrack const& track = tracks[site.sequence];
    if (track.heads == 0) continue;
    attribute(site, track);
    if (site.motif < 0 || site.motif >= static_cast<int>(nulls.size()) || nulls[site.motif].empty()) continue;
    auto const& null = nulls[site.motif];
    auto const as_high = null.end() - std::lower_bound(null.begin(), null.end(), site.attribution);
    p[i] = (1 + static_cast<double>(as_high)) / (1 + static_cast<double>(null.size()));
  }
  auto const q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < sites.size(); ++i) sites[i].attribution_q = std::isnan(q[i]) ? 1 : q[i];
}

}  // namespace cislens
