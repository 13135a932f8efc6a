#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

// The functions of src/ops/cuda/ptx/tensor_core.cuh, where they are described.
namespace cislens::cuda {

struct MmaLane {
  float* d;
  unsigned const *a, *b;
};
struct MatrixLane {
  unsigned* r;
  std::uint16_t const* row;
};

inline float half_of(unsigned pair, int upper) {
  return std::bit_cast<float>(upper != 0 ? pair & 0xFFFF0000U : pair << 16);
}

/// d += a b of a warp, each element's sum over k in order.
void mma_of_warp(unsigned mask, void** brought);
/// Rows of up to four matrices to the lanes.
template <int Matrices, bool Transposed>
void ldmatrix_of_warp(unsigned, void** brought) {
  auto const lane = [&](int i) -> MatrixLane& { return *static_cast<MatrixLane*>(brought[i]); };
  for (int m = 0; m < Matrices; ++m) {
    for (int i = 0; i < 32; ++i) {
      auto const element = [&](int row, int column) -> unsigned { return lane(8 * m + row).row[column]; };
      int const first = 2 * (i % 4);
      int const other = i / 4;
      lane(i).r[m] = Transposed ? element(first, other) | element(first + 1, other) << 16
                                : element(other, first) | element(other, first + 1) << 16;
    }
  }
}

/// @throws by emulator::fail, unless the address is in shared memory and a multiple of `bytes`
void require_shared(void const* address, std::size_t bytes);
void cp_async(void* shared, void const* global, std::size_t bytes, bool real);
void cp_async_wait_for(int groups);

inline void mma_bf16(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2], EMULATED_PLACE) {
  MmaLane mine{d, a, b};
  emulator::warp_meeting(0xFFFFFFFF, mma_of_warp, &mine, {file, line});
}

template <int Matrices, bool Transposed>
void ldmatrix(unsigned* r, void const* row, emulator::Place place) {
  if (emulator::lane() < 8 * Matrices) require_shared(row, 16);
  MatrixLane mine{r, static_cast<std::uint16_t const*>(row)};
  emulator::warp_meeting(0xFFFFFFFF, ldmatrix_of_warp<Matrices, Transposed>, &mine, place);
}
inline void ldmatrix_x4(unsigned (&r)[4], void const* row, EMULATED_PLACE) {
  ldmatrix<4, false>(r, row, {file, line});
}
inline void ldmatrix_x4_transposed(unsigned (&r)[4], void const* row, EMULATED_PLACE) {
  ldmatrix<4, true>(r, row, {file, line});
}
inline void ldmatrix_x2(unsigned (&r)[2], void const* row, EMULATED_PLACE) {
  ldmatrix<2, false>(r, row, {file, line});
}
inline void ldmatrix_x2_transposed(unsigned (&r)[2], void const* row, EMULATED_PLACE) {
  ldmatrix<2, true>(r, row, {file, line});
}

// Copies happen when they are waited for, not before: who reads too early reads what was there.
inline void cp_async_16(void* shared, void const* global) { cp_async(shared, global, 16, true); }
inline void cp_async_16_or_zero(void* shared, void const* global, bool real) {
  cp_async(shared, global, 16, real);
}
inline void cp_async_4_or_zero(void* shared, void const* global, bool real) {
  cp_async(shared, global, 4, real);
}
void cp_async_commit();
template <int Groups>
void cp_async_wait() {
  cp_async_wait_for(Groups);
}

inline float exp2_fast(float x) { return std::exp2(x); }

}  // namespace cislens::cuda
