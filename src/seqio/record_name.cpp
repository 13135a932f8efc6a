#include "cislens/seqio/record_name.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cislens {

namespace {

bool parse_position(std::string_view text, std::int64_t& value) {
  bool const digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && parse_number(text, value);
}

/// contig:start-end, contig:start-end(strand); samtools faidx adds "/rc" to what it reverse-complemented.
std::optional<Interval> colon_place(std::string_view text) {
  Interval place;
  if (text.ends_with("/rc")) {
    place.strand = '-';
    text.remove_suffix(3);
  } else if (text.size() > 3 && text.ends_with(')') && text[text.size() - 3] == '(') {
    place.strand = text[text.size() - 2];
    if (place.strand != '+' && place.strand != '-' && place.strand != '.') return std::nullopt;
    text.remove_suffix(3);
  }
  std::size_t const colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view const range = text.substr(colon + 1);
  std::size_t const dash = range.find('-');
  if (dash == std::string_view::npos || !parse_position(range.substr(0, dash), place.start) ||
      !parse_position(range.substr(dash + 1), place.end)) {
    return std::nullopt;
  }
  place.contig = text.substr(0, colon);
  return place;
}

/// assembly_contig_start_end_strand, where the contig may hold underscores itself.
std::optional<Interval> underscore_place(std::string_view name) {
  auto const parts = split(name, '_');
  if (parts.size() < 5 || (parts.back() != "+" && parts.back() != "-")) return std::nullopt;
  Interval place;
  place.strand = parts.back().front();
  std::string_view const start = parts[parts.size() - 3];
  if (!parse_position(start, place.start) || !parse_position(parts[parts.size() - 2], place.end))
    return std::nullopt;
  place.contig = std::string(parts[1].data(), start.data() - 1);
  return place;
}

std::optional<Interval> name_place(std::string_view name) {
  std::size_t const double_colon = name.rfind("::");
  if (double_colon != std::string_view::npos) {
    if (auto place = colon_place(name.substr(double_colon + 2))) return place;
  }
  if (auto place = colon_place(name)) return place;
  return underscore_place(name);
}

/// Sorting hashes takes a sixth of the time of a table of all names, which most files do not need.
bool may_have_twins(std::vector<SequenceRecord> const& records) {
  std::vector<std::size_t> hashes;
  hashes.reserve(records.size());
  for (SequenceRecord const& record : records) hashes.push_back(std::hash<std::string>{}(record.name));
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end();
}

}  // namespace

std::optional<Interval> stated_place(std::string_view header) {
  std::optional<Interval> place;
  constexpr std::string_view blanks = " \t";
  constexpr std::string_view range = "range=";
  std::size_t start = header.find_first_not_of(blanks);
  for (bool is_name = true; start != std::string_view::npos; is_name = false) {
    std::size_t const end = std::min(header.find_first_of(blanks, start), header.size());
    std::string_view word = header.substr(start, end - start);
    if (word.starts_with(range)) word.remove_prefix(range.size());
    if (!place) place = is_name ? name_place(word) : colon_place(word);
    if (place && (word == "strand=+" || word == "strand=-")) place->strand = word.back();
    start = header.find_first_not_of(blanks, end);
  }
  return place;
}

bool fit_place(Interval& place, std::int64_t length) {
  if (place.length() == length) return true;
  if (place.start < 1 || place.length() + 1 != length) return false;
  --place.start;
  return true;
}

std::int64_t make_names_unique(std::vector<SequenceRecord>& records) {
  if (!may_have_twins(records)) return 0;
  std::unordered_map<std::string, std::int64_t> last_number;
  for (SequenceRecord const& record : records) last_number.try_emplace(record.name, 0);
  std::int64_t renamed = 0;
  for (SequenceRecord& record : records) {
    // References into an unordered_map stay good when it grows.
    std::int64_t& number = last_number[record.name];
    if (++number == 1) continue;
    std::string name;
    do {
      name = record.name + "." + std::to_string(number++);
    } while (!last_number.try_emplace(name, 1).second);
    --number;
    if (record.origin.contig == record.name) record.origin.contig = name;
    record.name = std::move(name);
    ++renamed;
  }
  return renamed;
}

}  // namespace cislens
