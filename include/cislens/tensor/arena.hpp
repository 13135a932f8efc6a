#pragma once

#include "cislens/tensor/view.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cislens {

/// Memory that is taken piece by piece and given back all at once. After the first step of a training loop
/// nothing is asked of the system any more: page faults of fresh memory cost more than the arithmetic done on
/// it.
class Arena {
 public:
  /// A place to come back to: everything taken after `mark()` is free again after `rewind`.
  struct Mark {
    std::size_t block = 0;
    std::size_t used = 0;
  };

  /// `count` floats, aligned to 64 bytes, contents unspecified. Valid until a `rewind` before it.
  float* floats(std::int64_t count) {
    return static_cast<float*>(bytes(count * static_cast<std::int64_t>(sizeof(float))));
  }
  void* bytes(std::int64_t count);
  View matrix(std::int64_t rows, std::int64_t columns) { return {floats(rows * columns), rows, columns}; }

  Mark mark() const { return at_; }
  void rewind(Mark mark) { at_ = mark; }
  /// What the arena holds, used or not.
  std::size_t capacity_bytes() const;

 private:
  struct Free {
    void operator()(std::byte* pointer) const;
  };
  struct Block {
    std::unique_ptr<std::byte, Free> memory;
    std::size_t size = 0;
  };

  std::vector<Block> blocks_;
  Mark at_;
};

/// Gives back at the end of a scope what was taken in it.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_(arena), mark_(arena.mark()) {}
  ~ArenaScope() { arena_.rewind(mark_); }
  ArenaScope(ArenaScope const&) = delete;
  ArenaScope& operator=(ArenaScope const&) = delete;

 private:
  Arena& arena_;
  Arena::Mark mark_;
};

}  // namespace cislens
