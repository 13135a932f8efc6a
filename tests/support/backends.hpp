#pragma once

#include "cislens/ops/load.hpp"
#include "cislens/tensor/context.hpp"

#include "support/guarded.hpp"
#include "support/guarded_backend.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace cislens::test {

/// A table of functions, by the name it is loaded with: an instruction set of the CPU, "guarded" (the CPU's
/// with memory that the host cannot touch), "cuda", or "cuda_emulated", the GPU's sources on the emulator of
/// tests/emulator.
struct TestBackend {
  std::string name;

  bool is_gpu() const { return name.starts_with("cuda"); }
  /// Of a module for GPUs.
  std::filesystem::path module() const {
    return name == "cuda" ? gpu_module_path() : gpu_module_path().parent_path() / "cislens_cuda_emulated.so";
  }
  Backend const& load() const {
    if (is_gpu()) return load_gpu_backend(module(), 0);
    return name == "guarded" ? guarded_backend() : load_cpu_backend(name);
  }
  /// Why this machine cannot run it; empty: it can.
  std::string problem() const { return is_gpu() ? look_for_gpus(module()).problem : ""; }
};

inline std::ostream& operator<<(std::ostream& out, TestBackend const& backend) { return out << backend.name; }

/// The CPU's functions, for what has no kernels.
inline std::vector<TestBackend> cpu_backends() {
  std::vector<TestBackend> backends;
  for (std::string const& isa : usable_instruction_sets()) backends.push_back({isa});
  backends.push_back({"guarded"});
  return backends;
}

/// What every test of an op runs on. Where there is no GPU its tests are skipped.
inline std::vector<TestBackend> test_backends() {
  std::vector<TestBackend> backends = cpu_backends();
  backends.push_back({"cuda_emulated"});
  backends.push_back({"cuda"});
  return backends;
}

/// "x86_64_v4": names of tests hold letters, digits and underscores alone.
inline std::string test_name(::testing::TestParamInfo<TestBackend> const& info) {
  std::string name = info.param.name;
  for (char& letter : name) letter = letter == '-' ? '_' : letter;
  return name;
}

/// Base of all tests that run on every backend:
///   INSTANTIATE_TEST_SUITE_P(Backends, Name, ::testing::ValuesIn(test_backends()), test_name);
/// While one runs, what is Guarded lies in the backend's memory. Without a GPU its tests are skipped, with
/// CISLENS_REQUIRE_GPU=1 they fail.
class OnBackend : public ::testing::TestWithParam<TestBackend> {
 protected:
  OnBackend()
      : problem(GetParam().problem()), context((problem.empty() ? GetParam() : cpu_backends()[0]).load()) {
    set_test_memory(context.memory());
  }
  ~OnBackend() override { set_test_memory(host_memory); }

  void SetUp() override {
    if (problem.empty()) return;
    char const* const required = std::getenv("CISLENS_REQUIRE_GPU");
    if (required != nullptr && std::string(required) == "1") FAIL() << problem;
    GTEST_SKIP() << problem;
  }

  std::string problem;
  Context context;
};

}  // namespace cislens::test
