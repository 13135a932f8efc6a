#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"
#include "cislens/seqio/genome.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Where alignments come from and what is allowed with them.
struct AlignmentInput {
  std::string path;
  std::string reference;      ///< FASTA of the genome; CRAM is decoded with it
  bool allow_cram = false;    ///< trust this CRAM even with an HTSlib whose CRAM decoder has known faults
  bool allow_remote = false;  ///< paths may be URLs
  int threads = 1;            ///< for decompression
};

/// How to tell samples apart.
enum class ColumnRule {
  file,       ///< a column a file
  sample,     ///< a column for each SM of the header's @RG lines
  read_group  ///< a column for each @RG
};

/// A BAM, CRAM or SAM file that is open for reading. With an index that is there, newer than the file, and
/// reaches far enough, only what is asked for is read; else the file is read from start to end, which gives
/// the same results. Not for several threads at once.
class AlignmentFile {
 public:
  /// Nothing is fetched over the network unless `allow_remote`: neither the file nor a reference of a CRAM.
  /// @throws InputError  the file is missing, is none of these, or lacks its end marker (cut short); CRAM on
  /// an
  ///                     HTSlib with known faults without `allow_cram`; a URL without `allow_remote`
  AlignmentFile(AlignmentInput const& input, Log& log);
  ~AlignmentFile();
  AlignmentFile(AlignmentFile&&) noexcept;
  AlignmentFile& operator=(AlignmentFile&&) noexcept;

  std::string const& name() const;  ///< its path
  bool is_cram() const;
  bool has_index() const;  ///< one that is used

  /// Names of what `rule` tells apart, in the order of the header; one for `file`: the file name without
  /// folder and ending. @throws InputError  the header has no @RG line, or one without SM for `sample`
  std::vector<std::string> columns(ColumnRule rule) const;

  /// @throws InputError  a contig has another length than in `genome`, or none is in it: another assembly
  void check_assembly(Genome const& genome) const;
  /// @throws InputError  regions on a contig that the header lacks, or past its end
  void check_regions(std::span<Interval const> regions) const;

  /// For the files of this layer: src/seqio/alignment_reader.hpp.
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// What a file is called where nobody gives it a name: without folder and without .bam, .cram, .sam, .sam.gz.
std::string alignment_name(std::string const& path);

/// Whether this version of HTSlib ("1.16", "1.21-5-gabc") has a CRAM decoder with known memory faults: those
/// before 1.21.2, 1.22.3 and 1.23.2. Source: CVE-2026-31962 to 31971 and CVE-2026-62257.
bool has_cram_faults(std::string_view htslib_version);

}  // namespace cislens
