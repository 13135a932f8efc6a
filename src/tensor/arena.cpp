#include "cislens/tensor/arena.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace cislens {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t smallest_block = std::size_t{1} << 20;

}  // namespace

void Arena::Free::operator()(std::byte* pointer) const { std::free(pointer); }

void* Arena::bytes(std::int64_t count) {
  std::size_t const size = (static_cast<std::size_t>(count) + alignment - 1) / alignment * alignment;
  while (at_.block < blocks_.size() && blocks_[at_.block].size - at_.used < size) at_ = {at_.block + 1, 0};
  if (at_.block == blocks_.size()) {
    std::size_t const block_size = std::max(size, smallest_block);
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(alignment, block_size));
    if (memory == nullptr) throw std::bad_alloc();
    blocks_.push_back({std::unique_ptr<std::byte, Free>(memory), block_size});
  }
  void* const result = blocks_[at_.block].memory.get() + at_.used;
  at_.used += size;
  return result;
}

std::size_t Arena::capacity_bytes() const {
  std::size_t total = 0;
  for (auto const& block : blocks_) total += block.size;
  return total;
}

}  // namespace cislens
