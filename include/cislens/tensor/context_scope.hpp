#pragma once

#include "cislens/tensor/context.hpp"

namespace cislens {

/// Gives back at the end of a scope what was taken of a context's memory, the device's and the host's.
class ContextScope {
 public:
  explicit ContextScope(Context& context) : device_(context.arena()), host_(context.host_arena()) {}

 private:
  ArenaScope device_, host_;  // the same arena twice where the device's memory is the host's
};

}  // namespace cislens
