#include "cislens/seqio/promoters.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/seqio/record_name.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace cislens {

namespace {

/// The 5' end as a region of 1 bp. @pre  strand '+' or '-'
Interval first_base(Interval const& whole) {
  std::int64_t const tss = whole.strand == '+' ? whole.start : whole.end - 1;
  return {whole.contig, tss, tss + 1, whole.strand};
}

std::string where(std::string const& source, NamedRegion const& region) {
  return source + ":" + std::to_string(region.line) + ": ";
}

void add_names(NamedRegion& kept, NamedRegion& other) {
  kept.others.push_back(std::move(other.name));
  kept.others.insert(kept.others.end(), std::make_move_iterator(other.others.begin()),
                     std::make_move_iterator(other.others.end()));
}

/// Starts at the same base of the same strand become the first of them.
void keep_unique(std::vector<NamedRegion>& starts) {
  std::unordered_map<std::string, std::size_t> first;
  std::size_t kept = 0;
  for (NamedRegion& start : starts) {
    std::string const key = start.interval.contig + '\t' + std::to_string(start.tss) + start.interval.strand;
    auto const [place, is_new] = first.try_emplace(key, kept);
    if (is_new) {
      if (&starts[kept] != &start) starts[kept] = std::move(start);
      ++kept;
    } else {
      add_names(starts[place->second], start);
    }
  }
  starts.resize(kept);
}

void check_on_contig(NamedRegion const& start, Genome const& genome, std::string const& source) {
  Interval const& place = start.interval;
  if (!genome.has(place.contig))
    throw InputError(where(source, start) + genome.explain_missing(place.contig));
  if (place.end <= genome.length(place.contig)) return;
  throw InputError(where(source, start) + "base " + std::to_string(place.end) +
                   " is past the end of contig '" + place.contig + "', which has " +
                   std::to_string(genome.length(place.contig)) + " bases in " + genome.name() +
                   " (give the assembly that the annotation was made on)");
}

void open_window(Interval& place, PromoterOptions const& options) {
  std::int64_t const tss = place.start;
  if (place.strand == '-') {
    place.start = tss - options.downstream_bp + 1;
    place.end = tss + options.upstream_bp + 1;
  } else {
    place.start = tss - options.upstream_bp;
    place.end = tss + options.downstream_bp;
  }
}

/// Clips regions to their contig, or leaves out those that reach past its end. @throws InputError  none is
/// left
void fit_ends(std::vector<NamedRegion>& regions, ContigEnds ends, Genome const& genome,
              std::string const& source, Log& log) {
  auto const clip = [&](NamedRegion& region) {
    region.interval.start = std::max<std::int64_t>(region.interval.start, 0);
    region.interval.end = std::min(region.interval.end, genome.length(region.interval.contig));
  };
  if (ends == ContigEnds::clip) std::for_each(regions.begin(), regions.end(), clip);
  auto const dropped = std::erase_if(regions, [&](NamedRegion const& region) {
    Interval const& place = region.interval;
    return place.start < 0 || place.end > genome.length(place.contig) || place.length() < 1;
  });
  if (dropped == 0) return;
  std::string const what = std::to_string(dropped) + " regions reach past the end of their contig";
  std::string const remedy = " (--contig-ends clip keeps what is there)";
  if (regions.empty()) throw InputError(source + ": all " + what + remedy);
  log.warning(source + ": " + what + " and were left out" + remedy);
}

void sort_by_place(std::vector<NamedRegion>& regions, Genome const& genome) {
  std::unordered_map<std::string, std::size_t> rank;
  for (std::string const& contig : genome.contigs()) rank.try_emplace(contig, rank.size());
  std::stable_sort(regions.begin(), regions.end(), [&](NamedRegion const& a, NamedRegion const& b) {
    Interval const& x = a.interval;
    Interval const& y = b.interval;
    return std::tuple(rank[x.contig], x.start, x.end) < std::tuple(rank[y.contig], y.start, y.end);
  });
}

/// @param regions  sorted by place, and still so afterwards
void merge_overlaps(std::vector<NamedRegion>& regions) {
  std::map<std::pair<std::string, char>, std::size_t> last;  // kept region of each contig and strand
  std::size_t kept = 0;
  for (NamedRegion& region : regions) {
    std::pair const key{region.interval.contig, region.interval.strand};
    auto const open = last.find(key);
    if (open != last.end() && region.interval.start < regions[open->second].interval.end) {
      NamedRegion& whole = regions[open->second];
      whole.interval.end = std::max(whole.interval.end, region.interval.end);
      add_names(whole, region);
      continue;
    }
    if (&regions[kept] != &region) regions[kept] = std::move(region);
    last[key] = kept++;
  }
  regions.resize(kept);
}

std::string describe(Interval const& place) {
  return place.contig + ":" + std::to_string(place.start) + "-" + std::to_string(place.end) + "(" +
         place.strand + ")";
}

}  // namespace

