#include "scan_space.hpp"

#include "cislens/base/checksum.hpp"
#include "cislens/base/errors.hpp"
#include "cislens/seqio/letters.hpp"
#include "cislens/seqio/load_sequences.hpp"
#include "cislens/seqio/regions.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cislens {

namespace {

constexpr std::int64_t stretch_bp = 262'144;
/// As in load_sequences: from so many fetches on, a contig is read whole.
constexpr std::int64_t contig_bases_per_fetch = 100'000;

bool holds_sequences(TextInput const& input) {
  std::string_view const head = input.head();
  std::size_t const first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (head[first] == '>' || head[first] == '@' || head[first] == ';');
}

void check_region(Region const& region, Genome const& genome, std::string const& file) {
  Interval const& place = region.interval;
  std::string const where = file + ":" + std::to_string(region.line) + ": ";
  if (!genome.has(place.contig)) throw InputError(where + genome.explain_missing(place.contig));
  std::int64_t const length = genome.length(place.contig);
  if (place.end <= length) return;
  throw InputError(where + "end " + std::to_string(place.end) + " is past the end of contig '" +
                   place.contig + "', which has " + std::to_string(length) + " bases in " + genome.name() +
                   " (give the assembly that the regions were made on)");
}

std::vector<Region> read_scan_regions(TextInput& text, ScanInput const& input, Genome const& genome,
                                      Log& log) {
  // What is neither FASTA nor BED has its message there.
  if (text.head().starts_with("##gff")) load_sequences(text, input.genome, {}, log);
  std::vector<Region> regions = read_regions(text);
  for (Region const& region : regions) check_region(region, genome, text.name());
  return regions;
}

bool some_overlap(std::vector<SequenceRecord> const& records) {
  std::vector<Interval> places;
  for (SequenceRecord const& record : records) places.push_back(record.origin);
  std::ranges::sort(places, [](Interval const& a, Interval const& b) {
    return std::tie(a.contig, a.start) < std::tie(b.contig, b.start);
  });
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (places[i].contig == places[i - 1].contig && places[i].start < places[i - 1].end) return true;
  }
  return false;
}

}  // namespace

ScanSpace::ScanSpace(ScanInput const& input, Log& log) : mask_lowercase_(input.mask_lowercase) {
  // Opened once: what comes through a pipe comes once.
  std::optional<TextInput> text;
  if (!input.sequences.empty()) text.emplace(input.sequences);
  if (text && (input.genome.empty() || holds_sequences(*text))) {
    add_records(*text, input, log);
  } else {
    add_genome(text ? &*text : nullptr, input, log);
  }
  finish();
}

void ScanSpace::add_genome(TextInput* regions, ScanInput const& input, Log& log) {
  genome_.emplace(input.genome, log);
  std::unordered_map<std::string, std::int64_t> lengths;
  for (std::string const& contig : genome_->contigs()) lengths[contig] = genome_->length(contig);
  set_contigs(lengths);
  if (regions == nullptr) {
    for (TrackContig const& contig : contigs_) add_place(contig.name, {0, contig.length});
    return;
  }
  for (Region const& region : read_scan_regions(*regions, input, *genome_, log)) {
    add_place(region.interval.contig, {region.interval.start, region.interval.end});
  }
}

void ScanSpace::add_records(TextInput& text, ScanInput const& input, Log& log) {
  SequenceOptions reading;
  reading.mask_lowercase = mask_lowercase_;
  auto records = load_sequences(text, input.genome, reading, log);
  if (some_overlap(records)) {
    log.warning("records overlap on their contig, so that each is its own contig in all outputs");
    for (auto& record : records) record.origin = {record.name, 0, std::ssize(record.bases), '+'};
  }
  std::ranges::stable_sort(records, [](SequenceRecord const& a, SequenceRecord const& b) {
    return std::tie(a.origin.contig, a.origin.start) < std::tie(b.origin.contig, b.origin.start);
  });
  std::unordered_map<std::string, std::int64_t> lengths;
  for (auto const& record : records) {
    std::int64_t& length = lengths[record.origin.contig];
    length = std::max(length, record.origin.end);
  }
  set_contigs(lengths);
  for (auto& record : records) {
    Bases const bases = encode_bases(record.bases);
    add_place(record.origin.contig, {record.origin.start, record.origin.end});
    records_.push_back(record.origin.strand == '-' ? reverse_complement(bases) : bases);
    record.bases.clear();
    record.bases.shrink_to_fit();
  }
}

