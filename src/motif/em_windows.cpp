#include "cislens/motif/em_windows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace cislens {

namespace {

using PairTotals = std::array<std::array<double, 4>, 4>;

PairTotals one_of_each() {
  PairTotals totals{};
  for (auto& row : totals) row.fill(1.0);
  return totals;
}

/// Two neighbours and, on the other strand, their complements; nothing when one of them is unknown.
void add_pair(std::uint8_t a, std::uint8_t b, double weight, PairTotals& totals) {
  if (a >= base_n || b >= base_n) return;
  totals[a][b] += weight;
  totals[complement(b)][complement(a)] += weight;
}

MarkovBackground to_background(PairTotals const& totals) {
  double sum = 0;
  for (auto const& row : totals) {
    for (double const count : row) sum += count;
  }
  MarkovBackground background;
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      background.pair[a][b] = totals[a][b] / sum;
      background.base[a] += background.pair[a][b];
    }
  }
  return background;
}

}  // namespace

MarkovBackground estimate_background(std::span<Window const> windows) {
  PairTotals totals = one_of_each();
  for (Window const& window : windows) {
    for (std::size_t i = 1; i < window.bases.size(); ++i)
      add_pair(window.bases[i - 1], window.bases[i], window.weight, totals);
  }
  return to_background(totals);
}

namespace {

/// Adds the pairs that are left of one window; their number.
double add_window(WindowSet const& set, std::int64_t window, PairTotals& totals) {
  double pairs = 0;
  std::int64_t const last = set.begin[window] + set.length[window];
  for (std::int64_t i = set.begin[window] + 1; i < last; ++i) {
    double const weight = set.weight[window] * share_left(set.explained[i - 1] + set.explained[i]);
    add_pair(set.bases[i - 1], set.bases[i], weight, totals);
    pairs += weight;
  }
  return pairs;
}

}  // namespace

MarkovBackground estimate_background(WindowSet const& set) {
  PairTotals totals = one_of_each();
  for (std::int64_t window = 0; window < set.size(); ++window) add_window(set, window, totals);
  return to_background(totals);
}

std::vector<BackgroundClass> background_classes(WindowSet const& set) {
  constexpr double bases_per_class = 20000;
  constexpr double most_classes = 8;
  std::vector<std::int64_t> order(set.begin.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return set.gc[a] < set.gc[b]; });
  auto const all =
      static_cast<double>(std::accumulate(set.length.begin(), set.length.end(), std::int64_t{0}));
  auto const classes = static_cast<std::size_t>(std::clamp(all / bases_per_class, 1.0, most_classes));
  std::vector<BackgroundClass> result;
  double sum = 0;
  for (std::size_t c = 0; c < classes && all > 0; ++c) {
    PairTotals totals = one_of_each();
    double bases = 0;
    for (std::size_t k = order.size() * c / classes; k < order.size() * (c + 1) / classes; ++k)
      bases += add_window(set, order[k], totals);
    result.push_back({to_background(totals), bases});
    sum += bases;
  }
  for (BackgroundClass& one : result)
    one.share = sum > 0 ? one.share / sum : 1.0 / static_cast<double>(classes);
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

}  // namespace

void set_quads(WindowSet& set) {
  set.quads.assign(set.bases.size(), 0);
  unsigned code = 0;
  for (std::size_t i = set.bases.size(); i-- > 0;) {
    unsigned const base = set.bases[i] < base_n ? set.bases[i] : 0;
    code = (code >> 2) | (base << 6);
    set.quads[i] = static_cast<std::uint8_t>(code);
  }
}

std::array<double, 4> bases_at_gc(double gc) { return {(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2}; }

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
  update_costs(set);
}

PositionFrame position_frame(std::initializer_list<std::span<Window const>> sets) {
  constexpr double outliers =
      0.01;  // of the ends on either side: one long record must not make all cells wide
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> last;
  for (auto const windows : sets) {
    for (Window const& window : windows) {
      first.push_back(window.position);
      last.push_back(window.position + std::ssize(window.bases));
    }
  }
  if (first.empty()) return {};
  auto const passed_over = static_cast<std::ptrdiff_t>(outliers * static_cast<double>(first.size()));
  std::ranges::nth_element(first, first.begin() + passed_over);
  std::ranges::nth_element(last, last.end() - 1 - passed_over);
  return position_frame(first[static_cast<std::size_t>(passed_over)], *(last.end() - 1 - passed_over));
}

