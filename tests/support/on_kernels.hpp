#pragma once

#include "support/network_backends.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace cislens::test {

/// The GPU's kernels, as far as this machine can run them, for code above the ops:
///   INSTANTIATE_TEST_SUITE_P(Devices, OnKernels, kernel_backends(), kernel_name);
class OnKernels : public testing::TestWithParam<char const*> {
 protected:
  void SetUp() override {
    backend = {GetParam()};
    if (std::string const problem = backend.problem(); !problem.empty()) {
      ASSERT_EQ(std::getenv("CISLENS_REQUIRE_GPU"), nullptr) << problem;
      GTEST_SKIP() << problem;
    }
  }

  TestBackend backend;
};

inline auto kernel_backends() { return testing::Values("cuda_emulated", "cuda"); }
inline std::string kernel_name(testing::TestParamInfo<char const*> const& info) { return info.param; }

}  // namespace cislens::test
