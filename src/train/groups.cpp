#include "groups.hpp"

#include <algorithm>

namespace cislens {

std::int64_t group_size(NetworkConfig const& config, std::int64_t bases, std::int64_t preferred) {
  std::int64_t const tokens = std::max<std::int64_t>(1, config.tokens(bases));
  return std::clamp<std::int64_t>(most_group_tokens / tokens, 1, preferred);
}

std::vector<Group> cut_groups(NetworkConfig const& config, std::span<std::int64_t const> lengths,
                              std::int64_t preferred) {
  std::vector<Group> groups;
  auto const count = static_cast<std::int64_t>(lengths.size());
  for (std::int64_t first = 0; first < count;) {
    std::int64_t const size = std::min(group_size(config, lengths[first], preferred), count - first);
    groups.push_back({first, size});
    first += size;
  }
  return groups;
}

bool better_one_by_one(std::int64_t groups, std::int64_t threads) {
  std::int64_t const rounds = (groups + threads - 1) / threads;
  return 3 * groups < 2 * rounds * threads;
}

}  // namespace cislens
