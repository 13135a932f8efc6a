#pragma once

#include <cuda_runtime.h>

namespace cislens::cuda {

template <typename T>
T* dynamic_shared() {
  return static_cast<T*>(emulator::dynamic_shared_memory());
}

}  // namespace cislens::cuda
