#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/base/log.hpp"
#include "cislens/seqio/text_input.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cislens {

/// One sequence as it was read.
struct SequenceRecord {
  std::string name;   ///< first word of the header, no two alike
  std::string bases;  ///< A C G T N, case as in the file
  Interval origin;    ///< genomic place; {name, 0, length, '+'} when none is known. Strand '-': the bases are
                      ///< the reverse complement of the contig; '+' and '.': they run with it
};

/// How sequences are read, whether from sequence files or from regions of a genome.
struct SequenceOptions {
  bool mask_lowercase = false;  ///< lower-case (soft-masked) bases become N
  bool center = false;          ///< take `width` bases around the summit, or the middle when there is none
  std::int64_t width = 0;       ///< with `center`: > 0
  bool genome_is_for_more = false;  ///< a genome given with a sequence file is no mistake
};

/// Reads FASTA or FASTQ, told apart by the first character.
///
/// U is T. The other IUPAC letters (and X) are N; they are counted and logged once. Blank lines and ';' lines
/// are skipped. Records without bases are left out, records of N only are kept; equal names get ".2", ".3",
/// ...; both are counted in one warning. Lengths may differ. Qualities of FASTQ are checked for their number
/// and dropped.
/// A header that states a genomic place of the record's length gives its origin; when most places in a file
/// have another length, none counts (record_name.hpp).
///
/// @throws InputError  "file:line: what (remedy)": not FASTA or FASTQ, letters that are not nucleotides
/// (protein),
///                     a FASTQ record that does not hold together, no sequence at all, and all errors of
///                     TextInput
std::vector<SequenceRecord> read_sequences(TextInput& input, SequenceOptions const& options, Log& log);
std::vector<SequenceRecord> read_sequences(std::string const& path, SequenceOptions const& options, Log& log);

}  // namespace cislens
