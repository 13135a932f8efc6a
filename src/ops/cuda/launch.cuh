#pragma once

#include <cstddef>
#include <cstdint>
#include <cuda_runtime.h>
#include <stdexcept>
#include <string>

namespace cislens::cuda {

/// The one stream of the opened device, in which everything runs in order.
cudaStream_t stream();

/// @throws std::bad_alloc      the device has no memory left
/// @throws std::runtime_error  any other error: what was asked for, what CUDA says and what to do
void check(cudaError_t error, char const* what);

/// What kernels have to fit into.
struct DeviceLimits {
  int multiprocessors;
  int capability;                  ///< 90 for compute capability 9.0
  std::size_t block_shared_bytes;  ///< the most shared memory of a block that asks for it
  std::size_t l2_bytes;
};
/// Of the opened device.
DeviceLimits const& device_limits();

/// The blocks of a grid that gives `count` things to blocks of `each`.
/// @throws std::length_error  more blocks than a grid has
inline unsigned blocks_for(std::int64_t count, std::int64_t each) {
  std::int64_t const blocks = (count + each - 1) / each;
  if (blocks > 0x7FFFFFFF) throw std::length_error("a grid of " + std::to_string(blocks) + " blocks");
  return static_cast<unsigned>(blocks);
}

inline constexpr std::size_t shared_bytes_without_asking = 48 * 1024;

/// Starts a kernel in the device's stream; an empty grid starts nothing. Arguments become what the kernel's
/// parameters say, and the error of every launch is looked at.
/// @param shared_bytes  what dynamic_shared() has; more than 48 KiB are asked for
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes,
            Arguments... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments));
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream();
  if (shared_bytes > shared_bytes_without_asking) {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared_bytes)),
          "the shared memory of a kernel");
  }
  check(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), "the start of a kernel");
}

}  // namespace cislens::cuda
