#include "scan_sites.hpp"

#include "cislens/data/shuffle.hpp"
#include "cislens/motif/compete.hpp"
#include "cislens/motif/pwm.hpp"
#include "cislens/motif/sites.hpp"
#include "cislens/readout/record_readout.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace cislens {

namespace {

constexpr std::uint64_t shuffle_stream = 0x7363616E;  // "scan"
constexpr std::uint64_t null_stream = 0x6E756C6C;     // "null"

std::vector<Bases> read_sample(ScanSpace& space, std::int64_t count, std::int64_t length) {
  std::vector<Bases> result;
  for (ScanPlace const& place : space.sample(count, length))
    result.push_back(space.read(place.contig, place.range));
  return result;
}

Scanner make_scanner(std::vector<MotifMatrix> const& motifs, double p_limit, ScanSpace& space) {
  ScanOptions options;
  options.p_limit = p_limit;
  options.short_motifs = true;
  return {motifs, estimate_background(read_sample(space, 1000, 10'000), true), options};
}

/// Candidates of all of `bases`, by start, found piece by piece.
std::vector<Candidate> all_candidates(Scanner const& scanner, BasesView bases, Threads& threads) {
  constexpr std::int64_t piece_bp = 16'384;
  std::int64_t const size = std::ssize(bases);
  std::vector<ScanPiece> pieces;
  for (std::int64_t start = 0; start < size; start += piece_bp)
    pieces.push_back({bases, {start, std::min(size, start + piece_bp)}});
  std::vector<std::vector<Candidate>> found(pieces.size());
  threads.for_each(std::ssize(pieces), [&](std::int64_t i, int) {
    found[i] = std::move(scanner.candidates({&pieces[i], 1})[0]);
  });
  std::vector<Candidate> all;
  for (auto const& piece : found) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

/// Candidates that hang together with those that start in [first, last).
struct Cluster {
  std::size_t first = 0;
  std::size_t last = 0;
  bool whole = true;  ///< nothing beyond `safe` can hang together with them
};

Cluster cluster_of(std::span<Candidate const> candidates, RecordWindow own, RecordWindow safe) {
  Cluster cluster;
  std::int64_t reach = std::numeric_limits<std::int64_t>::min();
  std::size_t i = 0;
  for (; i < candidates.size() && candidates[i].start < own.start; ++i) {
    if (candidates[i].start >= reach) cluster.first = i;
    reach = std::max(reach, candidates[i].end);
  }
  if (i == candidates.size() || candidates[i].start >= reach) cluster.first = i;
  for (; i < candidates.size() && (candidates[i].start < own.end || candidates[i].start < reach); ++i)
    reach = std::max(reach, candidates[i].end);
  cluster.last = i;
  if (cluster.first == cluster.last) return cluster;
  cluster.whole = candidates[cluster.first].start >= safe.start && reach <= safe.end;
  return cluster;
}

}  // namespace

SiteFinder::SiteFinder(std::vector<MotifMatrix> motifs, ScanSiteOptions const& options, ScanSpace& space)
    : options_(options), scanner_(make_scanner(motifs, options.p_limit, space)) {
  for (MotifMatrix const& motif : motifs) {
    ids_.push_back(motif.id);
    widths_.push_back(motif.width());
    widest_ = std::max<std::int64_t>(widest_, motif.width());
  }
}

void SiteFinder::measure_null(Network const& network, ScanQuestion const& question, ScanSpace& space,
                              Backend const& backend, Threads& threads) {
  constexpr std::int64_t pieces = 300;
  constexpr std::int64_t longest = 1000;
  constexpr std::int64_t samples = 20'000;
  std::vector<Bases> windows = read_sample(space, pieces, std::min(longest, question.max_length));
  std::erase_if(windows, [](Bases const& bases) { return all_unknown(bases); });
  for (std::size_t i = 0; i < windows.size(); ++i) {
    Random random(options_.seed, mix(shuffle_stream, i));
    windows[i] = shuffle_dinucleotides(windows[i], random);
    // A place may be longer than what is read at once.
    if (std::ssize(windows[i]) > question.max_length) windows[i].resize(question.max_length);
  }
  ReadoutOptions readout;
  readout.target = question.target;
  readout.heads = false;
  auto const readouts = read_records(network.config, network.parameters, windows, readout, backend, threads);
  std::vector<AttributionTrack> tracks;
  for (RecordReadout const& one : readouts) tracks.push_back({1, one.total});
  std::map<int, std::vector<double>> by_width;
  for (int const width : widths_) {
    auto const [entry, is_new] = by_width.try_emplace(width);
    if (is_new) {
      Random random(options_.seed, mix(null_stream, static_cast<std::uint64_t>(width)));
      entry->second = null_window_sums(tracks, width, samples, random);
      std::ranges::sort(entry->second);
    }
    null_.push_back(entry->second);
  }
}

std::vector<Site> SiteFinder::find(ScanStretch const& stretch, ScanSpace& space, Threads& threads) const {
  RecordWindow const& place = stretch.place.range;
  RecordWindow const& own = stretch.own;
  for (std::int64_t flank = 2048;; flank *= 2) {
    RecordWindow const loaded{std::max(place.start, own.start - flank), std::min(place.end, own.end + flank)};
    // What starts before `safe`, or ends behind it, may overlap a match that is not wholly loaded.
    RecordWindow const safe{loaded.start == place.start ? 0 : widest_,
                            loaded.length() - (loaded.end == place.end ? 0 : widest_)};
    Bases const bases = space.read(stretch.place.contig, loaded);
    auto const candidates = all_candidates(scanner_, bases, threads);
    Cluster const cluster = cluster_of(candidates, {own.start - loaded.start, own.end - loaded.start}, safe);
    if (!cluster.whole) continue;
    Competition competition(scanner_.p_limits(), SiteWeight::rarity, bases, 0);
    competition.add(std::span(candidates).subspan(cluster.first, cluster.last - cluster.first));
    std::vector<Site> sites;
    competition.take(std::numeric_limits<std::int64_t>::max(), sites);
    for (Site& site : sites) {
      site.start += loaded.start;
      site.end += loaded.start;
      site.attribution_q = std::numeric_limits<double>::quiet_NaN();
    }
    std::erase_if(sites, [&](Site const& site) { return site.start < own.start || site.start >= own.end; });
    return sites;
  }
}

void SiteFinder::attribute(StretchReadout const& readout, std::vector<Site>& sites) const {
  if (readout.total.empty()) return;
  std::int64_t const length = readout.place.length();
  std::int64_t const heads = std::ssize(readout.heads) / length;
  auto const sum_at = [&](float const* track, Site const& site) {
    double sum = 0;
    for (std::int64_t i = site.start; i < site.end; ++i)
      sum += static_cast<double>(track[i - readout.place.start]);
    return sum;
  };
  for (Site& site : sites) {
    site.attribution = sum_at(readout.total.data(), site);
    double highest = -std::numeric_limits<double>::infinity();
    for (std::int64_t head = 0; head < heads; ++head) {
      double const value = sum_at(readout.heads.data() + head * length, site);
      if (value > highest) site.head = static_cast<int>(head);
      highest = std::max(highest, value);
    }
    if (null_.empty() || null_[site.motif].empty()) continue;
    auto const& null = null_[site.motif];
    auto const as_high = null.end() - std::ranges::lower_bound(null, site.attribution);
    site.attribution_q = (1 + static_cast<double>(as_high)) / (1 + static_cast<double>(null.size()));
  }
}

}  // namespace cislens
