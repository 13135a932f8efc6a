#pragma once

#include <cstddef>

namespace cislens::cuda {

/// Takes the pinned memory through which copies to the device go.
void open_staging();

/// Puts a copy to the device into the stream and returns when the host's memory may change: its bytes are in
/// pinned memory then. Waits for the device only when all of that is under way.
void stage_to_device(void* device, void const* host, std::size_t bytes);

}  // namespace cislens::cuda
