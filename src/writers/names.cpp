#include "cislens/writers/names.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>

namespace cislens {

namespace {

// std::isalnum would follow the locale.
bool is_id_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

bool is_motif_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), is_id_character);
}

void check_motif_id(std::string_view id) {
  if (is_motif_id(id)) return;
  throw InputError("motif id '" + std::string(id) +
                   "' cannot be written: ids are 1 to 64 of A-Z a-z 0-9 _ . - (rename it in the motif file)");
}

std::string table_field(std::string_view text) {
  if (text.empty()) return ".";
  std::string result(text);
  std::replace_if(result.begin(), result.end(), is_control, ' ');
  return result;
}

std::string word_field(std::string_view text) {
  std::string result = table_field(text);
  std::replace(result.begin(), result.end(), ' ', '_');
  return result;
}

}  // namespace cislens
