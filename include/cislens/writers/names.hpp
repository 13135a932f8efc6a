#pragma once

#include <string>
#include <string_view>

namespace cislens {

/// Whether `id` matches [A-Za-z0-9_.-]{1,64}: safe in BED, MEME, GraphML, file names and shells.
bool is_motif_id(std::string_view id);

/// @throws InputError  when `is_motif_id` does not hold; says which characters are allowed
void check_motif_id(std::string_view id);

/// One column of a tab-separated file: tabs, line ends and other control characters become blanks; an empty
/// text becomes ".", so that no reader that joins blanks loses a column.
std::string table_field(std::string_view text);

/// As `table_field`, and blanks become '_': for BED contigs and MEME names, which end at a blank.
std::string word_field(std::string_view text);

}  // namespace cislens