void ScanSpace::set_contigs(std::unordered_map<std::string, std::int64_t> const& lengths) {
  for (auto const& [name, length] : lengths) contigs_.push_back({name, length});
  std::ranges::sort(contigs_, {}, &TrackContig::name);
}

void ScanSpace::add_place(std::string const& contig, RecordWindow range) {
  auto const found = std::ranges::lower_bound(contigs_, contig, {}, &TrackContig::name);
  if (range.length() > 0) places_.push_back({static_cast<std::size_t>(found - contigs_.begin()), range});
}

/// Sorts the places and joins those that overlap or touch (of a genome only: records stay apart).
void ScanSpace::finish() {
  if (genome_) {
    std::ranges::sort(places_, [](ScanPlace const& a, ScanPlace const& b) {
      return std::tie(a.contig, a.range.start) < std::tie(b.contig, b.range.start);
    });
    std::vector<ScanPlace> joined;
    for (ScanPlace const& place : places_) {
      bool const joins = !joined.empty() && joined.back().contig == place.contig &&
                         place.range.start <= joined.back().range.end;
      if (!joins) {
        joined.push_back(place);
      } else {
        joined.back().range.end = std::max(joined.back().range.end, place.range.end);
      }
    }
    places_ = std::move(joined);
  }
  fetches_.assign(contigs_.size(), 0);
  for (ScanPlace const& place : places_) {
    bases_ += place.range.length();
    fetches_[place.contig] += (place.range.length() + stretch_bp - 1) / stretch_bp;
  }
}

std::int64_t ScanSpace::longest_contig() const {
  std::int64_t longest = 0;
  for (TrackContig const& contig : contigs_) longest = std::max(longest, contig.length);
  return longest;
}

std::string ScanSpace::records_sum() const {
  Checksum sum;
  for (Bases const& bases : records_) sum.add(bases.data(), bases.size() * sizeof bases.front());
  return sum.text();
}

std::vector<ScanStretch> ScanSpace::stretches() const {
  std::vector<ScanStretch> result;
  for (ScanPlace const& place : places_) {
    for (std::int64_t start = place.range.start; start < place.range.end; start += stretch_bp)
      result.push_back({place, {start, std::min(place.range.end, start + stretch_bp)}});
  }
  return result;
}

std::vector<ScanPlace> ScanSpace::sample(std::int64_t count, std::int64_t length) const {
  std::vector<ScanPlace> result;
  if (bases_ <= count * length && std::ssize(places_) <= count) return places_;
  auto place = places_.begin();
  std::int64_t before = 0;  // bases of the places that were passed
  for (std::int64_t k = 0; k < count; ++k) {
    // Not bases * k / count, which does not fit for many bases.
    std::int64_t const at = bases_ / count * k + bases_ % count * k / count;
    while (at - before >= place->range.length()) before += (place++)->range.length();
    std::int64_t const size = std::min(length, place->range.length());
    std::int64_t const start = std::min(place->range.start + at - before, place->range.end - size);
    ScanPlace const taken{place->contig, {start, start + size}};
    if (result.empty() || result.back() != taken) result.push_back(taken);
  }
  return result;
}

Bases ScanSpace::read(std::size_t contig, RecordWindow range) {
  if (!genome_) {
    auto const after =
        std::ranges::upper_bound(places_, std::pair(contig, range.start), {},
                                 [](ScanPlace const& p) { return std::pair(p.contig, p.range.start); });
    std::size_t const index = static_cast<std::size_t>(after - places_.begin()) - 1;
    auto const first = records_[index].begin() - places_[index].range.start;
    return {first + range.start, first + range.end};
  }
  std::string const& name = contigs_[contig].name;
  if (fetches_[contig] * contig_bases_per_fetch > contigs_[contig].length) genome_->load(name);
  std::string const letters = genome_->fetch({name, range.start, range.end, '+'});
  std::string bases;
  LetterCounts counts;
  std::size_t const bad = append_bases(letters, mask_lowercase_, counts, bases);
  if (bad == std::string::npos && bases.size() == letters.size()) return encode_bases(bases);
  throw InputError(genome_->name() + ": " + name + ":" + std::to_string(range.start) + "-" +
                   std::to_string(range.end) + ": " +
                   (bad == std::string::npos ? "holds blanks" : explain_letter(letters[bad])));
}

}  // namespace cislens
