#include "annotation_attributes.hpp"

#include "cislens/base/text.hpp"

#include <algorithm>
#include <array>

namespace cislens {

namespace {

constexpr std::string_view blanks = " \t";

/// A comma parts the values of these; in a name it belongs to the name ("ADE5,7").
/// Source: the GFF3 specification 1.26 of the Sequence Ontology.
constexpr std::array<std::string_view, 5> several_values{"Parent", "Alias", "Note", "Dbxref",
                                                         "Ontology_term"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// "%20" is a blank; a '%' without two hexadecimal digits stands for itself.
std::string decode_percent(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int const high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int const low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      result += static_cast<char>(16 * high + low);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// Takes a value off the front of `rest`, quoted or not.
std::string_view take_gtf_value(TextInput const& input, std::string_view key, std::string_view& rest) {
  if (!rest.starts_with('"')) {
    std::string_view const value = trim(rest.substr(0, rest.find(';')));
    if (value.empty() || value.find('"') != std::string_view::npos) {
      input.fail("attribute '" + std::string(key) +
                 "' has no proper value (GTF: key \"value\"; in column 9)");
    }
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    return value;
  }
  std::size_t const close = rest.find('"', 1);
  if (close == std::string_view::npos) {
    input.fail("the quote of attribute '" + std::string(key) +
               "' is not closed (GTF: key \"value\"; in column 9)");
  }
  std::string_view const value = rest.substr(1, close - 1);
  rest.remove_prefix(close + 1);
  return value;
}

}  // namespace

Attributes parse_gff3_attributes(TextInput const& input, std::string_view text) {
  Attributes result;
  if (trim(text) == ".") return result;
  for (std::string_view const part : split(text, ';')) {
    std::string_view const pair = trim(part);
    if (pair.empty()) continue;
    std::size_t const equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      input.fail("attribute '" + std::string(pair.substr(0, 40)) +
                 "' is not key=value (GFF3: key=value;key=value in column 9)");
    }
    std::string const key = decode_percent(trim(pair.substr(0, equals)));
    std::string_view const value = pair.substr(equals + 1);
    if (std::find(several_values.begin(), several_values.end(), key) == several_values.end()) {
      result.emplace_back(key, decode_percent(value));
      continue;
    }
    for (std::string_view const part_of_value : split(value, ',')) {
      result.emplace_back(key, decode_percent(part_of_value));
    }
  }
  return result;
}

Attributes parse_gtf_attributes(TextInput const& input, std::string_view text) {
  Attributes result;
  for (std::string_view rest = trim(text); !rest.empty();) {
    std::size_t const key_end = std::min(rest.find_first_of(" \t;\""), rest.size());
    std::string_view const key = rest.substr(0, key_end);
    rest.remove_prefix(key_end);
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    if (key.empty()) input.fail("an attribute has no key (GTF: key \"value\"; in column 9)");
    result.emplace_back(key, take_gtf_value(input, key, rest));
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    if (!rest.empty() && !rest.starts_with(';')) {
      input.fail("attribute '" + std::string(key) + "' is followed by '" + std::string(rest.substr(0, 20)) +
                 "' instead of ';' (GTF: key \"value\"; in column 9)");
    }
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t;"), rest.size()));
  }
  return result;
}

bool has_gff3_attributes(std::string_view text) {
  text = trim(text);
  std::size_t const mark = text.find_first_of("= \t\"");
  return mark != std::string_view::npos && text[mark] == '=';
}

std::string_view find_attribute(Attributes const& attributes, std::initializer_list<std::string_view> keys) {
  for (std::string_view const wanted : keys) {
    for (auto const& [key, value] : attributes) {
      if (key == wanted && !value.empty()) return value;
    }
  }
  return {};
}

}  // namespace cislens
