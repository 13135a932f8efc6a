#pragma once

#include "emulated_types.hpp"

#include <cstring>

namespace emulator {

/// Where in the source a thread meets others.
struct Place {
  char const* file;
  int line;
  bool operator==(Place const& other) const {
    return line == other.line && (file == other.file || std::strcmp(file, other.file) == 0);
  }
};

/// Waits for all threads of the block that have not returned.
void block_barrier(Place place);

/// Waits for the lanes of the mask; the last one that comes calls `work` once, which sees what each lane
/// brought (null for a lane outside the mask) and may write into it.
using WarpWork = void (*)(unsigned mask, void** brought);
void warp_meeting(unsigned mask, WarpWork work, void* mine, Place place);

int lane();

template <typename T>
struct Shuffle {
  T value;
  int source;  // whose value is asked for; the own one when that lane is outside the mask
  T result;
};

template <typename T>
T shuffle(unsigned mask, T value, int source, Place place) {
  Shuffle<T> mine{value, source, value};
  warp_meeting(
      mask,
      [](unsigned lanes, void** brought) {
        for (int i = 0; i < 32; ++i) {
          if (brought[i] == nullptr) continue;
          auto& one = *static_cast<Shuffle<T>*>(brought[i]);
          bool const there = one.source >= 0 && one.source < 32 && ((lanes >> one.source) & 1) != 0;
          if (there) one.result = static_cast<Shuffle<T>*>(brought[one.source])->value;
        }
      },
      &mine, place);
  return mine.result;
}

struct Vote {
  bool yes;
  unsigned ballot;
};
inline unsigned vote(unsigned mask, bool yes, Place place) {
  Vote mine{yes, 0};
  warp_meeting(
      mask,
      [](unsigned, void** brought) {
        unsigned ballot = 0;
        for (int i = 0; i < 32; ++i) {
          if (brought[i] != nullptr && static_cast<Vote*>(brought[i])->yes) ballot |= 1U << i;
        }
        for (int i = 0; i < 32; ++i) {
          if (brought[i] != nullptr) static_cast<Vote*>(brought[i])->ballot = ballot;
        }
      },
      &mine, place);
  return mine.ballot;
}

}  // namespace emulator

#define EMULATED_PLACE char const *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(EMULATED_PLACE) { emulator::block_barrier({file, line}); }
inline void __syncwarp(unsigned mask = 0xFFFFFFFF, EMULATED_PLACE) {
  emulator::vote(mask, true, {file, line});
}
inline void __threadfence() {}
inline void __threadfence_block() {}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, EMULATED_PLACE) {
  int const first = emulator::lane() / width * width;
  return emulator::shuffle(mask, value, first + source % width, {file, line});
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32, EMULATED_PLACE) {
  int const own = emulator::lane();
  int const source = own ^ with;
  return emulator::shuffle(mask, value, source / width <= own / width ? source : own, {file, line});
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32, EMULATED_PLACE) {
  int const own = emulator::lane();
  int const source = own - static_cast<int>(by);
  return emulator::shuffle(mask, value, source >= own / width * width ? source : own, {file, line});
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, EMULATED_PLACE) {
  int const own = emulator::lane();
  int const source = own + static_cast<int>(by);
  return emulator::shuffle(mask, value, source < (own / width + 1) * width ? source : own, {file, line});
}
inline unsigned __ballot_sync(unsigned mask, int yes, EMULATED_PLACE) {
  return emulator::vote(mask, yes != 0, {file, line});
}
inline int __any_sync(unsigned mask, int yes, EMULATED_PLACE) {
  return emulator::vote(mask, yes != 0, {file, line}) != 0;
}
inline int __all_sync(unsigned mask, int yes, EMULATED_PLACE) {
  return emulator::vote(mask, yes != 0, {file, line}) == mask;
}
