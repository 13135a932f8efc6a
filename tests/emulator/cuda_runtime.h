#pragma once

// What the sources of src/ops/cuda use of CUDA, for a C++ compiler: every thread of a block is a fiber,
// blocks run one after the other in an order that a seed chooses, and device memory can be touched while a
// kernel or a copy runs only. Kernels are compiled as they are. docs/gpu.md says what is checked and what is
// not.

#include "emulated_launch.hpp"
#include "emulated_memory.hpp"
#include "emulated_types.hpp"
#include "emulated_warp.hpp"
