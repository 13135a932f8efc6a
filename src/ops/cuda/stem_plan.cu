#include "functions.hpp"
#include "stem.cuh"
#include "stem_plan.hpp"

#include <algorithm>

namespace cislens::cuda {

namespace {

constexpr int most_warps = 32;

/// Enough warps for all runs, at most `most`; a power of two.
int warps_for(std::int64_t runs, int most) {
  int warps = 1;
  while (warps < most && warps < runs) warps *= 2;
  return warps;
}

/// Blocks that keep the device busy, no more than there are runs for.
unsigned blocks_at_once(std::int64_t runs, int warps, unsigned slices, std::size_t shared_bytes) {
  auto const& limits = device_limits();
  auto const by_memory =
      static_cast<std::int64_t>(limits.block_shared_bytes / std::max<std::size_t>(shared_bytes, 1));
  std::int64_t const of_multiprocessor = std::clamp<std::int64_t>(by_memory, 1, 2048 / (warps * warp_size));
  std::int64_t const wanted = std::max<std::int64_t>(limits.multiprocessors * of_multiprocessor / slices, 1);
  return static_cast<unsigned>(std::min(wanted, ceil_div<std::int64_t>(runs, warps)));
}

unsigned slices_of(StemShape const& shape, int channels) {
  return static_cast<unsigned>(ceil_div<std::int64_t>(shape.channels, channels));
}

}  // namespace

StemForwardPlan::StemForwardPlan(StemShape const& shape)
    : pairs(static_cast<int>((shape.width + 1) / 2)), in_shared(false) {
  StemRuns const runs(shape);
  std::size_t const room = device_limits().block_shared_bytes;
  std::size_t const row_bytes = sizeof(float) * 25 * static_cast<std::size_t>(pairs) * warp_size;
  std::size_t const words_bytes =
      2 * sizeof(std::uint64_t) * static_cast<std::size_t>(ceil_div(pairs, stem_pairs_of_word) * runs.bases);
  int const broadest = shape.channels > 64 ? 4 : (shape.channels > 32 ? 2 : 1);
  int const most = warps_for(runs.all, most_warps);
  for (lane_channels = broadest; lane_channels >= 1; lane_channels /= 2) {
    for (warps = most; warps >= std::min(most, 8); warps /= 2) {
      shared_bytes =
          static_cast<std::size_t>(lane_channels) * row_bytes + static_cast<std::size_t>(warps) * words_bytes;
      in_shared = shared_bytes <= room;
      if (in_shared) break;
    }
    if (in_shared) break;
  }
  if (!in_shared) {  // the longest filters: rows come from L2
    lane_channels = 1;
    warps = warps_for(runs.all, 8);
    shared_bytes = static_cast<std::size_t>(warps) * words_bytes;
  }
  slices = slices_of(shape, lane_channels * warp_size);
  blocks = blocks_at_once(runs.all, warps, slices, shared_bytes);
  table_floats = std::int64_t{slices} * 25 * pairs * warp_size * lane_channels;
}

StemBackwardPlan::StemBackwardPlan(StemShape const& shape) : channels(warp_size) {
  StemRuns const runs(shape);
  std::size_t const room = device_limits().block_shared_bytes;
  auto const width = static_cast<std::size_t>(shape.width);
  std::size_t const words_bytes =
      sizeof(std::uint64_t) *
      static_cast<std::size_t>(ceil_div<std::int64_t>(shape.width, stem_taps_of_word) * runs.bases);
  auto const bytes_of_warp = [&] {
    return words_bytes + sizeof(float) * static_cast<std::size_t>(channels) * (4 * width + 1);
  };
  while (channels > 1 && bytes_of_warp() > room) channels /= 2;
  warps = warps_for(runs.all, 16);
  while (warps > 1 && static_cast<std::size_t>(warps) * bytes_of_warp() > room) warps /= 2;
  shared_bytes = static_cast<std::size_t>(warps) * bytes_of_warp();
  slices = slices_of(shape, channels);
  parts = blocks_at_once(runs.all, warps, slices, shared_bytes);
  part_floats = (4 * shape.width + 1) * shape.channels;
}

std::int64_t stem_scratch(StemShape const& shape) {
  StemBackwardPlan const backward(shape);
  return std::max({StemForwardPlan(shape).table_floats, std::int64_t{backward.parts} * backward.part_floats,
                   4 * shape.width * shape.channels});
}

}  // namespace cislens::cuda
