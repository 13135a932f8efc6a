#include "cislens/motif/em_windows.hpp"

#include <cmath>

namespace cislens {

Background estimate_background(std::span<Window const> windows) {
  std::array<std::array<double, 4>, 4> counts{};
  for (auto& row : counts) row.fill(1.0);
  for (Window const& window : windows) {
    for (std::size_t i = 1; i < window.bases.size(); ++i) {
      std::uint8_t const a = window.bases[i - 1];
      std::uint8_t const b = window.bases[i];
      if (a >= base_n || b >= base_n) continue;
      counts[a][b] += window.weight;
      counts[complement(b)][complement(a)] += window.weight;
    }
  }
  double total = 0;
  for (auto const& row : counts) {
    for (double const count : row) total += count;
  }
  Background background;
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      background.pair[a][b] = counts[a][b] / total;
      background.base[a] += background.pair[a][b];
    }
  }
  return background;
}

namespace {

/// ln P(a, b) / (P(a) P(b)) for all pairs; 0 beside an N.
std::array<std::array<float, 5>, 5> pair_terms(Background const& background) {
  std::array<std::array<float, 5>, 5> terms{};
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      terms[a][b] =
          static_cast<float>(std::log(background.pair[a][b] / (background.base[a] * background.base[b])));
    }
  }
  return terms;
}

std::vector<float> background_terms(std::vector<std::uint8_t> const& bases, Background const& background) {
  auto const pairs = pair_terms(background);
  std::vector<float> result(bases.size(), 0.0F);
  for (std::size_t i = 0; i < bases.size(); ++i) {
    if (bases[i] >= base_n) continue;
    std::uint8_t const before = i > 0 ? bases[i - 1] : base_n;
    std::uint8_t const after = i + 1 < bases.size() ? bases[i + 1] : base_n;
    result[i] = static_cast<float>(std::log(background.base[bases[i]])) +
                0.5F * (pairs[before][bases[i]] + pairs[bases[i]][after]);
  }
  return result;
}

std::vector<std::uint8_t> quad_codes(std::vector<std::uint8_t> const& bases) {
  std::vector<std::uint8_t> codes(bases.size(), 0);
  unsigned code = 0;
  for (std::size_t i = bases.size(); i-- > 0;) {
    unsigned const base = bases[i] < base_n ? bases[i] : 0;
    code = (code >> 2) | (base << 6);
    codes[i] = static_cast<std::uint8_t>(code);
  }
  return codes;
}

}  // namespace

WindowSet make_window_set(std::span<Window const> windows, Background const& background) {
  WindowSet set;
  for (Window const& window : windows) {
    set.begin.push_back(static_cast<std::int64_t>(set.bases.size()));
    set.length.push_back(static_cast<std::int64_t>(window.bases.size()));
    set.weight.push_back(window.weight);
    set.bases.insert(set.bases.end(), window.bases.begin(), window.bases.end());
    set.bases.insert(set.bases.end(), window_padding, base_n);
  }
  set.quads = quad_codes(set.bases);
  set.background = background_terms(set.bases, background);
  set.explained.resize(set.bases.size());
  for (std::size_t i = 0; i < set.bases.size(); ++i) {
    set.explained[i] = set.bases[i] < base_n ? 0.0F : static_cast<float>(blocked_nats);
  }
  update_costs(set);
  return set;
}

void update_costs(WindowSet& set) {
  auto const units = [](float nats) {
    return static_cast<std::uint32_t>(std::lround(nats * static_cast<float>(score_units_per_nat)));
  };
  set.cost.assign(set.bases.size() + 1, 0);
  set.lost.assign(set.bases.size() + 1, 0);
  for (std::size_t i = 0; i < set.bases.size(); ++i) {
    std::uint32_t const lost = units(set.explained[i]);
    set.lost[i + 1] = set.lost[i] + lost;
    set.cost[i + 1] = set.cost[i] + lost + units(set.background[i]);
  }
}

}  // namespace cislens
