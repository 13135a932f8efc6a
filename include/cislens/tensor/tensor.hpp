#pragma once

#include "cislens/tensor/view.hpp"

#include <algorithm>
#include <vector>

namespace cislens {

/// A matrix that owns its memory, zero at first. Moves, never copies silently.
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::int64_t rows, std::int64_t columns)
      : rows_(rows), columns_(columns), values_(static_cast<std::size_t>(rows * columns)) {}
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;
  Tensor(Tensor const&) = delete;
  Tensor& operator=(Tensor const&) = delete;

  View view() { return {values_.data(), rows_, columns_}; }
  ConstView view() const { return {values_.data(), rows_, columns_}; }
  std::vector<float>& values() { return values_; }
  std::vector<float> const& values() const { return values_; }
  void set_zero() { std::fill(values_.begin(), values_.end(), 0.0F); }

 private:
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::vector<float> values_;
};

}  // namespace cislens
