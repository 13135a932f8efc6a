#include "cislens/tensor/device_block.hpp"

#include <algorithm>
#include <new>

namespace cislens {

DeviceBlock::DeviceBlock(DeviceMemory const& memory, std::int64_t count)
    : data_(static_cast<float*>(
                memory.allocate(static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * sizeof(float))),
            Release{&memory}),
      count_(count) {
  if (data_ == nullptr) throw std::bad_alloc();
  clear();
}

void DeviceBlock::clear() const {
  if (data_ != nullptr)
    data_.get_deleter().memory->clear(data(), static_cast<std::size_t>(count_) * sizeof(float));
}

}  // namespace cislens
