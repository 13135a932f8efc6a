#include "cislens/motif/compete.hpp"

#include "cislens/base/windows.hpp"
#include "cislens/motif/pwm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cislens {

namespace {

/// The base at a place as one reads forwards; beyond the ends nothing, which is no base and not N.
int base_at(BasesView sequence, std::int64_t place) {
  return place >= 0 && place < static_cast<std::int64_t>(sequence.size()) ? sequence[place] : base_n + 1;
}

/// The base that one reads there on the other strand.
int other_base_at(BasesView sequence, std::int64_t place) {
  int const base = base_at(sequence, place);
  return base > base_n ? base : complement(static_cast<std::uint8_t>(base));
}

/// Is the reverse complement of a stretch the smaller word? One that is its own is told by what surrounds it.
bool reads_backwards(BasesView sequence, RecordWindow stretch) {
  for (std::int64_t i = 0; i < stretch.length() / 2 + 1; ++i) {
    int const ahead = base_at(sequence, stretch.start + i);
    int const behind = other_base_at(sequence, stretch.end - 1 - i);
    if (ahead != behind) return behind < ahead;
  }
  auto const size = static_cast<std::int64_t>(sequence.size());
  for (std::int64_t i = 1; stretch.start - i >= 0 || stretch.end - 1 + i < size; ++i) {
    int const ahead = base_at(sequence, stretch.start - i);
    int const behind = other_base_at(sequence, stretch.end - 1 + i);
    if (ahead != behind) return behind < ahead;
  }
  return false;
}

/// @param ends  start + end of the stretch that is turned round
Candidate mirrored(Candidate candidate, std::int64_t ends) {
  std::int64_t const start = candidate.start;
  candidate.start = ends - candidate.end;
  candidate.end = ends - start;
  candidate.strand = candidate.strand == '+' ? '-' : '+';
  return candidate;
}

struct Limit {
  std::span<double const> p;  // by motif
  SiteWeight weight;
};

/// Weights are whole numbers (units of 1e-6), so that equal sums are equal whatever their order; at least 1,
/// so that a candidate at the limit still beats nothing.
std::int64_t weight_of(Candidate const& candidate, Limit limit) {
  double const p = std::max(candidate.p, std::numeric_limits<double>::min());
  double const own_limit = limit.p[static_cast<std::size_t>(candidate.motif)];
  double weight = std::log10(own_limit / p);
  if (limit.weight == SiteWeight::evidence)
    weight = (weight + candidate.score * Pwm::unit_bits * std::log10(2.0) + std::log10(own_limit)) / 2;
  return std::max<std::int64_t>(1, std::llround(weight * 1e6));
}

struct Best {
  std::int64_t weight = 0;
  std::int64_t sites = 0;

  bool operator>(Best const& other) const {
    return weight != other.weight ? weight > other.weight : sites < other.sites;
  }
};

/// The chosen candidates, by start. `candidates` are in reading direction.
std::vector<Candidate> best_set(std::vector<Candidate> candidates, Limit limit) {
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
    Best const with{best[follower].weight + weight_of(candidates[i], limit), best[follower].sites + 1};
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

/// Candidates that hang together, as sites. They cover the stretch.
void compete_in(RecordWindow stretch, std::span<Candidate const> candidates, Limit limit, BasesView sequence,
                std::int64_t sequence_index, std::vector<Site>& sites) {
  std::int64_t const ends = stretch.start + stretch.end;
  bool const backwards = candidates.size() > 1 && reads_backwards(sequence, stretch);
  std::vector<Candidate> reading(candidates.begin(), candidates.end());
  if (backwards) {
    for (auto& candidate : reading) candidate = mirrored(candidate, ends);
  }
  auto chosen = best_set(std::move(reading), limit);
  if (backwards) {
    std::reverse(chosen.begin(), chosen.end());
    for (auto& candidate : chosen) candidate = mirrored(candidate, ends);
  }
  for (auto const& c : chosen) {
    Site& site = sites.emplace_back();
    site.sequence = sequence_index;
    site.start = c.start;
    site.end = c.end;
    site.strand = c.strand;
    site.motif = c.motif;
    site.score = c.score * Pwm::unit_bits;
    site.p = c.p;
  }
}

/// How many of the candidates (by start) from `first` on hang together, and where they end.
struct Cluster {
  std::size_t last;
  std::int64_t end;
};

Cluster cluster_from(std::span<Candidate const> candidates, std::size_t first) {
  Cluster cluster{first + 1, candidates[first].end};
  while (cluster.last < candidates.size() && candidates[cluster.last].start < cluster.end) {
    cluster.end = std::max(cluster.end, candidates[cluster.last++].end);
  }
  return cluster;
}

}  // namespace

void Competition::add(std::span<Candidate const> candidates) {
  waiting_.insert(waiting_.end(), candidates.begin(), candidates.end());
}

void Competition::take(std::int64_t next, std::vector<Site>& sites) {
  std::size_t first = 0;
  while (first < waiting_.size()) {
    Cluster const cluster = cluster_from(waiting_, first);
    if (cluster.end > next) break;
    compete_in({waiting_[first].start, cluster.end}, std::span(waiting_).subspan(first, cluster.last - first),
               {p_limits_, weight_}, sequence_, index_, sites);
    first = cluster.last;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first));
}

std::vector<Site> compete(std::span<Candidate const> candidates, std::span<double const> p_limits,
                          SiteWeight weight, BasesView sequence, std::int64_t sequence_index) {
  std::vector<Candidate> sorted(candidates.begin(), candidates.end());
  std::ranges::stable_sort(sorted, {}, &Candidate::start);
  Competition competition(p_limits, weight, sequence, sequence_index);
  competition.add(sorted);
  std::vector<Site> sites;
  competition.take(std::numeric_limits<std::int64_t>::max(), sites);
  return sites;
}

}  // namespace cislens
