#include "target_choice.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>

namespace cislens {

int target_index(std::string const& name, std::span<std::string const> targets) {
  if (name.empty()) return 0;
  auto const found = std::ranges::find(targets, name);
  if (found != targets.end()) return static_cast<int>(found - targets.begin());
  std::string known;
  for (auto const& target : targets) known += (known.empty() ? "" : ", ") + target;
  throw UsageError("--target " + name + " is not one of the targets: " + known);
}

}  // namespace cislens
