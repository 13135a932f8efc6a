#pragma once

#include "cislens/base/windows.hpp"
#include "cislens/readout/record_readout.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cislens {

/// A stretch of tracks, row by row.
struct TrackPiece {
  RecordWindow place;         ///< bases, in the record
  std::vector<float> values;  ///< (rows, place.length())
};

/// Joins the tracks of overlapping windows into one, handing out stretches as soon as they are final: it
/// keeps one window. A value comes from the window in which its base lies most central; around the middle of
/// an overlap one fades into the other (CrossFade).
class TrackStitcher {
 public:
  explicit TrackStitcher(std::int64_t rows) : rows_(rows) {}

  /// The next window of a record, by start. @param values  (rows, window.length())
  /// @return what became final: bases behind those of the last call; may be empty
  TrackPiece add(RecordWindow window, std::vector<float> values);
  /// What is left, up to the end of the last window. The stitcher can then take another record.
  TrackPiece finish();

 private:
  std::int64_t rows_;
  RecordWindow window_;
  std::vector<float> values_;
  std::int64_t next_ = 0;  ///< first base that was not handed out
};

/// Part of what a network says about the bases of a record.
struct ReadoutPiece {
  std::int64_t record = 0;
  RecordWindow place;           ///< bases, in the record
  std::vector<float> total;     ///< (place.length()), as in RecordReadout
  std::vector<float> heads;     ///< (layers * H, place.length())
  std::vector<float> received;  ///< the same, when asked for
};
using ReadoutSink = std::function<void(ReadoutPiece const& piece)>;

/// Reads records of any length in windows (WindowPlan on the network's tokens) and joins what they say about
/// the bases. A value is what its base is worth to the logit of the window around it. With attention over all
/// of a window, context is the window, and other windows give somewhat other values. With a bounded view
/// (local attention, additive head) any windows wide enough give the same numbers away from the record's
/// ends, but for the rounding of matrix products. A record and its reverse complement give mirrored values.
/// Windows without a known base are not read: zeros.
///
/// Pieces come by record, then by place, without gaps, while later windows are still to be read: memory does
/// not grow with the length of a record. Windows are dealt to the threads.
/// @param max_length  bases; >= two tokens
/// @param options     `looks` is not used
/// @param sink        called on the calling thread
/// @throws Interrupted  a signal asked to stop  @throws Error  max_length is too small
void read_windows(NetworkConfig const& config, std::span<float const> parameters,
                  std::span<Bases const> records, std::int64_t max_length, ReadoutOptions const& options,
                  Backend const& backend, Threads& threads, ReadoutSink const& sink);

}  // namespace cislens
