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

/// Settles by the length whether a start is 0-based or 1-based.
std::optional<Interval> fit(std::string_view contig, std::int64_t start, std::int64_t end, char strand,
                            std::int64_t length) {
  if (contig.empty()) return std::nullopt;
  if (end - start == length) return Interval{std::string(contig), start, end, strand};
  if (start > 0 && end - start + 1 == length) return Interval{std::string(contig), start - 1, end, strand};
  return std::nullopt;
}

/// contig:start-end, contig:start-end(strand); samtools faidx adds "/rc" to what it reverse-complemented.
std::optional<Interval> colon_place(std::string_view text, std::int64_t length) {
  char strand = '.';
  if (text.ends_with("/rc")) {
    strand = '-';
    text.remove_suffix(3);
  } else if (text.size() > 3 && text.ends_with(')') && text[text.size() - 3] == '(') {
    strand = text[text.size() - 2];
    if (strand != '+' && strand != '-' && strand != '.') return std::nullopt;
    text.remove_suffix(3);
  }
  std::size_t const colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view const range = text.substr(colon + 1);
  std::size_t const dash = range.find('-');
  std::int64_t start = 0;
  std::int64_t end = 0;
  if (dash == std::string_view::npos || !parse_position(range.substr(0, dash), start) ||
      !parse_position(range.substr(dash + 1), end)) {
    return std::nullopt;
  }
  return fit(text.substr(0, colon), start, end, strand, length);
}

/// assembly_contig_start_end_strand, where the contig may hold underscores itself.
std::optional<Interval> underscore_place(std::string_view name, std::int64_t length) {
  auto const parts = split(name, '_');
  if (parts.size() < 5 || parts.back().size() != 1) return std::nullopt;
  char const strand = parts.back()[0];
  std::int64_t start = 0;
  std::int64_t end = 0;
  if ((strand != '+' && strand != '-') || !parse_position(parts[parts.size() - 3], start) ||
      !parse_position(parts[parts.size() - 2], end) || end - start != length) {
    return std::nullopt;
  }
  char const* const contig_end = parts[parts.size() - 3].data() - 1;
  std::string_view const contig(parts[1].data(), static_cast<std::size_t>(contig_end - parts[1].data()));
  return fit(contig, start, end, strand, length);
}

std::optional<Interval> ucsc_place(std::vector<std::string_view> const& words, std::int64_t length) {
  constexpr std::string_view range = "range=";
  auto const word = std::find_if(words.begin(), words.end(), [&](auto w) { return w.starts_with(range); });
  if (word == words.end()) return std::nullopt;
  auto place = colon_place(word->substr(range.size()), length);
  for (auto const other : words) {
    if (place && (other == "strand=+" || other == "strand=-")) place->strand = other.back();
  }
  return place;
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

std::optional<Interval> place_in_header(std::string_view header, std::int64_t length) {
  std::vector<std::string_view> words;
  for (auto const word : split(header, ' ')) {
    for (auto const part : split(word, '\t')) {
      if (!part.empty()) words.push_back(part);
    }
  }
  if (words.empty()) return std::nullopt;
  std::string_view const name = words.front();
  std::size_t const double_colon = name.rfind("::");
  if (double_colon != std::string_view::npos) {
    if (auto place = colon_place(name.substr(double_colon + 2), length)) return place;
  }
  if (auto place = colon_place(name, length)) return place;
  if (auto place = underscore_place(name, length)) return place;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (auto place = colon_place(words[i], length); place && !words[i].starts_with("range=")) return place;
  }
  return ucsc_place(words, length);
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
