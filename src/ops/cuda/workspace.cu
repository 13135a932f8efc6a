#include "launch.cuh"
#include "workspace.hpp"

namespace cislens::cuda {

namespace {

constexpr std::int64_t workspace_floats = std::int64_t{8} << 20;  // 32 MiB

Workspace opened{};

}  // namespace

void open_workspace() {
  void* memory = nullptr;
  check(cudaMalloc(&memory, workspace_floats * sizeof(float)), "the module's own GPU memory");
  opened = {static_cast<float*>(memory), workspace_floats};
}

Workspace workspace() { return opened; }

}  // namespace cislens::cuda
