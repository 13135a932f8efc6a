#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <functional>

namespace cislens {

/// Calls work(item, scratch) for every item in [0, items), on the context's team if it has one, else in
/// order. Every worker has `scratch_floats` floats of its own, taken from the arena before the work begins.
inline void deal_out(Context& context, std::int64_t items, std::int64_t scratch_floats,
                     std::function<void(std::int64_t item, float* scratch)> const& work) {
  ArenaScope const scope(context.arena());
  Threads* const team = context.team();
  if (team == nullptr || team->count() == 1 || items <= 1) {
    float* const scratch = context.arena().floats(scratch_floats);
    for (std::int64_t item = 0; item < items; ++item) work(item, scratch);
    return;
  }
  std::int64_t const room = (scratch_floats + 15) / 16 * 16;
  float* const scratch = context.arena().floats(room * team->count());
  team->for_each(items, [&](std::int64_t item, int worker) { work(item, scratch + worker * room); });
}

}  // namespace cislens
