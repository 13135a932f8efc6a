#include "cislens/motif/match.hpp"

namespace cislens {

std::span<DatabaseMatch const> significant_matches(std::span<DatabaseMatch const> matches, double q_limit) {
  std::size_t count = 0;
  while (count < matches.size() && matches[count].q <= q_limit) ++count;
  return matches.first(count);
}

std::string shown_name(std::span<DatabaseMatch const> matches, double q_limit) {
  auto const significant = significant_matches(matches, q_limit);
  if (significant.empty()) return "";
  return significant[0].name.empty() ? significant[0].id : significant[0].name;
}

}  // namespace cislens
