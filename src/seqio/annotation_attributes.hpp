#pragma once

#include "cislens/seqio/text_input.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cislens {

/// Column 9 of GFF3 or GTF, in file order. A key that has several values is there several times.
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// "key=value;key=value,value", %-escapes decoded after the parting. Commas part the values of the keys that
/// may have several (Parent, Alias, Note, Dbxref, Ontology_term). @throws InputError  a part without '='
Attributes parse_gff3_attributes(TextInput const& input, std::string_view text);

/// "key "value"; key 5;": a quoted value may hold anything but '"', also ';'.
/// @throws InputError  a quote that is not closed, a key without a value, text between a value and its ';'
Attributes parse_gtf_attributes(TextInput const& input, std::string_view text);

/// Whether column 9 is written as in GFF3: '=' comes before the first blank and quote.
bool has_gff3_attributes(std::string_view text);

/// The first value that is not empty of the first of these keys that has one; empty: none.
std::string_view find_attribute(Attributes const& attributes, std::initializer_list<std::string_view> keys);

}  // namespace cislens
