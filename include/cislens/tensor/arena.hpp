#pragma once

#include "cislens/tensor/memory.hpp"
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
  Arena() : Arena(host_memory) {}
  /// Pieces of a device's memory.
  explicit Arena(DeviceMemory const& memory) : memory_(&memory) {}
  /// An arena that tells what a piece of work would take: it hands out addresses of which memory comes only
  /// where somebody writes, and counts.
  static Arena counting();
  /// Of a counting arena: the most bytes that were taken at a time.
  std::size_t peak_bytes() const { return peak_; }

  /// A place to come back to: everything taken after `mark()` is free again after `rewind`.
  struct Mark {
    std::size_t block = 0;
    std::size_t used = 0;
  };

  /// `count` floats, aligned to 64 bytes, of the arena's memory, contents unspecified. Valid until a `rewind`
  /// before it.
  float* floats(std::int64_t count) {
    return static_cast<float*>(bytes(count * static_cast<std::int64_t>(sizeof(float))));
  }
  void* bytes(std::int64_t count);
  View matrix(std::int64_t rows, std::int64_t columns) { return {floats(rows * columns), rows, columns}; }

  /// From now on at least so many bytes lie in one piece, so that nothing is left over at the ends of smaller
  /// ones. @pre nothing is taken
  void reserve(std::size_t size);

  Mark mark() const { return at_; }
  void rewind(Mark mark) { at_ = mark; }
  /// What the arena holds, used or not.
  std::size_t capacity_bytes() const;

 private:
  struct Free {
    DeviceMemory const* from;
    std::size_t mapped = 0;  // of a counting arena: the size of the mapping
    void operator()(std::byte* pointer) const;
  };
  struct Block {
    std::unique_ptr<std::byte, Free> memory;
    std::size_t size = 0;
  };

  void add_block(std::size_t size);

  DeviceMemory const* memory_;
  std::vector<Block> blocks_;
  Mark at_;
  std::size_t peak_ = 0;
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
