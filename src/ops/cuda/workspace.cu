#include "launch.cuh"
#include "workspace.hpp"

namespace cislens::cuda {

namespace {

constexpr std::int64_t workspace_floats = std::int64_t{8} << 20;  // 32 MiB

Workspace opened{};
std::mutex in_use;

}  // namespace

void open_workspace() {
  void* memory = nullptr;
  check(cudaMalloc(&memory, workspace_floats * sizeof(float)), "the module's own GPU memory");
  opened = {static_cast<float*>(memory), workspace_floats};
}

LockedWorkspace workspace() { return {opened, std::unique_lock(in_use)}; }

}  // namespace cislens::cuda
