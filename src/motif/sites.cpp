#include "cislens/motif/sites.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

/// Is the reverse complement the smaller word?
bool reads_backwards(BasesView sequence) {
  std::size_t const size = sequence.size();
  for (std::size_t i = 0; i < size; ++i) {
    std::uint8_t const other = complement(sequence[size - 1 - i]);
    if (sequence[i] != other) return other < sequence[i];
  }
  return false;
}

Candidate mirrored(Candidate candidate, std::int64_t length) {
  std::int64_t const start = candidate.start;
  candidate.start = length - candidate.end;
  candidate.end = length - start;
  candidate.strand = candidate.strand == '+' ? '-' : '+';
  return candidate;
}

/// Weights are whole numbers (units of 1e-6), so that equal sums are equal whatever their order; at least 1,
/// so that a candidate at the limit still beats nothing.
std::int64_t weight_of(Candidate const& candidate, double p_limit) {
  double const p = std::max(candidate.p, std::numeric_limits<double>::min());
  return std::max<std::int64_t>(1, std::llround(std::log10(p_limit / p) * 1e6));
}

struct Best {
  std::int64_t weight = 0;
  std::int64_t sites = 0;

  bool operator>(Best const& other) const {
    return weight != other.weight ? weight > other.weight : sites < other.sites;
  }
};

/// The chosen candidates, by start. `candidates` are in reading direction.
std::vector<Candidate> best_set(std::vector<Candidate> candidates, double p_limit) {
  // From the right: best[i] is the best of candidates i and later in order of start; taking i on a tie makes
  // it the earlier.
  std::sort(candidates.begin(), candidates.end(), [](Candidate const& a, Candidate const& b) {
    if (a.start != b.start) return a.start < b.start;
    if (a.motif != b.motif) return a.motif < b.motif;
    return a.strand < b.strand;  // '+' < '-'
  });
  std::size_t const count = candidates.size();
  std::vector<Best> best(count + 1);
  std::vector<std::size_t> next(count);
  std::vector<bool> taken(count);
  for (std::size_t i = count; i-- > 0;) {
    auto const after =
        std::partition_point(candidates.begin() + static_cast<std::ptrdiff_t>(i), candidates.end(),
                             [&](Candidate const& c) { return c.start < candidates[i].end; });
    std::size_t const follower = static_cast<std::size_t>(after - candidates.begin());
    Best const with{best[follower].weight + weight_of(candidates[i], p_limit), best[follower].sites + 1};
    taken[i] = !(best[i + 1] > with);
    best[i] = taken[i] ? with : best[i + 1];
    next[i] = taken[i] ? follower : i + 1;
  }
  std::vector<Candidate> chosen;
  for (std::size_t i = 0; i < count; i = next[i]) {
    if (taken[i]) chosen.push_back(candidates[i]);
  }
  return chosen;
}

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

std::vector<Site> compete(std::span<Candidate const> candidates, double p_limit, BasesView sequence,
                          std::int64_t sequence_index) {
  auto const length = static_cast<std::int64_t>(sequence.size());
  bool const backwards = reads_backwards(sequence);
  std::vector<Candidate> reading(candidates.begin(), candidates.end());
  if (backwards) {
    for (auto& candidate : reading) candidate = mirrored(candidate, length);
  }
  auto chosen = best_set(std::move(reading), p_limit);
  if (backwards) {
    std::reverse(chosen.begin(), chosen.end());
    for (auto& candidate : chosen) candidate = mirrored(candidate, length);
  }
  std::vector<Site> sites;
  sites.reserve(chosen.size());
  for (auto const& c : chosen) {
    Site site;
    site.sequence = sequence_index;
    site.start = c.start;
    site.end = c.end;
    site.strand = c.strand;
    site.motif = c.motif;
    site.score = c.score * Pwm::unit_bits;
    site.p = c.p;
    sites.push_back(site);
  }
  return sites;
}

std::vector<Site> find_sites(Scanner const& scanner, std::span<Bases const> sequences, Threads& threads) {
  auto const candidates = scanner.candidates_of_all(sequences, threads);
  std::vector<Site> sites;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    auto const chosen = compete(candidates[i], scanner.p_limit(), sequences[i], static_cast<std::int64_t>(i));
    sites.insert(sites.end(), chosen.begin(), chosen.end());
  }
  return sites;
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
