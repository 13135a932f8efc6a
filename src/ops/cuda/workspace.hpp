#pragma once

#include <cstdint>
#include <mutex>

namespace cislens::cuda {

/// Device memory of the module itself, for calls that are given none: partial sums that live within one call.
struct Workspace {
  float* data;
  std::int64_t count;  ///< floats

  Workspace first(std::int64_t floats) const { return {data, floats}; }
  Workspace behind(std::int64_t floats) const { return {data + floats, count - floats}; }
};

/// Takes the memory, of the device that is being opened.
void open_workspace();

/// All of it, for as long as the lock is held: until a call has put all that uses it into the stream. From
/// there on the stream's order keeps calls of other threads away.
struct LockedWorkspace : Workspace {
  std::unique_lock<std::mutex> lock;
};
LockedWorkspace workspace();

}  // namespace cislens::cuda
