#pragma once

#include "cislens/ops/load.hpp"
#include "cislens/tensor/context.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cislens::test {

/// A table of functions that this machine can run, by the name it is loaded with.
struct TestBackend {
  std::string name;

  Backend const& load() const { return load_cpu_backend(name); }
};

/// What every test of an op runs on. Another device adds its name here and its way of loading above.
inline std::vector<TestBackend> test_backends() {
  std::vector<TestBackend> backends;
  for (std::string const& isa : usable_instruction_sets()) backends.push_back({isa});
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
class OnBackend : public ::testing::TestWithParam<TestBackend> {
 protected:
  Context context{GetParam().load()};
};

}  // namespace cislens::test
