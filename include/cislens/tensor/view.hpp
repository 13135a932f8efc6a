#pragma once

#include <cstdint>
#include <type_traits>

namespace cislens {

/// A matrix in memory that belongs to somebody else: `rows` rows of `columns` numbers, `stride` numbers from
/// one row to the next. A vector is one row. Token matrices are (B * L, C), sequence after sequence.
template <typename T>
struct BasicView {
  T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;

  BasicView() = default;
  BasicView(T* pointer, std::int64_t row_count, std::int64_t column_count)
      : BasicView(pointer, row_count, column_count, column_count) {}
  BasicView(T* pointer, std::int64_t row_count, std::int64_t column_count, std::int64_t row_stride)
      : data(pointer), rows(row_count), columns(column_count), stride(row_stride) {}
  template <typename U>
  requires(std::is_same_v<U const, T> && !std::is_same_v<U, T>) BasicView(BasicView<U> const& other)
      : BasicView(other.data, other.rows, other.columns, other.stride) {}

  T* row(std::int64_t index) const { return data + index * stride; }
  bool empty() const { return data == nullptr; }
  bool contiguous() const { return stride == columns || rows <= 1; }
  BasicView first_rows(std::int64_t count) const { return {data, count, columns, stride}; }
  BasicView row_range(std::int64_t first, std::int64_t count) const {
    return {row(first), count, columns, stride};
  }
  BasicView column_range(std::int64_t first, std::int64_t count) const {
    return {data + first, rows, count, stride};
  }
};

using View = BasicView<float>;
using ConstView = BasicView<float const>;

}  // namespace cislens
