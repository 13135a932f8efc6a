#pragma once

#include <cstdint>

namespace cislens::cuda {

/// Device memory of the module itself, for calls that are given none: partial sums that live within one call.
/// Calls run one after the other in the stream, so one piece serves them all.
struct Workspace {
  float* data;
  std::int64_t count;  ///< floats

  Workspace first(std::int64_t floats) const { return {data, floats}; }
  Workspace behind(std::int64_t floats) const { return {data + floats, count - floats}; }
};

/// Takes the memory, of the device that is being opened.
void open_workspace();

Workspace workspace();

}  // namespace cislens::cuda
