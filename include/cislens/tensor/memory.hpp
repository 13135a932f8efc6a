#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

namespace cislens {

/// A device's memory. Functions, so that a module that is loaded at run time can be the device.
struct DeviceMemory {
  bool is_host;  ///< the host may read and write it directly
  /// At least 256-byte aligned, contents unspecified. Null: there is none.
  void* (*allocate)(std::size_t bytes);
  void (*release)(void* memory);
  void (*copy_to_device)(void* device, void const* host, std::size_t bytes);
  /// Waits until the device has done everything asked of it before.
  void (*copy_to_host)(void* host, void const* device, std::size_t bytes);
  void (*copy)(void* to, void const* from, std::size_t bytes);  ///< within the device
  void (*clear)(void* device, std::size_t bytes);               ///< to zero bytes
  /// Bytes that can still be allocated, about; the largest number where nobody knows.
  std::size_t (*available)();
};

/// The memory of the machine itself.
inline constexpr DeviceMemory host_memory{
    .is_host = true,
    .allocate = [](std::size_t bytes) { return std::aligned_alloc(256, (bytes + 255) / 256 * 256); },
    .release = [](void* memory) { std::free(memory); },
    .copy_to_device = [](void* to, void const* from, std::size_t bytes) { std::memcpy(to, from, bytes); },
    .copy_to_host = [](void* to, void const* from, std::size_t bytes) { std::memcpy(to, from, bytes); },
    .copy = [](void* to, void const* from, std::size_t bytes) { std::memmove(to, from, bytes); },
    .clear = [](void* memory, std::size_t bytes) { std::memset(memory, 0, bytes); },
    .available = [] { return std::numeric_limits<std::size_t>::max(); },
};

/// Small tables that both sides read: shapes are checked on the host, work is done on the device. Where the
/// device's memory is the host's, a span is enough.
template <typename T>
struct Mirrored {
  std::span<T const> host;
  T const* device = nullptr;

  Mirrored() = default;
  Mirrored(T const* first, std::size_t count) : Mirrored(std::span<T const>(first, count)) {}
  Mirrored(std::span<T const> values) : host(values), device(values.data()) {}
  Mirrored(std::span<T const> values, T const* on_device) : host(values), device(on_device) {}
  template <typename Range>
  requires(std::is_convertible_v<Range const&, std::span<T const>> &&
           !std::is_same_v<Range, std::span<T const>>) Mirrored(Range const& values)
      : Mirrored(std::span<T const>(values)) {}

  std::size_t size() const { return host.size(); }
  T operator[](std::size_t index) const { return host[index]; }
  auto begin() const { return host.begin(); }
  auto end() const { return host.end(); }
};

}  // namespace cislens
