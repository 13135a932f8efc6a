#include "cislens/tensor/allocate.hpp"

#include "cislens/base/errors.hpp"
#include "cislens/base/text.hpp"

#include <new>

namespace cislens {

void* allocate(DeviceMemory const& memory, std::size_t bytes) {
  void* const result = memory.allocate(bytes);
  if (result != nullptr) return result;
  if (memory.is_host) throw std::bad_alloc();
  auto const text = [](std::size_t count) { return format_bytes(static_cast<double>(count)); };
  throw OutOfMemory("the GPU has no room for " + text(bytes) + ", " + text(memory.available()) +
                    " are free; close what else runs on it, lower --batch-size or --max-length, or take "
                    "--device cpu");
}

}  // namespace cislens
