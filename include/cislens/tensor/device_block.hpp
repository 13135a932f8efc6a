#pragma once

#include "cislens/tensor/memory.hpp"
#include "cislens/tensor/view.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

namespace cislens {

/// Floats in a device's memory that belong to one owner. Moves, never copies.
class DeviceBlock {
 public:
  DeviceBlock() = default;
  /// `count` floats, all zero. @throws as allocate  the device has not so many
  DeviceBlock(DeviceMemory const& memory, std::int64_t count);

  float* data() const { return data_.get(); }
  std::int64_t size() const { return count_; }
  /// (1, size)
  View view() const { return {data(), 1, count_}; }
  /// Zero again.
  void clear() const;

 private:
  struct Release {
    DeviceMemory const* memory;
    void operator()(float* pointer) const { memory->release(pointer); }
  };

  std::unique_ptr<float, Release> data_{nullptr, Release{nullptr}};
  std::int64_t count_ = 0;
};

/// The host's floats where the device can read and write them: a copy in the device's memory, or the floats
/// themselves where that is the host's. Both must outlive the object.
/// @tparam T  float, or float const for what the device only reads
template <typename T>
class DeviceCopy {
 public:
  DeviceCopy() = default;
  /// Uploads. @throws as allocate
  DeviceCopy(DeviceMemory const& memory, std::span<T> host) : memory_(&memory), host_(host) {
    if (memory.is_host) return;
    device_ = DeviceBlock(memory, static_cast<std::int64_t>(host.size()));
    upload();
  }

  T* data() const { return device_.data() == nullptr ? host_.data() : device_.data(); }
  /// (1, size)
  BasicView<T> view() const { return {data(), 1, static_cast<std::int64_t>(host_.size())}; }

  void upload() const {
    if (device_.data() != nullptr) memory_->copy_to_device(device_.data(), host_.data(), host_.size_bytes());
  }
  void download() const requires(!std::is_const_v<T>) {
    if (device_.data() != nullptr) memory_->copy_to_host(host_.data(), device_.data(), host_.size_bytes());
  }

 private:
  DeviceMemory const* memory_ = nullptr;
  std::span<T> host_;
  DeviceBlock device_;
};

}  // namespace cislens
