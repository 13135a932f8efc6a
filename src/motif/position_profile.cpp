#include "cislens/motif/position_profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace cislens {

int PositionFrame::cell(std::int64_t position) const {
  std::int64_t const cell = (position - first) >> std::countr_zero(static_cast<std::uint64_t>(cell_bp));
  return static_cast<int>(std::clamp<std::int64_t>(cell, 0, cells - 1));
}

PositionFrame position_frame(std::int64_t first, std::int64_t last) {
  constexpr std::int64_t most_cells = 256;
  PositionFrame frame;
  frame.first = first;
  std::int64_t const length = std::max<std::int64_t>(1, last - first);
  while (frame.cell_bp * most_cells < length) frame.cell_bp *= 2;
  frame.cells = static_cast<int>((length + frame.cell_bp - 1) / frame.cell_bp);
  return frame;
}

namespace {

/// A way to lay steps: so many cells a step, both strands together or apart.
struct Steps {
  int cells = 1;
  bool apart = false;
};

/// Sites and places of every step.
struct Tally {
  std::vector<double> sites, room;  ///< room: shares, sum 1

  Tally(std::span<double const> all_sites, std::span<double const> all_room, Steps steps) {
    int const cells = static_cast<int>(all_room.size());
    double const total = 2 * std::accumulate(all_room.begin(), all_room.end(), 0.0);
    int const strands = steps.apart ? 2 : 1;
    int const of_strand = (cells + steps.cells - 1) / steps.cells;
    sites.resize(strands * of_strand);
    room.resize(strands * of_strand);
    for (int strand = 0; strand < 2; ++strand) {
      for (int c = 0; c < cells; ++c) {
        int const step = (steps.apart ? strand * of_strand : 0) + c / steps.cells;
        sites[step] += all_sites[strand * cells + c];
        room[step] += all_room[c] / total;
      }
    }
  }

  int used() const {
    return static_cast<int>(std::ranges::count_if(room, [](double share) { return share > 0; }));
  }
  double all() const { return std::accumulate(sites.begin(), sites.end(), 0.0); }
};

/// ln P(sites | steps) - ln P(sites | anywhere).
double log_evidence(Tally const& tally) {
  double const weight = tally.used();
  double sum = std::lgamma(weight) - std::lgamma(weight + tally.all());
  for (std::size_t i = 0; i < tally.sites.size(); ++i) {
    double const share = tally.room[i];
    if (share <= 0) continue;
    sum += std::lgamma(weight * share + tally.sites[i]) - std::lgamma(weight * share) -
           tally.sites[i] * std::log(share);
  }
  return sum;
}

}  // namespace

PositionProfile::PositionProfile(PositionFrame const& frame, std::span<double const> sites,
                                 std::span<double const> room)
    : frame_(frame) {
  constexpr double least_evidence = 3;
  double best = least_evidence;
  Steps chosen{0, false};
  for (int cells = 1; cells < 2 * frame.cells; cells *= 2) {
    for (bool const apart : {false, true}) {
      double const evidence = log_evidence(Tally(sites, room, {cells, apart}));
      if (!(evidence > best)) continue;
      best = evidence;
      chosen = {cells, apart};
    }
  }
  if (chosen.cells == 0) return;
  Tally const tally(sites, room, chosen);
  free_numbers_ = tally.used() - 1;
  std::vector<double> ratios;
  for (std::size_t step = 0; step < tally.room.size(); ++step) {
    double const share = tally.room[step];
    // One site of no preference, as for columns: more of them would keep up sites of chance, pass after pass.
    double const p = (tally.sites[step] + share) / (tally.all() + 1);
    // Where no place was, none is preferred.
    ratios.push_back(share > 0 ? p / share : 1 / (tally.all() + 1));
    if (share > 0) bits_ += p * std::log2(p / share);
    highest_ = std::max(highest_, ratios.back());
  }
  auto const has_room = [](double places) { return places > 0; };
  auto const first = std::ranges::find_if(room, has_room) - room.begin();
  auto const beyond = std::ranges::find_if(room.rbegin(), room.rend(), has_room).base() - room.begin();
  room_first_ = frame.first + first * frame.cell_bp;
  room_last_ = frame.first + beyond * frame.cell_bp;
  int const of_strand = (frame.cells + chosen.cells - 1) / chosen.cells;
  for (int strand = 0; strand < 2; ++strand) {
    for (int c = 0; c < frame.cells; ++c)
      ratio_.push_back(ratios[(chosen.apart ? strand * of_strand : 0) + c / chosen.cells]);
  }
  below_.push_back(0);
  for (int c = 0; c < frame.cells; ++c) {
    double const mean = 0.5 * (ratio_[c] + ratio_[frame.cells + c]);
    below_.push_back(below_.back() + mean * static_cast<double>(frame.cell_bp));
  }
}

PreferredPlace PositionProfile::peak() const {
  if (none()) return {};
  auto const at = [&](int strand, int cell) {
    return ratio_[static_cast<std::size_t>(strand * frame_.cells + cell)];
  };
  auto const highest = static_cast<int>(std::ranges::max_element(ratio_) - ratio_.begin());
  int const strand = highest / frame_.cells;
  int const first = highest % frame_.cells;
  int last = first;
  while (last < frame_.cells && at(strand, last) == at(strand, first)) ++last;
  bool const either = at(0, first) == at(1, first);
  auto const position = [&](int cell) { return frame_.first + cell * frame_.cell_bp; };
  return {position(first), position(last), either ? '.' : (strand == 0 ? '+' : '-')};
}

/// Sum from the frame's first position up to this one.
double PositionProfile::below(std::int64_t position) const {
  int const cell = frame_.cell(position);
  double const mean = 0.5 * (ratio_[cell] + ratio_[frame_.cells + cell]);
  std::int64_t const begin = frame_.first + cell * frame_.cell_bp;
  return below_[cell] + mean * static_cast<double>(position - begin);
}

double PositionProfile::sum(std::int64_t first, std::int64_t last) const {
  return none() ? static_cast<double>(last - first) : below(last) - below(first);
}

}  // namespace cislens
