#pragma once

#include "cislens/base/nucleotide.hpp"
#include "cislens/base/threads.hpp"
#include "cislens/base/windows.hpp"
#include "cislens/train/predict.hpp"

#include "scan_space.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cislens {

/// What is asked of the network.
struct ScanQuestion {
  int target = 0;
  std::int64_t max_length = 0;  ///< bases of a window
  bool attribution = true;      ///< what bases are worth
  bool attention = false;       ///< attention received by heads
  bool heads = false;           ///< attribution by heads too
};

/// The bases of a stretch and around it.
struct LoadedStretch {
  ScanStretch stretch;
  RecordWindow loaded;  ///< on the contig; within the place
  Bases bases;          ///< of `loaded`
  RecordWindow wanted;  ///< where tracks are wanted: `own` and what sites of it may reach
};

/// What the network says about one window.
struct WindowLogit {
  RecordWindow window;  ///< on the contig
  float logit = 0;
};

/// What the network says about one stretch.
struct StretchReadout {
  std::vector<WindowLogit> windows;  ///< that start in the stretch and hold a known base
  RecordWindow place;                ///< the wanted range
  std::vector<float> total;          ///< (place.length())
  std::vector<float> heads;          ///< (layers * H, place.length()), when asked for
  std::vector<float> received;       ///< the same
};

/// How far beyond a stretch bases must be loaded for its windows.
std::int64_t window_reach(ScanStretch const& stretch, std::int64_t max_length);

/// Reads stretches in windows (WindowPlan of their place) and joins the windows' tracks (TrackStitcher). What
/// comes out for a base does not depend on where stretches begin.
std::vector<StretchReadout> read_stretches(Network const& network, ScanQuestion const& question,
                                           std::span<LoadedStretch const> stretches, Backend const& backend,
                                           Threads& threads);

}  // namespace cislens
