#pragma once

#include "../backend.hpp"

#include <cstddef>
#include <cstdint>

// How the stem's kernels are cut up for the opened device.
namespace cislens::cuda {

inline constexpr int stem_pairs_of_word = 12;  // 5 bits each
inline constexpr int stem_taps_of_word = 21;   // 3 bits each

/// The table of a slice of channels is as broad as shared memory allows.
struct StemForwardPlan {
  int pairs;          // of taps
  int lane_channels;  // 4, 2 or 1
  unsigned slices;
  bool in_shared;  // or read from the scratch memory
  int warps;       // of a block
  unsigned blocks;
  std::size_t shared_bytes;
  std::int64_t table_floats;  // of all slices, in the scratch memory

  explicit StemForwardPlan(StemShape const& shape);
};

/// A warp adds up gradients in a table of its own of `channels` channels; a block's tables become one part.
struct StemBackwardPlan {
  int channels;  // 32, or fewer where that does not fit
  unsigned slices;
  int warps;
  unsigned parts;
  std::size_t shared_bytes;
  std::int64_t part_floats;  // (4 K + 1) C: dweight and dbias

  explicit StemBackwardPlan(StemShape const& shape);
};

}  // namespace cislens::cuda
