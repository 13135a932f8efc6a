#include "cislens/base/windows.hpp"

#include "cislens/base/errors.hpp"

#include <algorithm>
#include <cstdlib>

namespace cislens {

WindowPlan::WindowPlan(std::int64_t length, std::int64_t max_length, std::int64_t grid)
    : length_(length), grid_(grid), width_(length) {
  if (!(length >= 0 && grid >= 1 && max_length >= 2 * grid)) {
    throw Error("windows need a length of at least two tokens");
  }
  count_ = length > 0 ? 1 : 0;
  if (length <= max_length) return;
  width_ = max_length - (max_length - length % grid) % grid;
  last_ = (length - width_) / grid;
  step_ = std::max<std::int64_t>(1, width_ / (2 * grid));
  std::int64_t const steps = last_ / 2 / step_;
  std::int64_t const gap = last_ - 2 * steps * step_;  // between the innermost two, below 2 steps + 1
  side_ = gap == 0 ? steps : steps + 1;
  std::int64_t const middle = gap == 0 ? 1 : gap <= step_ ? 0 : 1 + last_ % 2;
  count_ = 2 * side_ + middle;
}

RecordWindow WindowPlan::operator[](std::int64_t index) const {
  std::int64_t start = index * step_;
  if (index >= count_ - side_) {
    start = last_ - (count_ - 1 - index) * step_;
  } else if (index >= side_) {
    start = (last_ + index - side_) / 2;  // one at the middle, or one either side of it
  }
  return {start * grid_, start * grid_ + width_};
}

CrossFade::CrossFade(RecordWindow first, RecordWindow second)
    : twice_middle_(second.start + first.end),
      width_(std::min(first.end - second.start, second.start - first.start)) {
  // The middle of base x lies d = 2 x + 1 - twice_middle half bases from the middle of the overlap; bases
  // with |d| < width / 2 are mixed.
  std::int64_t const reach = (width_ - 1) / 2;
  begin_ = (twice_middle_ - reach) / 2;
  end_ = (twice_middle_ + reach + 1) / 2;
}

float CrossFade::mix(std::int64_t base, float first, float second) const {
  std::int64_t const d = 2 * base + 1 - twice_middle_;
  if (d == 0) return 0.5F * (first + second);
  float const near = d < 0 ? first : second;
  float const far = d < 0 ? second : first;
  float const share = 0.5F - static_cast<float>(std::abs(d)) / static_cast<float>(width_);
  return share > 0 ? near + share * (far - near) : near;
}

}  // namespace cislens
