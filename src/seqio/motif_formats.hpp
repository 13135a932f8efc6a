#pragma once

#include "cislens/base/motif_matrix.hpp"
#include "cislens/seqio/motif_database.hpp"
#include "cislens/seqio/text_input.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Four numbers of a position as a file has them, and where.
struct MotifRow {
  std::array<double, 4> values;
  std::int64_t line;
};

/// A motif as a file has it: `id` is not cleaned.
struct RawMotif {
  MotifMatrix matrix;
  std::int64_t line = 0;
  bool one_site = false;  ///< its number of sites is stated as 1, and is not in the matrix
};

/// @throws InputError  "name:line: what"
[[noreturn]] void fail_at(TextInput const& input, std::int64_t line, std::string const& what);

/// Words between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view line);

/// Do all words read as numbers? Fills `numbers`.
bool all_numbers(std::span<std::string_view const> words, std::vector<double>& numbers);

/// Probabilities from rows of probabilities (sum 1 ± 0.02) or, when a sum exceeds that and `counts_allowed`,
/// of counts; then also the number of sites.
/// @throws InputError  no rows, a value below 0 or not a number, a sum that fits neither
void set_rows(TextInput const& input, std::span<MotifRow const> rows, bool counts_allowed, RawMotif& motif);

/// The readers of each format; they take the input from its first line to its end.
std::vector<RawMotif> read_meme(TextInput& input, std::optional<std::array<double, 4>>& background);
std::vector<RawMotif> read_transfac(TextInput& input);
/// JASPAR and HOMER, which both start motifs with '>'. @param[out] format  that of the first motif
std::vector<RawMotif> read_angle_motifs(TextInput& input, MotifFormat& format);

}  // namespace cislens
