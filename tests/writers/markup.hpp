#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// What `read_markup` found in HTML or SVG.
struct Markup {
  std::map<std::string, int> elements;                         ///< how many of each
  std::map<std::string, std::vector<std::string>> attributes;  ///< values by name
  std::vector<std::string> texts;  ///< one entry a run of text outside <title>, unescaped
  std::string all_text;            ///< all of them and the titles, joined by blanks
};

inline int count(std::string_view text, std::string_view part) {
  int result = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++result;
  return result;
}

namespace markup_detail {

[[noreturn]] inline void fail(std::string const& what, std::string_view text, std::size_t at) {
  throw std::runtime_error(what + " near: " + std::string(text.substr(at > 30 ? at - 30 : 0, 90)));
}

/// Only the five named entities and numbers are known; a lone & is a fault.
inline std::string unescape(std::string_view text) {
  static std::map<std::string, std::string> const names = {
      {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"}};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      result += text[i];
      continue;
    }
    auto const end = text.find(';', i);
    auto const found = end == std::string_view::npos
                           ? names.end()
                           : names.find(std::string(text.substr(i + 1, end - i - 1)));
    if (found == names.end()) fail("unknown entity", text, i);
    result += found->second;
    i = end;
  }
  return result;
}

/// Reads name="value" pairs; every value must be quoted. Returns whether the tag closes itself.
inline bool read_attributes(std::string_view tag, Markup& markup) {
  std::size_t i = 0;
  auto const skip = [&] {
    while (i < tag.size() && std::isspace(static_cast<unsigned char>(tag[i]))) ++i;
  };
  for (skip(); i < tag.size(); skip()) {
    if (tag[i] == '/' && i + 1 == tag.size()) return true;
    auto const equals = tag.find_first_of("= ", i);
    std::string const name(tag.substr(i, equals == std::string_view::npos ? equals : equals - i));
    if (equals == std::string_view::npos || tag[equals] == ' ') {
      markup.attributes[name].push_back("");
      i = equals == std::string_view::npos ? tag.size() : equals;
      continue;
    }
    if (equals + 1 >= tag.size() || tag[equals + 1] != '"') fail("attribute without quotes", tag, i);
    auto const end = tag.find('"', equals + 2);
    if (end == std::string_view::npos) fail("attribute without end", tag, i);
    markup.attributes[name].push_back(unescape(tag.substr(equals + 2, end - equals - 2)));
    i = end + 1;
    if (i < tag.size() && tag[i] != ' ' && tag[i] != '/') fail("attributes run together", tag, i);
  }
  return false;
}

/// Where a tag ends: the first '>' outside quotes.
inline std::size_t tag_end(std::string_view text, std::size_t at) {
  bool quoted = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == '>' && !quoted) return at;
    if (text[at] == '<' && !quoted) break;
  }
  fail("tag without end", text, at);
}

}  // namespace markup_detail

/// Reads HTML or SVG and forgives nothing: every element is closed in order (but for meta and br), every
/// attribute quoted, every & and < in text escaped. @throws std::runtime_error  says where
inline Markup read_markup(std::string_view text) {
  using namespace markup_detail;
  Markup markup;
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '<') {
      auto const end = std::min(text.find('<', at), text.size());
      std::string const run = unescape(text.substr(at, end - at));
      if (open.empty() || open.back() != "title") markup.texts.push_back(run);
      markup.all_text += run + " ";
      at = end;
      continue;
    }
    if (text.substr(at, 2) == "<!") {
      at = tag_end(text, at + 1) + 1;
      continue;
    }
    auto const end = tag_end(text, at + 1);
    bool const closing = text[at + 1] == '/';
    auto const from = at + (closing ? 2 : 1);
    auto const name_end = std::min(text.find_first_of(" />", from), end);
    std::string const name(text.substr(from, name_end - from));
    if (name.empty() || !std::isalpha(static_cast<unsigned char>(name[0])))
      fail("tag without name", text, at);
    if (closing) {
      if (open.empty() || open.back() != name) fail("</" + name + "> does not close what is open", text, at);
      open.pop_back();
    } else {
      ++markup.elements[name];
      bool const closed = read_attributes(text.substr(name_end, end - name_end), markup);
      if (!closed && name != "meta" && name != "br") open.push_back(name);
    }
    at = end + 1;
    if (!closing && (name == "style" || name == "script"))
      at = std::min(text.find("</" + name, at), text.size());
  }
  if (!open.empty()) throw std::runtime_error("<" + open.back() + "> is never closed");
  return markup;
}

}  // namespace cislens
