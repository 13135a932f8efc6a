#include "cislens/data/shuffle.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

namespace {

/// exits[a]: the bases that follow base a, one entry a dinucleotide.
using Exits = std::array<std::vector<std::uint8_t>, 4>;

/// For each base with exits, but `root`, an exit (index in `exits`) such that following them leads to `root`
/// from everywhere. Loop-erased random walks: a loop is erased by overwriting the exit that led into it.
std::array<std::size_t, 4> random_tree(Exits const& exits, std::uint8_t root, Random& random) {
  std::array<std::size_t, 4> tree{};
  std::array<bool, 4> in_tree{};
  in_tree[root] = true;
  for (std::uint8_t start = 0; start < 4; ++start) {
    if (exits[start].empty()) continue;
    for (std::uint8_t at = start; !in_tree[at]; at = exits[at][tree[at]])
      tree[at] = random.below(exits[at].size());
    for (std::uint8_t at = start; !in_tree[at]; at = exits[at][tree[at]]) in_tree[at] = true;
  }
  return tree;
}

/// @param run  A C G T only; shuffled in place
void shuffle_run(std::span<std::uint8_t> run, Random& random) {
  if (run.size() < 4) return;  // the first two bases and the last fix it
  Exits exits;
  for (std::size_t i = 0; i + 1 < run.size(); ++i) exits[run[i]].push_back(run[i + 1]);
  std::uint8_t const root = run.back();
  auto const tree = random_tree(exits, root, random);
  for (std::uint8_t base = 0; base < 4; ++base) {
    auto& list = exits[base];
    if (list.empty()) continue;
    bool const has_last = base != root;
    if (has_last) std::swap(list[tree[base]], list.back());
    random.shuffle(std::span(list).first(list.size() - (has_last ? 1 : 0)));
  }
  std::array<std::size_t, 4> taken{};
  for (std::size_t i = 1; i < run.size(); ++i) {
    std::uint8_t const from = run[i - 1];
    run[i] = exits[from][taken[from]++];
  }
}

}  // namespace

Bases shuffle_dinucleotides(BasesView bases, Random& random) {
  Bases result(bases.begin(), bases.end());
  for (std::size_t start = 0; start < result.size();) {
    std::size_t end = start;
    while (end < result.size() && result[end] < base_n) ++end;
    shuffle_run(std::span(result).subspan(start, end - start), random);
    start = end + 1;
  }
  return result;
}

}  // namespace cislens
