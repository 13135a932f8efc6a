#include "cislens/seqio/letters.hpp"

#include <seqan3/alphabet/nucleotide/dna15.hpp>
#include <seqan3/alphabet/nucleotide/dna5.hpp>

#include <algorithm>
#include <cctype>

namespace cislens {

namespace {

std::array<Letter, 256> make_classes() {
  std::array<Letter, 256> classes{};
  for (int code = 0; code < 256; ++code) {
    char const upper = static_cast<char>(std::toupper(code));
    Letter& letter = classes[static_cast<std::size_t>(code)];
    letter = Letter::other;
    if (code >= 128) continue;  // `toupper` knows more letters in some locales
    if (std::isspace(code) != 0) letter = Letter::blank;
    // SeqAn3: dna5 is A C G N T and takes U for T; dna15 is all of IUPAC. Both take either case.
    if (seqan3::char_is_valid_for<seqan3::dna15>(upper)) letter = Letter::ambiguous;
    if (seqan3::char_is_valid_for<seqan3::dna5>(upper)) letter = Letter::base;
    if (upper == 'N' || upper == 'X') letter = Letter::unknown;
  }
  return classes;
}

std::array<char, 256> make_complements() {
  std::array<char, 256> complements{};
  for (int code = 0; code < 256; ++code) {
    char const letter = static_cast<char>(code);
    complements[static_cast<std::size_t>(code)] = letter;
    if (code >= 128 || !seqan3::char_is_valid_for<seqan3::dna15>(letter)) continue;
    char const other = seqan3::to_char(seqan3::complement(seqan3::assign_char_to(letter, seqan3::dna15{})));
    bool const is_lower = std::islower(code) != 0;
    complements[static_cast<std::size_t>(code)] = is_lower ? static_cast<char>(std::tolower(other)) : other;
  }
  return complements;
}

/// Characters that are copied as they are, or with another letter in their place; 0: look closer.
std::array<char, 256> make_plain_letters(bool mask_lowercase) {
  std::array<char, 256> plain{};
  for (char const letter : std::string_view("ACGTN")) {
    plain[static_cast<unsigned char>(letter)] = letter;
    plain[static_cast<unsigned char>(std::tolower(letter))] =
        mask_lowercase ? 'N' : static_cast<char>(std::tolower(letter));
  }
  plain['U'] = 'T';
  plain['u'] = mask_lowercase ? 'N' : 't';
  return plain;
}

}  // namespace

std::array<Letter, 256> const& letter_classes() {
  static std::array<Letter, 256> const classes = make_classes();
  return classes;
}

std::size_t append_bases(std::string_view text, bool mask_lowercase, LetterCounts& counts,
                         std::string& bases) {
  static std::array<std::array<char, 256>, 2> const tables{make_plain_letters(false),
                                                           make_plain_letters(true)};
  std::array<char, 256> const& plain = tables[mask_lowercase ? 1 : 0];
  std::size_t const before = bases.size();
  bases.resize(before + text.size());
  char* out = bases.data() + before;
  bool all_plain = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out[i] = plain[static_cast<unsigned char>(text[i])];
    all_plain &= out[i] != 0;
  }
  counts.letters += static_cast<std::int64_t>(text.size());
  if (all_plain) return std::string_view::npos;

  std::size_t kept = 0;
  std::size_t place = 0;
  for (; place < text.size(); ++place) {
    char const letter = text[place];
    Letter const type = letter_classes()[static_cast<unsigned char>(letter)];
    if (type == Letter::other) break;
    counts.letters -= type == Letter::blank ? 1 : 0;
    counts.ambiguous += type == Letter::ambiguous ? 1 : 0;
    if (type == Letter::blank) continue;
    bool const is_lower = std::islower(static_cast<unsigned char>(letter)) != 0;
    char const base = plain[static_cast<unsigned char>(letter)];
    out[kept++] = base != 0 ? base : is_lower && !mask_lowercase ? 'n' : 'N';
  }
  bases.resize(before + kept);
  return place == text.size() ? std::string_view::npos : place;
}

std::string explain_letter(char letter) {
  auto const code = static_cast<unsigned char>(letter);
  if (letter == '-' || letter == '.') {
    return std::string("the gap '") + letter +
           "' is not a nucleotide (aligned sequences: remove the gaps first)";
  }
  if (std::isdigit(code) != 0) {
    return std::string("the digit '") + letter +
           "' is not a nucleotide (give FASTA or FASTQ without numbers)";
  }
  if ((code < 128 && std::isalpha(code) != 0) || letter == '*') {
    return std::string("'") + letter + "' is not a nucleotide (is this protein? DNA or RNA is needed)";
  }
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string const shown = code > 0x20 && code < 0x7F
                                ? std::string("'") + letter + "'"
                                : std::string("byte 0x") + digits[code >> 4] + digits[code & 15];
  return shown + " is not a nucleotide (give FASTA or FASTQ with IUPAC letters)";
}

std::string reverse_complement_letters(std::string_view letters) {
  static std::array<char, 256> const complements = make_complements();
  std::string result(letters.size(), 'N');
  std::transform(letters.rbegin(), letters.rend(), result.begin(),
                 [](char letter) { return complements[static_cast<unsigned char>(letter)]; });
  return result;
}

}  // namespace cislens
