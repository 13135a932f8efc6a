#pragma once

#include "cislens/tensor/view.hpp"

#include <bit>
#include <cstdint>
#include <random>
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

/// A matrix in the middle of a larger buffer. Whatever is not the matrix holds one pattern of a NaN: an op
/// that reads it gives NaN, and one that writes it is caught by `intact`.
class Guarded {
 public:
  /// All NaN: what an op is to set.
  Guarded(std::int64_t rows, std::int64_t columns, std::int64_t stride)
      : rows_(rows), columns_(columns), stride_(stride), buffer_(2 * margin + rows * stride, pattern()) {}
  Guarded(std::int64_t rows, std::int64_t columns) : Guarded(rows, columns, columns) {}
  Guarded(std::int64_t rows, std::int64_t columns, std::int64_t stride, std::vector<float> const& values)
      : Guarded(rows, columns, stride) {
    for (std::int64_t i = 0; i < rows * columns; ++i) at(i / columns, i % columns) = values[i];
  }
  Guarded(std::int64_t rows, std::int64_t columns, std::vector<float> const& values)
      : Guarded(rows, columns, columns, values) {}

  View view() { return {buffer_.data() + margin, rows_, columns_, stride_}; }
  ConstView view() const { return {buffer_.data() + margin, rows_, columns_, stride_}; }

  std::vector<float> values() const {
    std::vector<float> result;
    for (std::int64_t r = 0; r < rows_; ++r) {
      result.insert(result.end(), view().row(r), view().row(r) + columns_);
    }
    return result;
  }

  /// Nothing but the matrix was written.
  bool intact() const {
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(buffer_.size()); ++i) {
      std::int64_t const place = i - margin;
      bool const inside = place >= 0 && place < rows_ * stride_ && place % stride_ < columns_;
      if (!inside && std::bit_cast<std::uint32_t>(buffer_[i]) != pattern_bits) return false;
    }
    return true;
  }

 private:
  static constexpr std::int64_t margin = 64;  // more than the widest vector, so that views stay aligned
  static constexpr std::uint32_t pattern_bits = 0x7FC5A5A5;
  static float pattern() { return std::bit_cast<float>(pattern_bits); }

  float& at(std::int64_t row, std::int64_t column) { return buffer_[margin + row * stride_ + column]; }

  std::int64_t rows_, columns_, stride_;
  std::vector<float> buffer_;
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
