#include "cislens/motif/uneven_places.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace cislens {

namespace {

constexpr std::int64_t smoothed_bp = 4;  // either side of a cell
constexpr std::int64_t word_bp = 8;      // likewise, around cells that stand out

using Pairs = std::array<double, 16>;

double sum(Pairs const& pairs) { return std::accumulate(pairs.begin(), pairs.end(), 0.0); }

void add(Pairs& to, Pairs const& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

std::vector<Pairs> pairs_by_cell(WindowSet const& set) {
  std::vector<Pairs> cells(static_cast<std::size_t>(set.frame.cells));
  for (std::int64_t window = 0; window < set.size(); ++window) {
    std::int64_t const begin = set.begin[window];
    for (std::int64_t i = 1; i < set.length[window]; ++i) {
      std::uint8_t const a = set.bases[begin + i - 1];
      std::uint8_t const b = set.bases[begin + i];
      if (a >= base_n || b >= base_n) continue;
      double const share = share_left(set.explained[begin + i - 1] + set.explained[begin + i]);
      cells[set.frame.cell(set.position[window] + i)][4 * a + b] += set.weight[window] * share;
    }
  }
  return cells;
}

/// ln likelihood of pairs at their own rates over that at the rates of all.
double log_ratio(Pairs const& own, Pairs const& all) {
  double const total = sum(own);
  double const of_all = sum(all);
  double result = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] > 0) result += own[i] * std::log(own[i] / total / (all[i] / of_all));
  }
  return result;
}

}  // namespace

std::vector<bool> uneven_cells(WindowSet const& set) {
  auto const pairs = pairs_by_cell(set);
  int const cells = set.frame.cells;
  auto const beside = static_cast<int>(std::max<std::int64_t>(1, smoothed_bp / set.frame.cell_bp));
  Pairs all{};
  for (Pairs const& cell : pairs) add(all, cell);
  std::vector<double> gain(static_cast<std::size_t>(cells));
  bool any = false;
  for (int c = 0; c < cells; ++c) {
    Pairs own{};
    for (int i = std::max(0, c - beside); i <= std::min(cells - 1, c + beside); ++i) add(own, pairs[i]);
    double const count = sum(own);
    if (!(count > 1)) continue;
    gain[c] = log_ratio(own, all);
    any = any || gain[c] > 7.5 * std::log(count);
  }
  if (!any) return {};
  double const mean = std::accumulate(gain.begin(), gain.end(), 0.0) / cells;
  auto const room = static_cast<int>((word_bp + set.frame.cell_bp - 1) / set.frame.cell_bp);
  std::vector<bool> result(static_cast<std::size_t>(cells), false);
  for (int c = 0; c < cells; ++c) {
    if (!(gain[c] > mean)) continue;
    for (int i = std::max(0, c - room); i <= std::min(cells - 1, c + room); ++i) result[i] = true;
  }
  return result;
}

WindowSet only_cells(WindowSet set, std::vector<bool> const& cells) {
  for (std::int64_t window = 0; window < set.size(); ++window) {
    for (std::int64_t i = 0; i < set.length[window]; ++i) {
      if (cells[set.frame.cell(set.position[window] + i)]) continue;
      set.explained[set.begin[window] + i] += to_explained_units(blocked_nats);
    }
  }
  update_costs(set);
  return set;
}

WindowSet between_cells(WindowSet const& set, int first_cell, int last_cell) {
  WindowSet cut;
  cut.frame = set.frame;
  for (std::int64_t window = 0; window < set.size(); ++window) {
    std::int64_t const at = set.position[window];
    auto const first_in = [&](int cell) {  // the first base in this cell or behind it
      std::int64_t const from = cell <= 0 ? at : set.frame.first + cell * set.frame.cell_bp;
      std::int64_t const beyond = at + set.length[window];
      return set.begin[window] + std::clamp(cell >= set.frame.cells ? beyond : from, at, beyond) - at;
    };
    std::int64_t const first = first_in(first_cell);
    std::int64_t const last = first_in(last_cell);
    if (first == last) continue;
    cut.begin.push_back(std::ssize(cut.bases));
    cut.length.push_back(last - first);
    cut.weight.push_back(set.weight[window]);
    cut.gc.push_back(set.gc[window]);
    cut.position.push_back(at + first - set.begin[window]);
    auto const copy = [&](auto const& from, auto& to, auto padding) {
      to.insert(to.end(), from.begin() + first, from.begin() + last);
      to.insert(to.end(), window_padding, padding);
    };
    copy(set.bases, cut.bases, base_n);
    copy(set.explained, cut.explained, to_explained_units(blocked_nats));
    copy(set.background, cut.background, 0.0F);
  }
  set_quads(cut);
  update_costs(cut);
  return cut;
}

PositionProfile profile_of_cells(WindowSet const& set, std::vector<bool> const& cells) {
  constexpr double denser = 10;
  std::vector<double> const places = places_by_cell(set, 1);
  std::vector<double> sites;
  for (int strand = 0; strand < 2; ++strand) {
    for (std::size_t c = 0; c < cells.size(); ++c) sites.push_back(places[c] * (cells[c] ? denser : 1.0));
  }
  return {set.frame, sites, places};
}

}  // namespace cislens
