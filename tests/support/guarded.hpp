#pragma once

#include "cislens/tensor/memory.hpp"
#include "cislens/tensor/view.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace cislens::test {

/// Standard normal floats, the same for the same seed.
inline std::vector<float> random_floats(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(engine);
  return values;
}

/// The same numbers in the scalar of a reference.
template <typename T, typename U>
std::vector<T> as(std::vector<U> const& values) {
  return {values.begin(), values.end()};
}

/// Where test data lies: the memory of the backend that is tested, the host's else.
inline DeviceMemory const*& test_memory() {
  static DeviceMemory const* memory = &host_memory;
  return memory;
}
inline void set_test_memory(DeviceMemory const& memory) { test_memory() = &memory; }

/// Numbers with a copy in the backend's memory, which is the same thing where that is the host's. `device()`
/// is for ops, `host()` for tests; each brings over what the other side may have changed.
template <typename T>
class OnBothSides {
 public:
  explicit OnBothSides(std::vector<T> values) : memory_(test_memory()), host_(std::move(values)) {}
  OnBothSides(OnBothSides const& other) : OnBothSides(other.host()) {}
  OnBothSides& operator=(OnBothSides const&) = delete;
  OnBothSides(OnBothSides&&) = default;

  T* device() {
    bring_to_device();
    device_is_newer_ = !memory_->is_host;
    return place();
  }
  T const* device() const {
    bring_to_device();
    return place();
  }
  /// As ops take tables that both sides read.
  Mirrored<T> mirrored() const { return {host_, device()}; }
  std::span<T> device_span() { return {device(), host_.size()}; }
  std::span<T const> device_span() const { return {device(), host_.size()}; }
  std::vector<T>& host() {
    bring_to_host();
    host_is_newer_ = true;
    device_is_newer_ = false;
    return host_;
  }
  std::vector<T> const& host() const {
    bring_to_host();
    return host_;
  }

 private:
  struct Release {
    DeviceMemory const* from;
    void operator()(T* pointer) const { from->release(pointer); }
  };
  std::size_t bytes() const { return std::max<std::size_t>(host_.size() * sizeof(T), 1); }
  T* place() const { return memory_->is_host ? host_.data() : device_.get(); }

  void bring_to_device() const {
    if (memory_->is_host || !host_is_newer_) return;
    if (device_ == nullptr) device_ = {static_cast<T*>(memory_->allocate(bytes())), Release{memory_}};
    memory_->copy_to_device(device_.get(), host_.data(), host_.size() * sizeof(T));
    host_is_newer_ = false;
  }
  // Whoever has a pointer from device() may use it again: the device stays the newer side.
  void bring_to_host() const {
    if (device_is_newer_) memory_->copy_to_host(host_.data(), device_.get(), host_.size() * sizeof(T));
  }

  DeviceMemory const* memory_;
  mutable std::vector<T> host_;
  mutable std::unique_ptr<T, Release> device_;
  mutable bool host_is_newer_ = true;
  bool device_is_newer_ = false;
};

/// A matrix in the middle of a larger buffer. Whatever is not the matrix holds one pattern of a NaN: an op
/// that reads it gives NaN, and one that writes it is caught by `intact`.
class Guarded {
 public:
  /// All NaN: what an op is to set.
  Guarded(std::int64_t rows, std::int64_t columns, std::int64_t stride)
      : rows_(rows),
        columns_(columns),
        stride_(stride),
        buffer_(std::vector<float>(static_cast<std::size_t>(2 * margin + rows * stride), pattern())) {}
  Guarded(std::int64_t rows, std::int64_t columns) : Guarded(rows, columns, columns) {}
  Guarded(std::int64_t rows, std::int64_t columns, std::int64_t stride, std::vector<float> const& values)
      : Guarded(rows, columns, stride) {
    View const all = host();
    for (std::int64_t i = 0; i < rows * columns; ++i) all.row(i / columns)[i % columns] = values[i];
  }
  Guarded(std::int64_t rows, std::int64_t columns, std::vector<float> const& values)
      : Guarded(rows, columns, columns, values) {}

  /// For ops: in the backend's memory.
  View view() { return {buffer_.device() + margin, rows_, columns_, stride_}; }
  ConstView view() const { return {buffer_.device() + margin, rows_, columns_, stride_}; }

  /// For tests: in the host's memory. What is written reaches the backend with the next view().
  View host() { return {buffer_.host().data() + margin, rows_, columns_, stride_}; }
  ConstView host() const { return {buffer_.host().data() + margin, rows_, columns_, stride_}; }

  std::vector<float> values() const {
    ConstView const all = host();
    std::vector<float> result;
    for (std::int64_t r = 0; r < rows_; ++r) result.insert(result.end(), all.row(r), all.row(r) + columns_);
    return result;
  }

  /// Nothing but the matrix was written.
  bool intact() const {
    std::vector<float> const& all = buffer_.host();
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(all.size()); ++i) {
      std::int64_t const place = i - margin;
      bool const inside = place >= 0 && place < rows_ * stride_ && place % stride_ < columns_;
      if (!inside && std::bit_cast<std::uint32_t>(all[i]) != pattern_bits) return false;
    }
    return true;
  }

 private:
  static constexpr std::int64_t margin = 64;  // more than the widest vector, so that views stay aligned
  static constexpr std::uint32_t pattern_bits = 0x7FC5A5A5;
  static float pattern() { return std::bit_cast<float>(pattern_bits); }

  std::int64_t rows_, columns_, stride_;
  OnBothSides<float> buffer_;
};

/// Equal bit for bit, NaN included.
inline bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) return false;
  }
  return true;
}

}  // namespace cislens::test
