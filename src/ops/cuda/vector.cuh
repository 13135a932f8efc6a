#pragma once

#include <cstdint>
#include <cuda_runtime.h>

namespace cislens::cuda {

/// `width` neighbouring floats in registers.
template <int width>
struct Floats {
  float at[width];
};

// Of 1 or 4 floats; 4 are one access, from an address that is a multiple of 16 bytes.
template <int width>
__device__ inline Floats<width> load_floats(float const* from) {
  static_assert(width == 1 || width == 4);
  if constexpr (width == 4) {
    float4 const x = *reinterpret_cast<float4 const*>(from);
    return {{x.x, x.y, x.z, x.w}};
  } else {
    return {{*from}};
  }
}

template <int width>
__device__ inline void store_floats(float* to, Floats<width> const& x) {
  static_assert(width == 1 || width == 4);
  if constexpr (width == 4) {
    *reinterpret_cast<float4*>(to) = make_float4(x.at[0], x.at[1], x.at[2], x.at[3]);
  } else {
    *to = x.at[0];
  }
}

/// Whether vectors may be read and written there; null: nothing is.
inline bool aligned_16(void const* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

}  // namespace cislens::cuda
