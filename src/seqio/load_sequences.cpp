#include "cislens/seqio/load_sequences.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"
#include "cislens/seqio/fetch_regions.hpp"
#include "cislens/seqio/letters.hpp"
#include "cislens/seqio/record_name.hpp"
#include "cislens/seqio/regions.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cislens {

namespace {

std::string where(TextInput const& input, Region const& region) {
  return input.name() + ":" + std::to_string(region.line) + ": ";
}

void check_on_genome(TextInput const& input, Region const& region, Genome const& genome) {
  Interval const& place = region.interval;
  if (!genome.has(place.contig))
    throw InputError(where(input, region) + genome.explain_missing(place.contig));
  std::int64_t const length = genome.length(place.contig);
  if (place.end <= length) return;
  throw InputError(where(input, region) + "end " + std::to_string(place.end) +
                   " is past the end of contig '" + place.contig + "', which has " + std::to_string(length) +
                   " bases in " + genome.name() + " (give the assembly that the regions were made on)");
}

void center_on_summit(Region& region, std::int64_t width) {
  Interval& place = region.interval;
  std::int64_t const middle =
      region.summit >= 0 ? place.start + region.summit : place.start + place.length() / 2;
  place.start = middle - width / 2;
  place.end = place.start + width;
}

/// The regions as windows on the genome, those that do not fit left out.
std::vector<Region> place_windows(TextInput& input, Genome const& genome, SequenceOptions const& options,
                                  Log& log) {
  std::vector<Region> regions = read_regions(input);
  for (Region const& region : regions) check_on_genome(input, region, genome);
  if (!options.center) return regions;
  for (Region& region : regions) center_on_summit(region, options.width);
  auto const count = regions.size();
  std::erase_if(regions, [&](Region const& region) {
    return region.interval.start < 0 || region.interval.end > genome.length(region.interval.contig);
  });
  if (regions.empty()) {
    throw InputError(input.name() + ": no window of " + std::to_string(options.width) +
                     " bases fits on its contig (choose a smaller --width)");
  }
  if (regions.size() < count) {
    log.warning(input.name() + ": " + std::to_string(count - regions.size()) + " of " +
                std::to_string(count) + " windows reach past the end of their contig and were left out");
  }
  return regions;
}

std::string describe(Interval const& place) {
  return place.contig + ":" + std::to_string(place.start) + "-" + std::to_string(place.end) + "(" +
         place.strand + ")";
}

/// The line of `head` that tells what the file is: the first that is neither blank nor a comment.
std::string_view telling_line(std::string_view head) {
  for (auto const line : split(head, '\n')) {
    if (!is_bed_header(line) && !line.starts_with(';')) return trim(line);
  }
  return {};
}

/// The `width` bases around the middle of every record, those that are too short left out.
std::vector<SequenceRecord> center_records(std::vector<SequenceRecord> records, std::int64_t width,
                                           std::string const& source, Log& log) {
  auto const count = records.size();
  std::erase_if(records, [&](SequenceRecord const& record) { return std::ssize(record.bases) < width; });
  std::string const wanted = std::to_string(width) + " bases";
  if (records.empty()) throw InputError(source + ": no record has " + wanted + " (choose a smaller --width)");
  if (records.size() < count) {
    log.warning(source + ": " + std::to_string(count - records.size()) + " of " + std::to_string(count) +
                " records have less than " + wanted + " and were left out");
  }
  for (SequenceRecord& record : records) {
    std::int64_t const first = std::ssize(record.bases) / 2 - width / 2;
    record.bases = record.bases.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(width));
    Interval& place = record.origin;
    place.start = place.strand == '-' ? place.end - first - width : place.start + first;
    place.end = place.start + width;
  }
  return records;
}

void check_windows(SequenceOptions const& options) {
  if (options.center && !(options.width > 0))
    throw UsageError("--center needs --width with the number of bases");
  if (options.width > 0 && !options.center)
    throw UsageError("--width is the width of windows that --center takes; give both");
}

bool is_sam_header(std::string_view line) {
  return line.size() > 3 && line[0] == '@' && line[3] == '\t' &&
         (line.starts_with("@HD") || line.starts_with("@SQ") || line.starts_with("@RG") ||
          line.starts_with("@PG"));
}

}  // namespace

std::vector<SequenceRecord> read_regions_as_sequences(TextInput& input, Genome& genome,
                                                      SequenceOptions const& options, Log& log) {
  if (options.center && !(options.width > 0))
    throw UsageError("--center needs --width with the number of bases");
  std::vector<Region> const regions = place_windows(input, genome, options, log);
  std::vector<Interval> places;
  for (Region const& region : regions) places.push_back(region.interval);
  std::vector<std::string> const letters = fetch_regions(genome, places);

  std::vector<SequenceRecord> records(regions.size());
  LetterCounts counts;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    append_bases(letters[i], options.mask_lowercase, counts, records[i].bases);
    records[i].origin = places[i];
  }
  for (std::size_t i = 0; i < regions.size(); ++i) {
    records[i].name = regions[i].name.empty() ? describe(regions[i].interval) : regions[i].name;
  }
  std::int64_t const renamed = make_names_unique(records);
  if (renamed > 0) {
    log.warning(input.name() + ": " + std::to_string(renamed) +
                " regions have the name of an earlier one; .2, .3, ... was added to theirs");
  }
  if (counts.ambiguous > 0) {
    log.info(genome.name() + ": " + std::to_string(counts.ambiguous) + " of " +
             std::to_string(counts.letters) +
             " letters are IUPAC letters other than A C G T U N and were read as N");
  }
  return records;
}

std::vector<SequenceRecord> load_sequences(std::string const& path, std::string const& genome_path,
                                           SequenceOptions const& options, Log& log) {
  check_windows(options);
  TextInput input(path);
  return load_sequences(input, genome_path, options, log);
}

std::vector<SequenceRecord> load_sequences(TextInput& input, std::string const& genome_path,
                                           SequenceOptions const& options, Log& log) {
  check_windows(options);
  if (input.head().starts_with("##gff-version")) {
    throw InputError(input.name() +
                     ": is GFF3, which names many kinds of places (promoters from it: cislens extract)");
  }
  std::string_view const line = telling_line(input.head());
  if (is_sam_header(line)) throw InputError(input.name() + ": is SAM (sequences from it: samtools fasta)");
  if (line.starts_with('>') || line.starts_with('@')) {
    if (!genome_path.empty() && !options.genome_is_for_more)
      log.warning(input.name() + ": holds sequences, so that " + genome_path + " (-g) is not read for it");
    auto records = read_sequences(input, options, log);
    return options.center ? center_records(std::move(records), options.width, input.name(), log)
                          : std::move(records);
  }
  if (genome_path.empty() && looks_like_region(line)) {
    throw InputError(input.name() + ": holds regions, not sequences (give their genome with -g GENOME.fa)");
  }
  if (genome_path.empty() || line.find_first_of(" \t") == std::string_view::npos) {
    throw InputError(input.name() + ": is neither FASTA, FASTQ nor BED; it begins with '" +
                     std::string(line.substr(0, 20)) + "' (FASTA begins with '>', FASTQ with '@')");
  }
  Genome genome(genome_path, log);
  return read_regions_as_sequences(input, genome, options, log);
}

}  // namespace cislens
