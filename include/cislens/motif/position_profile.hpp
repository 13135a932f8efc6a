#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// Cells of equal width along records that are laid with their middles on one another.
struct PositionFrame {
  std::int64_t first = 0;    ///< position where cell 0 begins; the middle of a record is 0
  std::int64_t cell_bp = 2;  ///< a power of two
  int cells = 1;

  /// The cell of a position; positions beyond the frame lie in its first or last cell.
  int cell(std::int64_t position) const;
};

/// The narrowest cells, of at least 2 bases and at most 256, that cover [first, last).
PositionFrame position_frame(std::int64_t first, std::int64_t last);

/// Where a motif stands most often.
struct PreferredPlace {
  std::int64_t first = 0, last = 0;  ///< positions [first, last) of its middle; none: not known
  char strand = '.';                 ///< '+', '-'; '.': either

  bool is_known() const { return first < last; }
};

/// Where along the records, and on which strand, a motif stands: how many times more often than if its sites
/// lay anywhere. TATA boxes stand 30 bases before the start of transcription and read one way; sites of the
/// factor that was precipitated stand in the middle of a peak.
class PositionProfile {
 public:
  /// No preference: 1 everywhere.
  PositionProfile() = default;

  /// The steps that bear out best what was seen: cells of one common width, from one to all, strands together
  /// or apart, by the evidence of a multinomial with a flat Dirichlet prior (Heckerman et al. 1995). No
  /// preference unless that makes the sites e^3 times more likely.
  /// @param sites  (2, cells) expected sites by strand and cell of their middle
  /// @param room   (cells) places for them, any unit
  PositionProfile(PositionFrame const& frame, std::span<double const> sites, std::span<double const> room);

  bool none() const { return ratio_.empty(); }
  int free_numbers() const { return free_numbers_; }

  /// Of a place whose middle is at `position`. @param strand  0 forward, 1 reverse
  double ratio(int strand, std::int64_t position) const {
    return none() ? 1.0 : ratio_[static_cast<std::size_t>(strand * frame_.cells + frame_.cell(position))];
  }
  double highest() const { return highest_; }
  /// How much the place of a site tells: sum over places of P log2(ratio).
  double bits() const { return bits_; }
  /// Whether there was room at this position or on both sides of it: it says nothing about what lies beyond.
  bool covers(std::int64_t position) const { return position >= room_first_ && position < room_last_; }

  /// The first stretch with the highest ratio; without a preference empty.
  PreferredPlace peak() const;

  /// Sum over positions [first, last) of the mean of both strands.
  double sum(std::int64_t first, std::int64_t last) const;

 private:
  double below(std::int64_t position) const;

  PositionFrame frame_;
  std::vector<double> ratio_;    // (2, cells)
  std::vector<double> below_;    // (cells + 1) sums of whole cells
  std::int64_t room_first_ = 0;  // positions [first, last) between the outermost cells with room
  std::int64_t room_last_ = 0;
  double highest_ = 1;
  double bits_ = 0;
  int free_numbers_ = 0;
};

}  // namespace cislens
