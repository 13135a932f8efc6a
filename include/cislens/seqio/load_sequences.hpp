#pragma once

#include "cislens/base/log.hpp"
#include "cislens/seqio/genome.hpp"
#include "cislens/seqio/sequences.hpp"
#include "cislens/seqio/text_input.hpp"

#include <string>
#include <vector>

namespace cislens {

/// The sequences of the regions in a BED or narrowPeak file, in file order; strand '-' is
/// reverse-complemented. A record is named by column 4, else "contig:start-end(strand)"; equal names get
/// ".2", ".3", ...
///
/// With `options.center` each region gives the `width` bases around its summit, or around its middle when it
/// has none; for an even width there is one base more to the left of it. Windows that do not fit on their
/// contig are left out and counted in a warning.
///
/// @throws InputError  all of read_regions and Genome; "file:line: ..." for a contig that the genome lacks
/// and for a
///                     region past the end of its contig; no window left
/// @throws UsageError  `center` without a width
std::vector<SequenceRecord> read_regions_as_sequences(TextInput& input, Genome& genome,
                                                      SequenceOptions const& options, Log& log);

/// Whatever people call "sequences": FASTA, FASTQ, or BED/narrowPeak with a genome, told apart by content.
/// `options.center` takes the middle of the records of a sequence file, as it takes that of regions; records
/// shorter than the width are left out and counted in a warning.
///
/// @param genome_path  empty: none
/// @throws InputError  regions without a genome, SAM, or a file that is none of these; all errors of the
/// readers; no record as long as the width
/// @throws UsageError  `center` without a width, or a width without `center`
std::vector<SequenceRecord> load_sequences(std::string const& path, std::string const& genome_path,
                                           SequenceOptions const& options, Log& log);
/// The same of an input from which nothing was taken yet.
std::vector<SequenceRecord> load_sequences(TextInput& input, std::string const& genome_path,
                                           SequenceOptions const& options, Log& log);

}  // namespace cislens
