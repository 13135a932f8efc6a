#pragma once

#include "cislens/base/threads.hpp"
#include "cislens/tensor/context.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace cislens {

/// Contexts for pieces of work that do not depend on each other: one a thread where threads do the work, one
/// where a device does it, which is kept busy best by one thread and large pieces.
class Workers {
 public:
  Workers(Backend const& backend, Threads& threads);

  int count() const { return static_cast<int>(contexts_.size()); }
  Context& operator[](int worker) { return contexts_[static_cast<std::size_t>(worker)]; }
  Threads& threads() const { return threads_; }

  /// Calls work(item, worker) once for every item in [0, items), worker's context being (*this)[worker]. As
  /// Threads::for_each, but on the calling thread, in order, where there is one worker.
  void for_each(std::int64_t items, std::function<void(std::int64_t item, int worker)> const& work);

 private:
  Threads& threads_;
  std::vector<Context> contexts_;
};

}  // namespace cislens
