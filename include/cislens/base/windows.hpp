#pragma once

#include <cstdint>

namespace cislens {

/// A stretch of a record, 0-based and half-open.
struct RecordWindow {
  std::int64_t start = 0;
  std::int64_t end = 0;

  std::int64_t length() const { return end - start; }
  bool operator==(RecordWindow const&) const = default;
};

/// Windows over a record that is too long to be read at once: all of one length, by start, each overlapping
/// the next by about half, together the whole record. A record that is short enough is one window.
///
/// Starts are whole tokens (`grid` bases) from the record's start and ends are whole tokens from its end, so
/// that in every window, on either strand, bases fall into the same tokens as in the whole record. The
/// windows of the reverse complement are the mirror images of these whatever the length: they are laid from
/// both ends towards the middle, where they may overlap more.
class WindowPlan {
 public:
  /// @param length      of the record, >= 0; 0: no window
  /// @param max_length  longest window, >= 2 * grid
  /// @param grid        bases a token, >= 1
  /// @throws Error  an argument is out of its range
  WindowPlan(std::int64_t length, std::int64_t max_length, std::int64_t grid);

  std::int64_t count() const { return count_; }
  /// @param index  in [0, count())
  RecordWindow operator[](std::int64_t index) const;

 private:
  std::int64_t length_;
  std::int64_t grid_;
  std::int64_t width_ = 0;  ///< bases
  std::int64_t last_ = 0;   ///< start of the last window, tokens
  std::int64_t step_ = 1;   ///< tokens
  std::int64_t side_ = 0;   ///< windows laid from each end
  std::int64_t count_ = 0;
};

/// How much the second of two overlapping windows counts at a base; the first counts the rest. It rises from
/// 0 to 1 around the middle of the overlap, over half the distance between the windows' starts and at most
/// half the overlap: what a window says near its ends, where it lacks context, never counts.
class CrossFade {
 public:
  /// @pre first.start < second.start < first.end < second.end
  CrossFade(RecordWindow first, RecordWindow second);

  /// Bases before it belong to the first window alone, those from `end()` on to the second.
  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return end_; }
  /// The value at a base in [begin(), end()). Equal values stay as they are, bit for bit, and mirrored
  /// windows give the same number.
  float mix(std::int64_t base, float first, float second) const;

 private:
  std::int64_t twice_middle_;
  std::int64_t width_;
  std::int64_t begin_;
  std::int64_t end_;
};

}  // namespace cislens