std::vector<NamedRegion> transcription_starts(std::span<AnnotationFeature const> features) {
  std::vector<NamedRegion> starts;
  starts.reserve(features.size());
  for (AnnotationFeature const& feature : features) {
    NamedRegion start;
    start.interval = first_base(feature.interval);
    start.tss = start.interval.start;
    start.name = feature.id();
    start.gene_id = feature.gene_id;
    start.gene_name = feature.gene_name;
    start.transcript_id = feature.transcript_id;
    start.biotype = feature.biotype;
    start.line = feature.line;
    starts.push_back(std::move(start));
  }
  return starts;
}

std::vector<NamedRegion> named_regions(std::span<Region const> regions) {
  std::vector<NamedRegion> result;
  result.reserve(regions.size());
  for (Region const& region : regions) {
    NamedRegion named;
    named.interval = region.interval;
    named.name = region.name;
    named.score = region.score;
    named.line = region.line;
    result.push_back(std::move(named));
  }
  return result;
}

std::vector<NamedRegion> transcription_starts(std::span<Region const> regions, std::string const& source) {
  std::vector<NamedRegion> starts = named_regions(regions);
  for (NamedRegion& start : starts) {
    if (start.interval.strand == '.') {
      throw InputError(where(source, start) +
                       "has no strand, so that upstream is not known (column 6: + or -)");
    }
    start.interval = first_base(start.interval);
    start.tss = start.interval.start;
  }
  return starts;
}

std::vector<NamedRegion> promoter_regions(std::vector<NamedRegion> starts, PromoterOptions const& options,
                                          Genome const& genome, std::string const& source, Log& log) {
  if (options.upstream_bp + options.downstream_bp < 1) {
    throw UsageError("a promoter needs bases upstream or downstream of its TSS");
  }
  for (NamedRegion const& start : starts) check_on_contig(start, genome, source);
  if (options.tss != TssRule::all) keep_unique(starts);
  for (NamedRegion& start : starts) open_window(start.interval, options);
  fit_ends(starts, options.ends, genome, source, log);
  sort_by_place(starts, genome);
  if (options.tss == TssRule::merged) merge_overlaps(starts);
  return starts;
}

std::vector<Region> regions_on_genome(std::vector<Region> regions, ContigEnds ends, Genome const& genome,
                                      std::string const& source, Log& log) {
  std::string first;  // what is wrong with the first that is left out
  auto const is_past = [&](Region& region) {
    Interval& place = region.interval;
    std::string const at = source + ":" + std::to_string(region.line) + ": ";
    if (!genome.has(place.contig)) throw InputError(at + genome.explain_missing(place.contig));
    std::int64_t const length = genome.length(place.contig);
    if (ends == ContigEnds::clip && place.start < length) place.end = std::min(place.end, length);
    if (place.end <= length) return false;
    if (first.empty())
      first = at + "end " + std::to_string(place.end) + " is past the end of contig '" + place.contig +
              "', which has " + std::to_string(length) + " bases in " + genome.name();
    return true;
  };
  std::size_t const count = regions.size();
  std::vector<Region> kept;
  for (Region& region : regions) {
    if (!is_past(region)) kept.push_back(std::move(region));
  }
  std::string const remedy = " (give the assembly that the regions were made on, or --contig-ends clip)";
  if (kept.empty()) throw InputError(first + remedy);
  if (kept.size() < count) {
    log.warning(first + "; left out with all like it: " + std::to_string(count - kept.size()) + " of " +
                std::to_string(count) + " regions" + remedy);
  }
  return kept;
}

std::vector<NamedRegion> centered_regions(std::span<Region const> regions, std::int64_t width,
                                          ContigEnds ends, Genome const& genome, std::string const& source,
                                          Log& log) {
  std::vector<NamedRegion> windows = named_regions(regions);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    Interval& place = windows[i].interval;
    std::int64_t const middle =
        regions[i].summit >= 0 ? place.start + regions[i].summit : place.start + place.length() / 2;
    place.start = middle - width / 2;
    place.end = place.start + width;
  }
  fit_ends(windows, ends, genome, source, log);
  return windows;
}

std::int64_t name_regions(std::vector<NamedRegion>& regions) {
  std::vector<SequenceRecord> records(regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    std::string name = regions[i].name.empty() ? describe(regions[i].interval) : regions[i].name;
    for (char& letter : name) letter = static_cast<unsigned char>(letter) <= ' ' ? '_' : letter;
    records[i].name = std::move(name);
  }
  std::int64_t const renamed = make_names_unique(records);
  for (std::size_t i = 0; i < regions.size(); ++i) regions[i].name = std::move(records[i].name);
  return renamed;
}

}  // namespace cislens
