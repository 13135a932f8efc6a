#include "target_choice.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace cislens {

int target_index(std::string const& name, std::span<std::string const> targets, char const* option) {
  if (name.empty()) return 0;
  auto const found = std::ranges::find(targets, name);
  if (found != targets.end()) return static_cast<int>(found - targets.begin());
  std::string known;
  for (auto const& target : targets) known += (known.empty() ? "" : ", ") + target;
  throw UsageError(std::string(option) + " " + name + " is not one of the targets: " + known);
}

void check_against(std::string const& target, std::string const& against) {
  if (against.empty()) return;
  if (target.empty()) throw UsageError("--against " + against + " needs another target: --target NAME");
  if (target == against)
    throw UsageError("--target and --against are both " + target + ": a target is compared with another");
}

std::vector<std::string> target_folders(std::vector<std::string> const& targets) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  constexpr std::size_t longest = 40;
  std::set<std::string> used{".", ".."};
  std::vector<std::string> folders;
  for (std::string const& target : targets) {
    std::string name = target.substr(0, longest);
    for (char& c : name) c = letters.find(c) == std::string_view::npos ? '_' : c;
    std::string unique = name;
    for (int i = 2; !used.insert(unique).second; ++i) unique = name + "_" + std::to_string(i);
    folders.push_back(unique);
  }
  return folders;
}

}  // namespace cislens
