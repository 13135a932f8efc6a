#pragma once

#include "support/process.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cislens::test {

/// A test that runs the real program in an empty folder.
class Cli : public ::testing::Test {
 protected:
  /// On the CPU, whatever the machine has, unless `options` name a module for GPUs.
  ProcessResult run(std::vector<std::string> arguments, ProcessOptions options = {}) const {
    options.environment.try_emplace("CISLENS_CUDA_MODULE", "none");
    arguments.insert(arguments.begin(), CISLENS_BINARY);
    options.folder = folder_.path();
    return run_process(arguments, options);
  }

  /// `message` is on stderr, on a line that starts with "cislens: error: ", and it is the only such line.
  static void expect_error(ProcessResult const& result, int exit_code, std::string const& message) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    std::string const prefix = "cislens: error: ";
    std::size_t const start = result.err.find(prefix);
    ASSERT_NE(start, std::string::npos) << result.err;
    EXPECT_EQ(result.err.find('\n', start), result.err.size() - 1) << result.err;
    EXPECT_NE(result.err.find(message, start), std::string::npos) << result.err;
  }

  using Files = std::vector<std::string>;

  TemporaryFolder folder_;
};

}  // namespace cislens::test