std::vector<double> places_by_cell(WindowSet const& set, int width) {
  PositionFrame const& frame = set.frame;
  std::int64_t const span = frame.cells * frame.cell_bp;
  std::vector<double> cells(static_cast<std::size_t>(frame.cells));
  std::vector<double> change(static_cast<std::size_t>(span) + 1);  // from one position to the next
  for (std::int64_t window = 0; window < set.size(); ++window) {
    std::int64_t const places = set.length[window] - width + 1;
    if (places <= 0) continue;
    std::int64_t const from = set.position[window] + width / 2 - frame.first;
    std::int64_t const begin = std::clamp<std::int64_t>(from, 0, span);
    std::int64_t const end = std::clamp<std::int64_t>(from + places, 0, span);
    double const weight = set.weight[window];
    change[static_cast<std::size_t>(begin)] += weight;
    change[static_cast<std::size_t>(end)] -= weight;
    // Beyond the frame: its first and last cell.
    cells.front() += weight * static_cast<double>(std::clamp<std::int64_t>(-from, 0, places));
    cells.back() += weight * static_cast<double>(std::clamp<std::int64_t>(from + places - span, 0, places));
  }
  double here = 0;
  for (std::int64_t i = 0; i < span; ++i) {
    here += change[static_cast<std::size_t>(i)];
    cells[static_cast<std::size_t>(i / frame.cell_bp)] += here;
  }
  return cells;
}

WindowSet make_window_set(std::span<Window const> windows, MarkovBackground const& background,
                          std::optional<PositionFrame> const& frame) {
  WindowSet set;
  set.frame = frame ? *frame : position_frame({windows});
  for (Window const& window : windows) {
    set.begin.push_back(static_cast<std::int64_t>(set.bases.size()));
    set.length.push_back(static_cast<std::int64_t>(window.bases.size()));
    set.weight.push_back(window.weight);
    set.position.push_back(window.position);
    set.gc.push_back(window_gc(window.bases, background));
    set.bases.insert(set.bases.end(), window.bases.begin(), window.bases.end());
    set.bases.insert(set.bases.end(), window_padding, base_n);
  }
  set_quads(set);
  set.explained.resize(set.bases.size());
  for (std::size_t i = 0; i < set.bases.size(); ++i) {
    set.explained[i] = set.bases[i] < base_n ? 0 : to_explained_units(blocked_nats);
  }
  set_background(set, background);
  return set;
}

std::uint32_t to_explained_units(double nats) {
  return static_cast<std::uint32_t>(std::lround(nats * explained_units_per_nat));
}

double share_left(std::uint32_t explained) {
  return explained > 0 ? std::exp(-static_cast<double>(explained) / explained_units_per_nat) : 1.0;
}

void update_costs(WindowSet& set, std::int64_t window) {
  // Adding 3 * 2^22 rounds to whole numbers and leaves them in the low bits: exact up to 2^22.
  static constexpr float rounding = 12'582'912.0F;
  auto const units = [](float nats) {
    float const rounded = nats * static_cast<float>(score_units_per_nat) + rounding;
    return std::bit_cast<std::uint32_t>(rounded) - std::bit_cast<std::uint32_t>(rounding);
  };
  static constexpr auto finer = static_cast<std::uint32_t>(explained_units_per_nat / score_units_per_nat);
  std::int64_t const begin = set.begin[window];
  std::uint32_t lost = 0;
  std::uint32_t cost = 0;
  set.lost[begin] = set.cost[begin] = 0;
  for (std::int64_t i = begin; i < begin + set.length[window]; ++i) {
    std::uint32_t const own = (set.explained[i] + finer / 2) / finer;
    lost += own;
    cost += own + units(set.background[i]);
    set.lost[i + 1] = lost;
    set.cost[i + 1] = cost;
  }
}

void update_costs(WindowSet& set) {
  set.cost.resize(set.bases.size() + 1);
  set.lost.resize(set.bases.size() + 1);
  for (std::int64_t window = 0; window < set.size(); ++window) update_costs(set, window);
}

}  // namespace cislens
