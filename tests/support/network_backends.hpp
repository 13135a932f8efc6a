#pragma once

#include "cislens/tensor/context_scope.hpp"
#include "cislens/tensor/device_block.hpp"

#include "support/backends.hpp"
#include "support/guarded_backend.hpp"

#include <string>
#include <vector>

namespace cislens::test {

/// What tests of code above the ops run on.
struct NetworkBackend {
  std::string name;

  Backend const& load() const { return name == "guarded" ? guarded_backend() : TestBackend{name}.load(); }
};

inline std::vector<NetworkBackend> network_backends() {
  std::vector<NetworkBackend> backends;
  for (TestBackend const& backend : cpu_backends()) backends.push_back({backend.name});
  return backends;
}

inline std::string network_test_name(::testing::TestParamInfo<NetworkBackend> const& info) {
  return test_name({{info.param.name}, info.index});
}

///   INSTANTIATE_TEST_SUITE_P(Backends, Name, ::testing::ValuesIn(network_backends()), network_test_name);
class OnNetworkBackend : public ::testing::TestWithParam<NetworkBackend> {
 protected:
  Context context{GetParam().load()};
};

/// The numbers of a matrix without gaps, wherever it lies.
inline std::vector<float> values_of(Context& context, ConstView x) {
  ContextScope const scope(context);
  ConstView const host = on_host(context, x);
  return {host.data, host.data + host.rows * host.columns};
}

}  // namespace cislens::test
