#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace cislens {

/// How many CPUs this process may use (affinity and cgroup quota respected), at least 1.
int available_cpus();

/// A fixed team of threads. The caller works too, so `Threads(1)` starts none.
class Threads {
 public:
  /// @param count  >= 1, or 0 for `available_cpus()`
  /// @throws UsageError  the machine does not give so many: memory for stacks or processes are limited
  explicit Threads(int count);
  ~Threads();
  Threads(Threads const&) = delete;
  Threads& operator=(Threads const&) = delete;

  int count() const;

  /// Calls work(item, worker) once for every item in [0, items), each on one of `count()` workers, and
  /// returns when all are done. Which worker gets an item is not fixed, so results must depend on the item
  /// alone. When items throw, the rest are skipped and the exception of the smallest item that threw is
  /// thrown here. Not re-entrant.
  void for_each(std::int64_t items, std::function<void(std::int64_t item, int worker)> const& work);

 private:
  struct Team;
  std::unique_ptr<Team> team_;
};

}  // namespace cislens
