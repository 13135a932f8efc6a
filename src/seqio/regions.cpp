#include "cislens/seqio/regions.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace cislens {

namespace {

std::vector<std::string_view> columns_of(std::string_view line) {
  if (line.find('\t') != std::string_view::npos) return split(line, '\t');
  std::vector<std::string_view> columns;
  for (auto const word : split(line, ' ')) {
    if (!word.empty()) columns.push_back(word);
  }
  return columns;
}

bool is_column_names(std::vector<std::string_view> const& columns) {
  constexpr std::array names{"start", "Start", "START", "chromStart", "chromstart", "begin"};
  return columns.size() >= 3 && std::find(names.begin(), names.end(), columns[1]) != names.end();
}

bool is_narrow_peak(std::vector<std::string_view> const& columns) {
  double number = 0;
  std::int64_t summit = 0;
  return columns.size() == 10 && parse_number(columns[6], number) && parse_number(columns[7], number) &&
         parse_number(columns[8], number) && parse_number(columns[9], summit);
}

std::int64_t read_position(TextInput const& input, std::string_view text, std::string const& which) {
  std::int64_t value = 0;
  if (!parse_number(text, value)) {
    input.fail(which + " '" + std::string(text) +
               "' is not a whole number (BED columns: contig, start, end, name, score, strand)");
  }
  return value;
}

void read_place(TextInput const& input, std::vector<std::string_view> const& columns, Region& region) {
  if (columns.size() < 3) {
    input.fail("found " + std::to_string(columns.size()) +
               " of at least 3 columns (contig, start and end, separated by tabs)");
  }
  region.interval.contig = trim(columns[0]);
  if (region.interval.contig.empty()) input.fail("the contig name is empty (column 1)");
  region.interval.start = read_position(input, columns[1], "start");
  region.interval.end = read_position(input, columns[2], "end");
  if (region.interval.start < 0)
    input.fail("start " + std::to_string(region.interval.start) + " is below 0 (BED is 0-based)");
  if (region.interval.end <= region.interval.start) {
    input.fail("end " + std::to_string(region.interval.end) + " is not greater than start " +
               std::to_string(region.interval.start) + " (BED is 0-based, half-open)");
  }
}

void read_annotation(TextInput const& input, std::vector<std::string_view> const& columns, Region& region) {
  if (columns.size() > 3 && columns[3] != ".") region.name = trim(columns[3]);
  bool const has_score = columns.size() > 4 && columns[4] != "." && !columns[4].empty();
  if (has_score && (!parse_number(columns[4], region.score) || std::isnan(region.score))) {
    input.fail("score '" + std::string(columns[4]) + "' is not a number (column 5; cut -f1-4 leaves it out)");
  }
  if (columns.size() > 5 && !columns[5].empty()) {
    region.interval.strand = columns[5].size() == 1 ? columns[5][0] : '?';
    if (std::string_view("+-.").find(region.interval.strand) == std::string_view::npos) {
      input.fail("strand '" + std::string(columns[5]) +
                 "' is not +, - or . (column 6; cut -f1-5 leaves it out)");
    }
  }
}

void read_summit(TextInput const& input, std::vector<std::string_view> const& columns, Region& region) {
  if (!is_narrow_peak(columns)) {
    input.fail("is not narrowPeak as the first line is (10 columns, of which 7 to 10 are numbers)");
  }
  parse_number(columns[6], region.score);
  parse_number(columns[9], region.summit);
  if (region.summit < -1 || region.summit >= region.interval.length()) {
    input.fail("summit " + std::to_string(region.summit) + " is outside its peak of " +
               std::to_string(region.interval.length()) +
               " bases (column 10 counts from the start; -1: none)");
  }
}

}  // namespace

bool is_bed_header(std::string_view line) {
  auto const is_word = [&](std::string_view word) {
    return line.starts_with(word) &&
           (line.size() == word.size() || line[word.size()] == ' ' || line[word.size()] == '\t');
  };
  return trim(line).empty() || line.starts_with('#') || is_word("track") || is_word("browser");
}

bool looks_like_region(std::string_view line) {
  auto const columns = columns_of(line);
  std::int64_t number = 0;
  return columns.size() >= 3 && parse_number(columns[1], number) && parse_number(columns[2], number);
}

std::vector<Region> read_regions(TextInput& input) {
  std::vector<Region> regions;
  bool first = true;
  bool has_summits = false;
  for (std::string_view line; input.next(line);) {
    if (is_bed_header(line)) continue;
    auto const columns = columns_of(line);
    bool const was_first = std::exchange(first, false);
    if (was_first && is_column_names(columns)) continue;
    Region region;
    region.line = input.line_number();
    read_place(input, columns, region);
    read_annotation(input, columns, region);
    if (regions.empty()) has_summits = is_narrow_peak(columns);
    if (has_summits) read_summit(input, columns, region);
    regions.push_back(std::move(region));
  }
  if (regions.empty())
    input.fail("no region up to the end of the file (at least one line of contig, start, end is needed)");
  return regions;
}

std::vector<Region> read_regions(std::string const& path) {
  TextInput input(path);
  return read_regions(input);
}

}  // namespace cislens
