#include "device.hpp"
#include "launch.cuh"
#include "staging.hpp"

#include <exception>

namespace cislens::cuda {

namespace {

void* allocate(std::size_t bytes) {
  static_cast<void>(stream());  // selects the device in this thread
  void* memory = nullptr;
  cudaError_t const error = cudaMalloc(&memory, bytes);
  if (error == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());
    return nullptr;
  }
  check(error, "asking for GPU memory");
  return memory;
}

// Called when the program ends, too, when CUDA may be gone already: then there is nothing left to give back.
// It must not throw, and has to say which device is meant: else a thread that has called nothing yet wakes up
// the first one.
void release(void* memory) {
  try {
    static_cast<void>(stream());
  } catch (std::exception const&) {  // cudaFree knows by the address, too
  }
  if (cudaFree(memory) != cudaSuccess) static_cast<void>(cudaGetLastError());
}

void copy_to_host(void* host, void const* device, std::size_t bytes) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream()), "a copy from the GPU");
  check(cudaStreamSynchronize(stream()), "the work before a copy from the GPU");
}

void copy(void* to, void const* from, std::size_t bytes) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()), "a copy within the GPU");
}

void clear(void* memory, std::size_t bytes) {
  check(cudaMemsetAsync(memory, 0, bytes, stream()), "clearing GPU memory");
}

std::size_t available() {
  static_cast<void>(stream());
  std::size_t free_bytes = 0;
  std::size_t all_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &all_bytes), "asking how much GPU memory is free");
  return free_bytes;
}

}  // namespace

DeviceMemory device_memory() {
  return {.is_host = false,
          .allocate = allocate,
          .release = release,
          .copy_to_device = stage_to_device,
          .copy_to_host = copy_to_host,
          .copy = copy,
          .clear = clear,
          .available = available};
}

}  // namespace cislens::cuda
