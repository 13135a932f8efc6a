#pragma once

#include <cuda_runtime.h>

namespace cislens::cuda {

/// The dynamic shared memory of the kernel: as many bytes as its launch said, aligned for every access. The
/// one place that declares it: two types of one extern array do not compile.
template <typename T>
__device__ T* dynamic_shared() {
  extern __shared__ __align__(1024) unsigned char dynamic_shared_bytes[];
  return reinterpret_cast<T*>(dynamic_shared_bytes);
}

}  // namespace cislens::cuda
