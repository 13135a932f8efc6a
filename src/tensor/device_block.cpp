#include "cislens/tensor/device_block.hpp"

#include "cislens/tensor/allocate.hpp"

#include <algorithm>

namespace cislens {

DeviceBlock::DeviceBlock(DeviceMemory const& memory, std::int64_t count)
    : data_(static_cast<float*>(
                allocate(memory, static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * sizeof(float))),
            Release{&memory}),
      count_(count) {
  clear();
}

void DeviceBlock::clear() const {
  if (data_ != nullptr)
    data_.get_deleter().memory->clear(data(), static_cast<std::size_t>(count_) * sizeof(float));
}

}  // namespace cislens
