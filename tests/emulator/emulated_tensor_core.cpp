#include "emulated_threads.hpp"
#include "tensor_core.cuh"

#include <cstring>

namespace cislens::cuda {

void mma_of_warp(unsigned, void** brought) {
  float a[16][16];
  float b[16][8];
  for (int lane = 0; lane < 32; ++lane) {
    auto const& mine = *static_cast<MmaLane const*>(brought[lane]);
    int const g = lane / 4;
    int const t = lane % 4;
    for (int half = 0; half < 2; ++half) {
      a[g][2 * t + half] = half_of(mine.a[0], half);
      a[g + 8][2 * t + half] = half_of(mine.a[1], half);
      a[g][2 * t + 8 + half] = half_of(mine.a[2], half);
      a[g + 8][2 * t + 8 + half] = half_of(mine.a[3], half);
      b[2 * t + half][g] = half_of(mine.b[0], half);
      b[2 * t + 8 + half][g] = half_of(mine.b[1], half);
    }
  }
  for (int lane = 0; lane < 32; ++lane) {
    float* const d = static_cast<MmaLane const*>(brought[lane])->d;
    for (int i = 0; i < 4; ++i) {
      int const row = lane / 4 + 8 * (i / 2);
      int const column = 2 * (lane % 4) + i % 2;
      float sum = d[i];
      for (int k = 0; k < 16; ++k) sum = std::fma(a[row][k], b[k][column], sum);
      d[i] = sum;
    }
  }
}

void require_shared(void const* address, std::size_t bytes) {
  if (reinterpret_cast<std::uintptr_t>(address) % bytes != 0) emulator::fail("an address is not aligned");
  if (!emulator::is_shared_memory(address)) emulator::fail("an address is not in shared memory");
}

void cp_async(void* shared, void const* global, std::size_t bytes, bool real) {
  require_shared(shared, bytes);
  if (reinterpret_cast<std::uintptr_t>(global) % bytes != 0)
    emulator::fail("cp_async from an unaligned address");
  emulator::pending_copies().push_back({shared, real ? global : nullptr, bytes, emulator::copy_groups()});
}

void cp_async_commit() { ++emulator::copy_groups(); }

void cp_async_wait_for(int groups) {
  auto& copies = emulator::pending_copies();
  int const done = emulator::copy_groups() - groups;
  auto const arrive = [&](emulator::PendingCopy const& copy) {
    if (copy.group >= done) return false;
    if (copy.from == nullptr) {
      std::memset(copy.to, 0, copy.bytes);
    } else {
      std::memcpy(copy.to, copy.from, copy.bytes);
    }
    return true;
  };
  std::erase_if(copies, arrive);
}

}  // namespace cislens::cuda
