#pragma once

#include "cislens/tensor/memory.hpp"

#include <cstddef>

namespace cislens {

/// Memory of a device, never null.
/// @throws OutOfMemory     a GPU has not so much: how much is asked for, how much is free, what to do
/// @throws std::bad_alloc  the machine itself has not
void* allocate(DeviceMemory const& memory, std::size_t bytes);

}  // namespace cislens
