#pragma once

#include "cislens/motif/em_windows.hpp"

#include <vector>

namespace cislens {

/// Cells of the frame where neighbouring bases are other than in all records together: there stands something
/// that keeps its place. By the likelihood ratio of the 16 pairs, forward strand, of what earlier motifs
/// leave; the cells above the mean, with room for a word on either side. Empty when no cell is worth the
/// price of its 15 free numbers (Schwarz).
std::vector<bool> uneven_cells(WindowSet const& set);

/// The windows with all other cells blocked.
WindowSet only_cells(WindowSet set, std::vector<bool> const& cells);

/// What windows hold in the cells [first_cell, last_cell); those that hold nothing there are left out. What
/// is explained stays so; it is not for `set_explained`.
WindowSet between_cells(WindowSet const& set, int first_cell, int last_cell);

/// Sites stand in these cells ten times as often as elsewhere: where to start from.
PositionProfile profile_of_cells(WindowSet const& set, std::vector<bool> const& cells);

}  // namespace cislens
