#pragma once

#include "cislens/ops/load.hpp"

#include <string>

namespace cislens {

/// What `--device` asks for.
struct DeviceChoice {
  enum class Kind { automatic, cpu, gpu };

  Kind kind = Kind::automatic;
  int index = 0;  ///< of a GPU
};

/// @param asked  "auto", "cpu", "cuda" or "cuda:1"
/// @throws UsageError  it is none of them
DeviceChoice parse_device(std::string const& asked);

/// @throws GpuUnavailable  a GPU is asked for and there is none, or not this one
void check_device(std::string const& asked);

/// What a network runs on.
struct OpenDevice {
  Backend const* backend = nullptr;
  std::string name;    ///< "cpu (x86-64-v4)" or "cuda:0: NVIDIA H200"
  std::string reason;  ///< of "auto": why this one; else empty
};

/// Opens what is asked for; "auto" takes a GPU where one answers, the CPU where none does.
/// @param isa    as load_cpu_backend
/// @param local  the process's number among those that share the GPUs of this machine: "auto" and "cuda" take
///               the GPU of this number, counted round where there are fewer
/// @throws GpuUnavailable  why the GPU asked for cannot be used
OpenDevice open_device(std::string const& asked, std::string const& isa, int local);

}  // namespace cislens
