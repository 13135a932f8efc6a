#include "cislens/tensor/arena.hpp"

#include "cislens/tensor/allocate.hpp"

#include <algorithm>
#include <new>
#include <sys/mman.h>

namespace cislens {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t smallest_block = std::size_t{1} << 20;

}  // namespace

void Arena::Free::operator()(std::byte* pointer) const {
  if (mapped > 0) {
    munmap(pointer, mapped);
  } else {
    from->release(pointer);
  }
}

Arena Arena::counting() {
  constexpr std::size_t most = std::size_t{1} << 45;   // more than any machine has
  constexpr std::size_t least = std::size_t{1} << 30;  // where ulimit -v leaves no more
  for (std::size_t size = most; size >= least; size /= 2) {
    void* const place =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) continue;
    madvise(place, size, MADV_NOHUGEPAGE);
    Arena arena;
    arena.blocks_.push_back(
        {std::unique_ptr<std::byte, Free>(static_cast<std::byte*>(place), Free{&host_memory, size}), size});
    return arena;
  }
  throw std::bad_alloc();
}

void Arena::add_block(std::size_t size) {
  auto* const memory = static_cast<std::byte*>(allocate(*memory_, size));
  blocks_.push_back({std::unique_ptr<std::byte, Free>(memory, Free{memory_}), size});
}

void Arena::reserve(std::size_t size) {
  if (!blocks_.empty() && blocks_.front().size >= size) return;
  blocks_.clear();
  add_block(std::max((size + alignment - 1) / alignment * alignment, smallest_block));
}

void* Arena::bytes(std::int64_t count) {
  std::size_t const size = (static_cast<std::size_t>(count) + alignment - 1) / alignment * alignment;
  while (at_.block < blocks_.size() && blocks_[at_.block].size - at_.used < size) at_ = {at_.block + 1, 0};
  if (at_.block == blocks_.size()) add_block(std::max(size, smallest_block));
  void* const result = blocks_[at_.block].memory.get() + at_.used;
  at_.used += size;
  peak_ = std::max(peak_, at_.used);
  return result;
}

std::size_t Arena::capacity_bytes() const {
  std::size_t total = 0;
  for (auto const& block : blocks_) total += block.size;
  return total;
}

}  // namespace cislens
