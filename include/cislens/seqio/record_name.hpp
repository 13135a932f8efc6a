#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/seqio/sequences.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cislens {

/// The genomic place that a FASTA header states, if any, with its numbers as they stand. Recognised:
///
///   chr1:100-200(+)  chr1:100-200     the name, or its part after "::" (bedtools getfasta -name), or a later
///   word hg19_chr1_100_200_+               the name (Galaxy) range=chr1:101-200 strand=-       later words
///   (UCSC table browser)
///
/// @param header  the line without '>' or '@'
/// @returns the place; strand '.' when none is stated
std::optional<Interval> stated_place(std::string_view header);

/// Settles by the length of the record whether `place` was 0-based, half-open (bedtools) or 1-based,
/// inclusive (samtools, UCSC), and makes it 0-based.
/// @returns false, and `place` as it was, when neither gives that length: the name only looks like a place
bool fit_place(Interval& place, std::int64_t length);

/// Gives every record a name of its own: the second "peak" becomes "peak.2", or the next number that is free.
/// A record that is its own contig has its origin renamed with it.
/// @returns how many names were changed
std::int64_t make_names_unique(std::vector<SequenceRecord>& records);

}  // namespace cislens
