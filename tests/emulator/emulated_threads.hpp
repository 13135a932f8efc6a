#pragma once

#include <cstddef>
#include <vector>

// What the parts of the emulator know of each other.
namespace emulator {

/// A cp.async on its way.
struct PendingCopy {
  void* to;
  void const* from;  // null: zeros
  std::size_t bytes;
  int group;
};
/// Of the running thread.
std::vector<PendingCopy>& pending_copies();
int& copy_groups();

/// Finds the __shared__ arrays of the calling thread.
void find_static_shared_memory();
/// So many bytes whose end lies before a page that nobody may touch. @return whether there are
bool set_dynamic_shared_memory(std::size_t bytes);
/// Shared memory as a block finds it: NaN everywhere.
void fill_shared_memory();
std::size_t allowed_shared_bytes(void const* kernel);

}  // namespace emulator
