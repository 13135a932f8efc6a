#pragma once

#include "emulated_memory.hpp"
#include "emulated_types.hpp"

#include <functional>
#include <tuple>

// Where the running fiber is.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
};

enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };

namespace emulator {

/// Runs `thread` once for every thread of the grid.
cudaError_t launch(cudaLaunchConfig_t const& config, void const* kernel, std::function<void()> const& thread);
cudaError_t allow_shared_bytes(void const* kernel, std::size_t bytes);

/// Ends the kernel with a message: the launch fails, the program goes on.
[[noreturn]] void fail(char const* message);

/// The block's dynamic shared memory; behind its end lies a page that nobody may touch.
void* dynamic_shared_memory();
bool is_shared_memory(void const* address);

}  // namespace emulator

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(cudaLaunchConfig_t const* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  std::tuple<Parameters...> const values(static_cast<Parameters>(arguments)...);
  return emulator::launch(*config, reinterpret_cast<void const*>(kernel),
                          [&] { std::apply(kernel, values); });
}

template <typename Kernel>
cudaError_t cudaFuncSetAttribute(Kernel* kernel, cudaFuncAttribute, int bytes) {
  return emulator::allow_shared_bytes(reinterpret_cast<void const*>(kernel), static_cast<std::size_t>(bytes));
}
