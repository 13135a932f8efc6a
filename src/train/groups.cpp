#include "groups.hpp"

#include <algorithm>

namespace cislens {

std::vector<Group> cut_groups(NetworkConfig const& config, std::span<std::int64_t const> lengths,
                              PassLimits const& limits) {
  std::vector<Group> groups;
  auto const count = static_cast<std::int64_t>(lengths.size());
  for (std::int64_t first = 0; first < count;) {
    std::int64_t const size = std::min(pass_size(config, lengths[first], limits), count - first);
    groups.push_back({first, size});
    first += size;
  }
  return groups;
}

std::int64_t gradient_lanes(Backend const& backend) { return memory_of(backend).is_host ? 8 : 1; }

bool better_one_by_one(std::int64_t groups, std::int64_t threads) {
  std::int64_t const rounds = (groups + threads - 1) / threads;
  return 3 * groups < 2 * rounds * threads;
}

}  // namespace cislens
