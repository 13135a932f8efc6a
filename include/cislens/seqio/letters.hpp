#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cislens {

/// What a character of a sequence file stands for. Case does not matter.
enum class Letter : std::uint8_t {
  base,       ///< A C G T U
  unknown,    ///< N, and X as some maskers write it
  ambiguous,  ///< the other IUPAC letters: R Y S W K M B D H V
  blank,      ///< white space
  other       ///< everything else: gaps, digits, amino acids, ...
};

/// The class of every character, by its code.
std::array<Letter, 256> const& letter_classes();

/// What `append_bases` has seen.
struct LetterCounts {
  std::int64_t letters = 0;    ///< all but blanks
  std::int64_t ambiguous = 0;  ///< became N
};

/// Adds the bases of `text` to `bases`: A C G T N, case kept; U becomes T, `unknown` and `ambiguous` letters
/// become N, blanks are left out.
///
/// @param mask_lowercase  lower-case letters become N
/// @returns the place in `text` of the first letter of class `other`, where the work stopped, or npos
std::size_t append_bases(std::string_view text, bool mask_lowercase, LetterCounts& counts,
                         std::string& bases);

/// What is wrong with a letter of class `other`, and what to do: "'L' is not a nucleotide (...)".
std::string explain_letter(char letter);

/// The reverse complement of text with IUPAC letters; case is kept, U is complemented to A, other characters
/// stay.
std::string reverse_complement_letters(std::string_view letters);

}  // namespace cislens
