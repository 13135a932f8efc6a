#pragma once

#include "cislens/tensor/context.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cislens {

/// Names of the CPU modules of this build that this processor can run, best first ("x86-64-v4", ...).
std::vector<std::string> usable_instruction_sets();

/// Opens a CPU module. It stays loaded until the program ends.
/// @param isa  a name from `usable_instruction_sets()`, with or without "x86-64-", or "auto" for the best
/// @throws UsageError  no such name, or this processor cannot run it
/// @throws Error       the module's file is missing or damaged
Backend const& load_cpu_backend(std::string_view isa);

/// What there is to compute on besides the CPU.
struct GpuReport {
  struct Device {
    std::string name;
    std::string capability;  ///< "9.0"
    int multiprocessors = 0;
    std::size_t memory_bytes = 0;
  };

  std::filesystem::path module;  ///< its file, whether it is there or not
  std::string driver;            ///< the newest CUDA that the driver knows, "13.0"; empty: no driver
  std::string runtime;           ///< the CUDA that the module was built with; empty: no module
  std::vector<Device> devices;
  std::string problem;   ///< why there is no device; empty: there is one
  std::string products;  ///< what multiplies float32 matrices, and why not cuBLASLt where it does not
};

/// Where the GPU module is looked for: CISLENS_CUDA_MODULE, or beside the CPU modules.
std::filesystem::path gpu_module_path();

/// Looks for GPUs through a module; opens none.
GpuReport look_for_gpus(std::filesystem::path const& module);

/// Opens a GPU. It stays open until the program ends, and is the only one of its module.
/// @throws GpuUnavailable  why it cannot be used
Backend const& load_gpu_backend(std::filesystem::path const& module, int device);

/// "x86-64-v4"; for logs and reports.
std::string_view backend_name(Backend const& backend);

/// How many sequences at a time the backend likes through the whole network.
int preferred_sequences(Backend const& backend);

/// What goes through the whole network at a time: at most so many sequences and, when they are more than one,
/// so many tokens, padding included.
struct PassLimits {
  std::int64_t sequences = 1;
  std::int64_t tokens = 1;
};
PassLimits preferred_pass(Backend const& backend);

/// The memory that a backend's functions work in.
DeviceMemory const& memory_of(Backend const& backend);

}  // namespace cislens
