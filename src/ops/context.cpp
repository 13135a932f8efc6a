#include "cislens/tensor/context.hpp"

#include "backend.hpp"
#include "check.hpp"

namespace cislens {

Context::Context(Backend const& backend) : backend_(&backend), arena_(backend.memory) {}

Context::Context(Backend const& backend, Threads& team)
    : backend_(&backend), team_(&team), arena_(backend.memory) {}

DeviceMemory const& Context::memory() const { return backend_->memory; }

namespace {

std::size_t bytes_of(ConstView x) { return static_cast<std::size_t>(x.rows * x.columns) * sizeof(float); }

}  // namespace

ConstView on_host(Context& context, ConstView x) {
  if (context.memory().is_host || x.empty()) return x;
  require_contiguous("on_host: x", x, x.rows, x.columns);
  View const copy = context.host_arena().matrix(x.rows, x.columns);
  context.memory().copy_to_host(copy.data, x.data, bytes_of(x));
  return copy;
}

ConstView on_device(Context& context, ConstView x) {
  if (context.memory().is_host || x.empty()) return x;
  require_contiguous("on_device: x", x, x.rows, x.columns);
  View const copy = context.arena().matrix(x.rows, x.columns);
  context.memory().copy_to_device(copy.data, x.data, bytes_of(x));
  return copy;
}

}  // namespace cislens
