#include "json.hpp"

#include <set>
#include <vector>

namespace cislens {

Json parse_json(std::string_view text, std::function<void(std::string const& what)> const& fail) {
  std::vector<std::set<std::string>> open;  // keys of the objects that are not closed yet
  std::string twice;
  auto const watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second) {
      twice = value.get<std::string>();
    }
    return true;
  };
  Json parsed;
  try {
    parsed = Json::parse(text, watch);
  } catch (Json::parse_error const& error) {
    fail("not JSON at byte " + std::to_string(error.byte));
  }
  if (!twice.empty()) fail("the key '" + twice + "' stands there twice");
  return parsed;
}

}  // namespace cislens
