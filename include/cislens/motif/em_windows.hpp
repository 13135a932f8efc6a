#pragma once

#include "cislens/motif/discovery.hpp"
#include "cislens/motif/position_profile.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cislens {

/// Scores are kept as whole numbers of 1/1024 nat: sums are exact, in any order, and running sums may wrap.
inline constexpr double score_units_per_nat = 1024;
/// What a base that no site may cover (N, padding) costs, in nats.
inline constexpr double blocked_nats = 100;
/// What motifs explain of a base is kept in whole numbers, too: taking a motif out and putting it back leaves
/// no trace.
inline constexpr double explained_units_per_nat = 1 << 20;
/// N after every window, so that reading past its end is harmless.
inline constexpr int window_padding = 48;

/// Order-1 background, the same for both strands.
struct MarkovBackground {
  std::array<double, 4> base{};                 ///< P(b)
  std::array<std::array<double, 4>, 4> pair{};  ///< P(a, b) of neighbours
};

/// From the dinucleotides of the windows and of their reverse complements, one added to each pair.
MarkovBackground estimate_background(std::span<Window const> windows);

/// The same for windows of like G + C share: a set of GC-rich and AT-rich windows holds more words that are
/// all GC or all AT than one common background tells.
struct BackgroundClass {
  MarkovBackground background;
  double share = 0;  ///< of all bases
};

struct Explained;
using SharedExplained = std::shared_ptr<Explained const>;

/// Windows laid end to end, ready for scanning, with what earlier motifs explain.
struct WindowSet {
  std::vector<std::uint8_t> bases;  ///< window, padding, window, padding, ...
  std::vector<std::uint8_t> quads;  ///< bases [i, i + 4) as a number, first base highest, N read as A
  std::vector<std::uint32_t> cost;  ///< in a window, cost[j] - cost[i]: ln background of [i, j), plus `lost`
  std::vector<std::uint32_t> lost;  ///< likewise, lost[j] - lost[i]: -ln of the share of [i, j) left
  std::vector<std::uint32_t> explained;  ///< -ln of the share of each base that is left, N: blocked_nats
  std::vector<float> background;         ///< per base ln background, half of each neighbour's pair term
  std::vector<std::int64_t> begin;       ///< of window w in `bases`
  std::vector<std::int64_t> length;      ///< of window w
  std::vector<double> weight;            ///< of window w
  std::vector<double> gc;                ///< of window w: its G + C share, drawn towards the background's
  PositionFrame frame;                   ///< common to all sets of a search
  std::vector<std::int64_t> position;    ///< of the first base of window w, from the middle of its record
  std::vector<SharedExplained> taken;    ///< the motifs that `explained` is of

  std::int64_t size() const { return static_cast<std::int64_t>(begin.size()); }
};

/// The background of a window has its own G + C share (drawn towards the common one by 100 bases), so that a
/// motif is not mistaken for being GC-rich; the pair terms are common to all.
/// @param frame  of positions; that of these windows without one
WindowSet make_window_set(std::span<Window const> windows, MarkovBackground const& background,
                          std::optional<PositionFrame> const& frame = std::nullopt);

/// Covers the windows of several sets, but for 1 % of their ends on either side: what lies beyond belongs to
/// the first or the last cell.
PositionFrame position_frame(std::initializer_list<std::span<Window const>> sets);

/// Places for a motif of this width by the cell of its middle, by weight. @return (cells of the frame)
std::vector<double> places_by_cell(WindowSet const& set, int width);

/// From the dinucleotides that earlier motifs leave of the windows, both strands, one added to each pair.
MarkovBackground estimate_background(WindowSet const& set);

/// Makes `quads` fit `bases`.
void set_quads(WindowSet& set);

/// From now on the windows are measured against this background; each keeps its own G + C share.
void set_background(WindowSet& set, MarkovBackground const& background);

/// Backgrounds of what earlier motifs leave of the windows: up to eight classes of equally many windows by
/// their G + C share, fewer when a class would have under 20 kb; none without bases.
std::vector<BackgroundClass> background_classes(WindowSet const& set);

/// P(A), P(C), P(G), P(T) at a G + C share.
std::array<double, 4> bases_at_gc(double gc);

/// -ln of the share that is left, in explained_units_per_nat.
std::uint32_t to_explained_units(double nats);
/// The share that is left.
double share_left(std::uint32_t explained);

/// Makes `cost` and `lost` of one window fit `explained` again.
void update_costs(WindowSet& set, std::int64_t window);
/// Of all windows.
void update_costs(WindowSet& set);

}  // namespace cislens
