#pragma once

#include "cislens/tensor/arena.hpp"

namespace cislens {

struct Backend;

/// What an op runs with: the backend's table of functions and scratch memory. One a thread, never shared.
class Context {
 public:
  explicit Context(Backend const& backend) : backend_(&backend) {}
  Context(Context const&) = delete;
  Context& operator=(Context const&) = delete;
  Context(Context&&) = default;

  Backend const& backend() const { return *backend_; }
  Arena& arena() { return arena_; }

 private:
  Backend const* backend_;
  Arena arena_;
};

}  // namespace cislens
