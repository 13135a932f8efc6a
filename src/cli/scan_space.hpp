#pragma once

#include "cislens/base/log.hpp"
#include "cislens/base/nucleotide.hpp"
#include "cislens/base/windows.hpp"
#include "cislens/seqio/genome.hpp"
#include "cislens/seqio/text_input.hpp"
#include "cislens/writers/track.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cislens {

/// What is scanned, as the user names it.
struct ScanInput {
  std::string sequences;  ///< FASTA, FASTQ, BED or narrowPeak; empty: the whole genome
  std::string genome;     ///< FASTA; may be empty when `sequences` is a sequence file
  bool mask_lowercase = false;
};

/// A stretch of a contig that is scanned as if there were nothing around it.
struct ScanPlace {
  std::size_t contig = 0;
  RecordWindow range;

  bool operator==(ScanPlace const&) const = default;
};

/// A part of a place, the unit of work. Where stretches begin does not depend on shards or threads.
struct ScanStretch {
  ScanPlace place;
  RecordWindow own;  ///< within place.range
};

/// The sequences of a scan: places on contigs, without overlaps, by contig as `LC_ALL=C sort` has them, then
/// by start. Overlapping and touching regions are one place, strands left aside. Records of a sequence file
/// with a known origin are places on its contig, unless some of them overlap: then each is its own contig.
class ScanSpace {
 public:
  /// @param input  names at least one of the two
  /// @throws InputError  of the readers; a region that is not on the genome; regions without a genome
  ScanSpace(ScanInput const& input, Log& log);

  std::vector<TrackContig> const& contigs() const { return contigs_; }
  std::vector<ScanPlace> const& places() const { return places_; }
  std::int64_t bases() const { return bases_; }
  std::int64_t longest_contig() const;
  /// Checksum of the bases of records; of a genome, which is read as it is needed, always the same.
  std::string records_sum() const;

  /// All of it, in order.
  std::vector<ScanStretch> stretches() const;
  /// `count` stretches of up to `length` bases, evenly spaced; all places when that is not more.
  std::vector<ScanPlace> sample(std::int64_t count, std::int64_t length) const;
  /// The bases of a stretch of a contig. @throws InputError  a letter that is no nucleotide
  Bases read(std::size_t contig, RecordWindow range);

 private:
  void add_genome(TextInput* regions, ScanInput const& input, Log& log);
  void add_records(TextInput& text, ScanInput const& input, Log& log);
  void set_contigs(std::unordered_map<std::string, std::int64_t> const& lengths);
  void add_place(std::string const& contig, RecordWindow range);
  void finish();

  bool mask_lowercase_;
  std::optional<Genome> genome_;
  std::vector<TrackContig> contigs_;
  std::vector<ScanPlace> places_;
  std::vector<Bases> records_;         ///< one a place, when there is no genome
  std::vector<std::int64_t> fetches_;  ///< by contig: how many stretches will be read
  std::int64_t bases_ = 0;
};

}  // namespace cislens
