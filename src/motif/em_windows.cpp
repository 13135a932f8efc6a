#include "cislens/motif/em_windows.hpp"

#include <algorithm>
#include <cmath>

namespace cislens {

MarkovBackground estimate_background(std::span<Window const> windows) {
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
  MarkovBackground background;
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      background.pair[a][b] = counts[a][b] / total;
      background.base[a] += background.pair[a][b];
    }
  }
  return background;
}

std::vector<BackgroundClass> estimate_background_classes(std::span<Window const> windows) {
  constexpr double bases_per_class = 20000;
  constexpr double most_classes = 8;
  struct Ranked {
    double gc;
    double bases;
    Window window;
  };
  std::vector<Ranked> ranked;
  double all = 0;
  for (Window const& window : windows) {
    double bases = 0;
    double gc = 0;
    for (std::uint8_t const base : window.bases) {
      bases += base < base_n;
      gc += base == base_c || base == base_g;
    }
    if (bases > 0) ranked.push_back({gc / bases, bases, window});
    all += bases;
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](Ranked const& a, Ranked const& b) { return a.gc < b.gc; });
  auto const classes = static_cast<std::size_t>(std::clamp(all / bases_per_class, 1.0, most_classes));
  std::vector<BackgroundClass> result;
  for (std::size_t c = 0; c < classes && !ranked.empty(); ++c) {
    std::vector<Window> members;
    double bases = 0;
    for (std::size_t i = ranked.size() * c / classes; i < ranked.size() * (c + 1) / classes; ++i) {
      members.push_back(ranked[i].window);
      bases += ranked[i].bases;
    }
    result.push_back({estimate_background(members), bases / all});
  }
  return result;
}

namespace {

/// ln P(a, b) / (P(a) P(b)) for all pairs; 0 beside an N.
std::array<std::array<float, 5>, 5> pair_terms(MarkovBackground const& background) {
  std::array<std::array<float, 5>, 5> terms{};
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      terms[a][b] =
          static_cast<float>(std::log(background.pair[a][b] / (background.base[a] * background.base[b])));
    }
  }
  return terms;
}

double window_gc(BasesView bases, MarkovBackground const& background) {
  constexpr double common_bases = 100;
  double gc = common_bases * (background.base[base_c] + background.base[base_g]);
  double all = common_bases;
  for (std::uint8_t const base : bases) {
    if (base >= base_n) continue;
    all += 1;
    if (base == base_c || base == base_g) gc += 1;
  }
  return std::clamp(gc / all, 0.01, 0.99);
}

void set_background(WindowSet& set, MarkovBackground const& background) {
  auto const pairs = pair_terms(background);
  set.background.assign(set.bases.size(), 0.0F);
  for (std::int64_t window = 0; window < set.size(); ++window) {
    std::array<float, 4> terms{};
    auto const probabilities = bases_at_gc(set.gc[window]);
    for (std::size_t b = 0; b < 4; ++b) terms[b] = static_cast<float>(std::log(probabilities[b]));
    std::int64_t const end = set.begin[window] + set.length[window];
    for (std::int64_t i = set.begin[window]; i < end; ++i) {
      std::uint8_t const base = set.bases[i];
      if (base >= base_n) continue;
      std::uint8_t const before = i > 0 ? set.bases[i - 1] : base_n;
      std::uint8_t const after = set.bases[i + 1];
      set.background[i] = terms[base] + 0.5F * (pairs[before][base] + pairs[base][after]);
    }
  }
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

std::array<double, 4> bases_at_gc(double gc) { return {(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2}; }

WindowSet make_window_set(std::span<Window const> windows, MarkovBackground const& background) {
  WindowSet set;
  for (Window const& window : windows) {
    set.begin.push_back(static_cast<std::int64_t>(set.bases.size()));
    set.length.push_back(static_cast<std::int64_t>(window.bases.size()));
    set.weight.push_back(window.weight);
    set.gc.push_back(window_gc(window.bases, background));
    set.bases.insert(set.bases.end(), window.bases.begin(), window.bases.end());
    set.bases.insert(set.bases.end(), window_padding, base_n);
  }
  set.quads = quad_codes(set.bases);
  set_background(set, background);
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
