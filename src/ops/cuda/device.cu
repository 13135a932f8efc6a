#include "device.hpp"
#include "launch.cuh"
#include "staging.hpp"
#include "workspace.hpp"

#include <cstdio>
#include <new>

namespace cislens::cuda {

namespace {

constexpr int none = -1;

struct Opened {
  int device = none;
  cudaStream_t stream = nullptr;
  DeviceLimits limits{};
};

Opened opened;

// What a thread calls goes to the device it has selected; a new thread has selected the first.
void select_in_this_thread() {
  thread_local int selected = none;
  if (selected == opened.device) return;
  check(cudaSetDevice(opened.device), "the choice of a GPU");
  selected = opened.device;
}

// One thread writes; the host reads it back: the module holds code for this device.
__global__ void answer(int* place) { *place = 42; }

void require_answer() {
  void* place = nullptr;
  check(cudaMalloc(&place, sizeof(int)), "a first piece of GPU memory");
  int answered = 0;
  launch(answer, 1, 1, 0, static_cast<int*>(place));
  check(cudaMemcpyAsync(&answered, place, sizeof answered, cudaMemcpyDeviceToHost, opened.stream),
        "a first copy from the GPU");
  check(cudaStreamSynchronize(opened.stream), "a first kernel");
  check(cudaFree(place), "giving back GPU memory");
  if (answered != 42) throw std::runtime_error("the GPU does not answer");
}

}  // namespace

void check(cudaError_t error, char const* what) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // the error was told; the next call starts without it
  if (error == cudaErrorMemoryAllocation) throw std::bad_alloc();
  throw std::runtime_error(std::string("GPU: ") + what + " failed: " + cudaGetErrorString(error) + " (" +
                           cudaGetErrorName(error) +
                           "); run with CUDA_LAUNCH_BLOCKING=1 to see which call, or with --device cpu");
}

cudaStream_t stream() {
  select_in_this_thread();
  return opened.stream;
}

DeviceLimits const& device_limits() { return opened.limits; }

void open_device(int device) {
  if (opened.device == device) return;
  if (opened.device != none) {
    throw std::runtime_error("device " + std::to_string(opened.device) + " is open; one GPU a process");
  }
  check(cudaSetDevice(device), "the choice of a GPU");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device), "a look at the GPU");
  opened.limits = {.multiprocessors = properties.multiProcessorCount,
                   .capability = 10 * properties.major + properties.minor,
                   .block_shared_bytes = properties.sharedMemPerBlockOptin,
                   .l2_bytes = static_cast<std::size_t>(properties.l2CacheSize)};
  check(cudaStreamCreateWithFlags(&opened.stream, cudaStreamNonBlocking), "a stream of the GPU");
  opened.device = device;
  try {
    require_answer();
    open_staging();
    open_workspace();
  } catch (...) {
    opened.device = none;
    throw;
  }
}

void survey_devices(GpuSurvey& survey) {
  static_cast<void>(cudaRuntimeGetVersion(&survey.runtime_version));
  static_cast<void>(cudaDriverGetVersion(&survey.driver_version));
  if (survey.driver_version == 0) throw std::runtime_error("there is no NVIDIA driver");
  int count = 0;
  cudaError_t const error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    throw std::runtime_error(cudaGetErrorString(error));
  }
  survey.device_count = count < GpuSurvey::most_devices ? count : GpuSurvey::most_devices;
  for (int i = 0; i < survey.device_count; ++i) {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, i), "a look at the GPU");
    GpuDevice& device = survey.devices[i];
    std::snprintf(device.name, sizeof device.name, "%s", properties.name);
    device.major = properties.major;
    device.minor = properties.minor;
    device.multiprocessors = properties.multiProcessorCount;
    device.memory_bytes = properties.totalGlobalMem;
  }
}

}  // namespace cislens::cuda
