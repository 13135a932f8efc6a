#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/seqio/sequences.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cislens {

/// The genomic place that a FASTA header states, if any. A place counts only when its length is that of the
/// record, so a name that looks like one by chance does not become one. Recognised, in this order:
///
///   chr1:100-200(+)  chr1:100-200     the name, or its part after "::" (bedtools getfasta -name);
///                                     end - start = length: 0-based start; one base more: 1-based (samtools
///                                     faidx)
///   hg19_chr1_100_200_+               the name (Galaxy, UCSC), 0-based
///   ... chr1:100-200(+)               any later word, as above
///   ... range=chr1:101-200 strand=-   UCSC table browser, 1-based
///
/// @param header  the line without '>' or '@'
/// @param length  bases of the record
/// @returns the place; strand '.' when none is stated
std::optional<Interval> place_in_header(std::string_view header, std::int64_t length);

/// Gives every record a name of its own: the second "peak" becomes "peak.2", or the next number that is free.
/// A record that is its own contig has its origin renamed with it.
/// @returns how many names were changed
std::int64_t make_names_unique(std::vector<SequenceRecord>& records);

}  // namespace cislens
