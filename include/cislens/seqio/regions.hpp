#pragma once

#include "cislens/base/interval.hpp"
#include "cislens/seqio/text_input.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// One line of a BED or narrowPeak file.
struct Region {
  Interval interval;
  std::string name;          ///< column 4, empty when missing or "."
  double score = 0;          ///< column 5; narrowPeak: signal, column 7
  std::int64_t summit = -1;  ///< narrowPeak: bases from `interval.start` to the summit; -1: none
  std::int64_t line = 0;     ///< where it stands in its file
};

/// Reads BED with 3 to 12 or more columns, or narrowPeak (BED6+4: told apart by ten columns of which the last
/// four are numbers). Columns are parted by tabs; lines without any tab by blanks. Blank lines, "#", "track"
/// and "browser" lines, and one line of column names (chrom start end) at the top are skipped. Columns after
/// those named above are not used.
///
/// @returns at least one region, in file order
/// @throws InputError  "file:line: what (remedy)": fewer than 3 columns, positions that are not numbers,
/// start < 0, end <= start,
///                     a score that is no number, a strand other than + - ., a summit outside its peak, and
///                     all errors of TextInput
std::vector<Region> read_regions(TextInput& input);
std::vector<Region> read_regions(std::string const& path);

/// Whether `line` says something about the file rather than naming a region: blank, #, track, browser.
bool is_bed_header(std::string_view line);

/// Whether `line` begins like a region: a word and two whole numbers.
bool looks_like_region(std::string_view line);

}  // namespace cislens
