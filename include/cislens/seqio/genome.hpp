#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// A FASTA file with random access, plain or bgzipped. Not for several threads at once.
///
/// Its index (FILE.fai, and FILE.gzi when bgzipped) is used when it is there, made beside the file when it is
/// not and the folder can be written, and else made in memory.
class Genome {
 public:
  /// @throws InputError  the file cannot be read, is not FASTA, is gzipped but not bgzipped, or has lines of
  /// unequal
  ///                     length in a sequence
  Genome(std::string path, Log& log);
  ~Genome();
  Genome(Genome&&) noexcept;
  Genome& operator=(Genome&&) noexcept;

  std::string const& name() const;                  ///< its path
  std::vector<std::string> const& contigs() const;  ///< in file order
  bool has(std::string const& contig) const;
  /// Bases of a contig. @throws InputError  there is none of this name
  std::int64_t length(std::string const& contig) const;

  /// "contig 'chr1' is not in hg38.fa (...)", with what the names look like and what to do about it.
  std::string explain_missing(std::string const& contig) const;

  /// The letters of an interval as the file has them, reverse-complemented for strand '-'.
  /// @returns exactly `interval.length()` letters
  /// @throws InputError  no such contig, or not within it, or the index does not fit the file
  std::string fetch(Interval const& interval);

  /// Reads a whole contig, which makes fetches from it many times faster, and forgets the one loaded before.
  /// @returns its letters, valid until the next `load`
  std::string_view load(std::string const& contig);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cislens
