#pragma once

#include "backend.hpp"

#include <cstddef>

// What a GPU module exports: two functions without C++ in their types, so that the program
// can ask before it relies on anything.
namespace cislens {

struct GpuDevice {
  char name[256];
  int major, minor;  ///< compute capability
  int multiprocessors;
  std::size_t memory_bytes;
};

struct GpuSurvey {
  static constexpr int most_devices = 64;
  int driver_version;   ///< the newest CUDA the driver knows, 1000 major + 10 minor; 0: no driver
  int runtime_version;  ///< the CUDA the module was built with
  int device_count;
  GpuDevice devices[most_devices];
  char problem[512];   ///< why there is no device; empty: there is one
  char products[512];  ///< what multiplies float32 matrices: cuBLASLt's file, or why own kernels do
};

/// Looks at the machine; opens nothing.
using GpuSurveyFunction = void (*)(GpuSurvey* survey);
inline constexpr char const* gpu_survey_symbol = "cislens_gpu_survey";

/// Makes a device ready; it stays so until the program ends. One device a process.
/// @param[out] problem  why not, cut to `problem_bytes` with the final zero
/// @return null when it cannot be used
using GpuOpenFunction = Backend const* (*)(int device, char* problem, std::size_t problem_bytes);
inline constexpr char const* gpu_open_symbol = "cislens_gpu_open";

}  // namespace cislens
