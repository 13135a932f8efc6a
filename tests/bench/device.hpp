#pragma once

#include "cislens/ops/load.hpp"

#include "arguments.hpp"

namespace cislens::bench {

/// --device cuda: the first GPU, of the module that CISLENS_CUDA_MODULE names or the build's own; else the
/// CPU with --isa.
inline Backend const& backend_of(Arguments const& arguments) {
  if (arguments.text("--device", "cpu") == "cuda") return load_gpu_backend(gpu_module_path(), 0);
  return load_cpu_backend(arguments.text("--isa", "auto"));
}

}  // namespace cislens::bench
